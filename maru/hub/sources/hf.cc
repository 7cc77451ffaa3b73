// hf: models and data sets of the Hugging Face hub, pinned to a commit, by its API. Large files come from wherever the hub sends us, checked
// by the sums of its listing; no code of a repository is fetched.
#include "maru/hub/hub.h"

#include <algorithm>

#include "maru/hub/hf/plan.h"

namespace maru::hub {
namespace {

hf::Reference parsed(const Reference& reference) { return hf::parse_reference(reference.rest); }

Reference tidy(const Reference& given) { return {given.scheme, parsed(given).text()}; }

// Addresses of the site, and org/name.
std::optional<Reference> recognise(std::string_view text, Kind kind) {
  if (hf::path_on_site(text)) return Reference{"hf", std::string(text)};
  std::string_view id = text.substr(0, text.find_first_of("@:"));
  const bool said = id.starts_with("datasets/") && std::ranges::count(id, '/') == 2;
  if (said) id.remove_prefix(9);
  if (std::ranges::count(id, '/') != 1 || !hf::valid_id(id)) return std::nullopt;
  return Reference{"hf", (kind == Kind::data && !said ? "datasets/" : "") + std::string(text)};
}

// "Llama-3.2-1B-Instruct-Q4_K_M" of …-GGUF:Q4_K_M, a chosen GGUF's own name, else the repository's; longer ones begin with its owner.
std::vector<std::string> names(const Reference& given) {
  const hf::Reference reference = parsed(given);
  const std::size_t slash = reference.id.find('/');
  std::string name = reference.id.substr(slash == std::string::npos ? 0 : slash + 1);
  std::string_view chosen = reference.chosen;
  if (chosen.ends_with(".gguf")) {
    chosen = chosen.substr(chosen.rfind('/') + 1);
    name = chosen.substr(0, chosen.size() - 5);
  } else if (!chosen.empty()) {
    for (const std::string_view ending : {"-GGUF", "-gguf"}) {
      if (name.ends_with(ending)) name.resize(name.size() - ending.size());
    }
    name += "-" + std::string(chosen);
  }
  const std::string longer = slash == std::string::npos ? name : reference.id.substr(0, slash) + "--" + name;
  const std::string longest = longer + "--" + (reference.revision.empty() ? std::string("main") : reference.revision.substr(0, 12));
  return {name, longer, longest};
}

Plan plan(const Reference& reference, net::Client& client, const Cancel* cancel) {
  return hf::plan(parsed(reference), [&](const net::Request& request) { return net::send_patiently(client, request, cancel); });
}

}  // namespace

Source hf_source() {
  return {.scheme = "hf",
          .example = "hf:ORG/NAME[@REVISION][:FILE or QUANTISATION]",
          .recognise = recognise,
          .tidy = tidy,
          .names = names,
          .pinned = [](const Reference& reference) { return hf::is_commit(parsed(reference).revision); },
          .kind = [](const Reference& reference) { return parsed(reference).data ? Kind::data : Kind::model; },
          .plan = plan};
}

}  // namespace maru::hub

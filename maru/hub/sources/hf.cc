// hf: models and data sets of the Hugging Face hub, pinned to a commit, by its API. Large files come from wherever the hub sends us,
// checked by the sums of its listing; no code of a repository is fetched.
#include "maru/hub/hub.h"

#include <algorithm>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/hf/plan.h"
#include "maru/hub/hf_cache.h"
#include "maru/hub/model_files.h"

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

Kind kind_of(const hf::Reference& reference) { return reference.data ? Kind::data : Kind::model; }

std::filesystem::path elsewhere(const Reference& given, const RemoteFile& file) {
  const hf::Reference reference = parsed(given);
  return find_hf_blob(reference.id, file, kind_of(reference));
}

// What is whole of a snapshot in the cache; its files are found again by `elsewhere`.
Plan plan_of(const HfSnapshot& snapshot, const hf::Reference& reference) {
  const std::string where = snapshot.folder.string();
  std::vector<std::string> all;
  for (const RemoteFile& file : snapshot.files) all.push_back(file.name);
  Plan plan{.revision = snapshot.commit, .files = {}, .licence = {}, .notes = {}};
  ModelFiles chosen;
  if (reference.data) {
    hf::DataFiles data = hf::choose_data_files(where, all, reference.chosen);
    chosen = {.folder = {}, .names = std::move(data.names), .notes = std::move(data.notes)};
  } else {
    chosen = choose_model_files(where, all, reference.chosen);
  }
  for (const std::string& name : chosen.names) {
    const std::string path = chosen.folder + name;
    plan.files.push_back(*std::ranges::find(snapshot.files, path, &RemoteFile::name));
    const bool index = !reference.data && name.ends_with(".index.json") && name.find('/') == std::string::npos;
    if (index) hf::check_index(where, path, read_file(snapshot.folder / path), chosen.names);
  }
  add_digests(snapshot, plan.files);
  for (std::size_t i = 0; i < plan.files.size(); ++i) plan.files[i].name = chosen.names[i];
  plan.notes = std::move(chosen.notes);
  return plan;
}

std::optional<Plan> local_plan(const Reference& given) {
  const hf::Reference reference = parsed(given);
  try {
    const auto snapshot = find_in_hf_cache(reference.id, reference.revision.empty() ? "main" : reference.revision, kind_of(reference));
    if (snapshot) return plan_of(*snapshot, reference);
  } catch (const Error& error) {
    // A cache with half a model is one without it: the reason why the hub cannot be asked says more.
    if (error.kind() == ErrorKind::cancelled) throw;
  }
  return std::nullopt;
}

Reference at(const Reference& given, std::string_view revision) {
  hf::Reference reference = parsed(given);
  check(hf::is_commit(revision), "hf:{}: the revision must be a commit of 40 hex digits, got {:?}", reference.text(), revision.substr(0, 100));
  reference.revision = revision;
  return {given.scheme, reference.text()};
}

}  // namespace

Source hf_source() {
  return {.scheme = "hf",
          .example = "hf:ORG/NAME[@REVISION][:FILE or QUANTISATION]",
          .recognise = recognise,
          .tidy = tidy,
          .names = names,
          .pinned = [](const Reference& reference) { return hf::is_commit(parsed(reference).revision); },
          .kind = [](const Reference& reference) { return kind_of(parsed(reference)); },
          .fetch = nullptr,
          .plan = plan,
          .elsewhere = elsewhere,
          .local_plan = local_plan,
          .at = at};
}

}  // namespace maru::hub

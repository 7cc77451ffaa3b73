// The store knows "llama3.2-1b" and where it came from; Ollama's clients say "llama3.2:1b".
#include "maru/server/names.h"

#include <optional>
#include <span>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/ollama_name.h"

namespace maru::server {
namespace {

std::optional<hub::OllamaName> parsed(std::string_view text) {
  try {
    return hub::parse_ollama_name(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string with_tag(const hub::OllamaName& name) {
  const std::string text = name.text();
  return name.tag == "latest" && !text.ends_with(":latest") ? text + ":latest" : text;
}

}  // namespace

std::string client_name(const hub::Model& model) {
  for (const std::string_view scheme : {"ollama:", "made:"})
    if (model.reference.starts_with(scheme))
      if (const auto name = parsed(std::string_view(model.reference).substr(scheme.size()))) return with_tag(*name);
  return model.name + ":latest";
}

hub::Model find_model(const hub::Store& store, std::string_view name) {
  const std::optional<hub::OllamaName> asked = parsed(name);
  check(asked.has_value() || name.starts_with("made:") || name.starts_with("hf:") || name.starts_with("package:") ||
            name.starts_with("file:"),
        "invalid model name");
  if (const std::optional<hub::Model> own = store.find(name)) return *own;
  const std::string wanted = asked ? with_tag(*asked) : std::string();
  for (hub::Model& model : store.list())
    if ((!wanted.empty() && client_name(model) == wanted) || model.reference == name ||
        (asked && model.name == asked->model && asked->tag == "latest" && asked->space == "library"))
      return model;
  fail(ErrorKind::not_found, "model \"{}\" not found, try pulling it first: maru pull {}", name, name);
}

NewName new_name(std::string_view name, std::string_view field) {
  const std::optional<hub::OllamaName> asked = parsed(name);
  check(asked && asked->digest.empty(), "{} {:?} is invalid", field, std::string(name));
  const std::string tag = asked->tag == "latest" ? "" : "-" + asked->tag, space = asked->space == "library" ? "" : asked->space + "-";
  return {.client = with_tag(*asked), .stored = space + asked->model + tag, .reference = "made:" + asked->text()};
}

std::string place_for(const hub::Store& store, const NewName& name) {
  for (const hub::Model& model : store.list())
    if (client_name(model) == name.client) return model.name;
  // "a:b" and "a-b" are two names for clients and one for the store, which has no tags; and it takes shorter ones.
  constexpr std::size_t kLongest = 80;
  std::string wanted = name.stored;
  if (wanted.size() > kLongest) wanted = wanted.substr(0, kLongest) + "-" + sha256(std::as_bytes(std::span(name.client))).substr(0, 12);
  std::string out = wanted;
  for (int number = 2; store.find(out); ++number) out = fmt::format("{}-{}", wanted, number);
  return out;
}

std::string reference_to_pull(const hub::Store& store, const std::string& name) {
  for (const hub::Known& known : hub::catalogue(store.home()))
    if (known.name == name || known.name + ":latest" == name) return known.name;
  try {
    const hub::Reference found = hub::parse_reference(name);
    check(found.scheme != "file", "model {:?}: files of the server's machine are not pulled by a client; use \"maru pull\" there", name);
    return found.text();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::invalid) throw;
  }
  const std::optional<hub::OllamaName> asked = parsed(name);
  check(asked.has_value(), "invalid model name");
  return "ollama:" + asked->text();
}

}  // namespace maru::server

// Turns what a person writes for MODEL into a reference or a path.
#include "maru/hub/hub.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "maru/base/error.h"
#include "maru/hub/ollama_name.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kMade = "made:";  // models of make.h, which no source brings

std::string schemes_in_words() {
  std::string text;
  for (const Source& source : sources()) text += fmt::format("{}{}", text.empty() ? "" : ", ", source.example);
  return text;
}

// The first of them: all would be a page, which `maru list --known` shows.
std::string known_names() {
  constexpr std::size_t kMost = 8;
  std::string text;
  for (const Known& one : catalogue().first(std::min(kMost, catalogue().size()))) text += one.name + ", ";
  return text + "… (maru list --known)";
}

Phrase what_is_there(const Store& store) {
  std::vector<std::string> stored;
  for (const Model& model : store.list()) stored.push_back(model.name);
  if (stored.empty()) return phrase("nothing is stored yet; can be pulled by name: {}", known_names());
  return phrase("stored: {}; can be pulled by name: {}", fmt::join(stored, ", "), known_names());
}

// Why there is nothing at a path, in the words of what was found instead.
[[noreturn]] void no_path(const fs::path& path) {
  std::error_code problem;
  (void)fs::status(path, problem);
  if (problem == std::errc::too_many_symbolic_link_levels)
    fail(ErrorKind::invalid, "{}: symbolic links lead around in a circle", path.string());
  if (problem && problem != std::errc::no_such_file_or_directory && problem != std::errc::not_a_directory)
    fail(ErrorKind::io, "{}: could not {}: {}", path.string(), phrase("look at it"), system_reason(problem.value()));
  std::error_code no_link;
  if (const fs::path target = fs::read_symlink(path, no_link); !no_link)
    fail(ErrorKind::not_found, "{}: is a link to {}, which is not there", path.string(), target.string());
  fail(ErrorKind::not_found, "{}: no such file or folder", path.string());
}

bool has_scheme(std::string_view text) {
  return std::ranges::any_of(sources(), [&](const Source& source) {
    return text.size() > source.scheme.size() && text.starts_with(source.scheme) && text[source.scheme.size()] == ':';
  });
}

std::optional<Reference> recognised(std::string_view text, Kind kind) {
  for (const Source& source : sources()) {
    if (source.recognise == nullptr) continue;
    if (const std::optional<Reference> reference = source.recognise(text, kind)) return source.tidy(*reference);
  }
  return std::nullopt;
}

std::optional<Known> known_by_name(const Store& store, std::string_view name) {
  for (const Known& one : catalogue(store.home())) {
    if (one.name == name) return one;
  }
  return std::nullopt;
}

bool is_path(std::string_view text) {
  std::error_code ignored;
  return fs::exists(fs::path(text), ignored);
}

// "models/x.gguf" beside a folder models/ is a path that is not there, not a repository.
bool like_a_path(std::string_view text) {
  if (text.starts_with('.') || text.starts_with('/') || text.starts_with('~')) return true;
  if (text.find(':') != std::string_view::npos) return false;
  if (text.ends_with(".gguf") || text.ends_with(".safetensors")) return true;
  return text.find('/') != std::string_view::npos && is_path(text.substr(0, text.find('/')));
}

// A stored thing that is meant by a reference: itself, or what the catalogue says holds the same bytes.
std::optional<Model> stored_as(const Store& store, const Reference& reference) {
  if (std::optional<Model> stored = store.find_reference(reference)) return stored;
  const std::string text = reference.text();
  for (const Known& known : catalogue(store.home())) {
    if (std::ranges::find(known.also, text) == known.also.end()) continue;
    if (std::optional<Model> stored = store.find_reference(parse_reference(known.reference))) return stored;
  }
  return std::nullopt;
}

fs::path stored_or_pulled(Store& store, const Reference& reference, std::string_view text, bool pull_missing, const PullOptions& options) {
  if (const std::optional<Model> stored = stored_as(store, reference)) return store.open_path(*stored);
  if (pull_missing) return store.open_path(store.pull(reference.text(), options));
  fail(ErrorKind::not_found, "{} is not stored; bring it with: maru pull {}", text, text);
}

}  // namespace

std::uint64_t Model::bytes() const {
  std::uint64_t sum = 0;
  for (const StoredFile& file : files) sum += file.size;
  return sum;
}

std::uint64_t Plan::bytes() const {
  std::uint64_t sum = 0;
  for (const RemoteFile& file : files) sum += file.size;
  return sum;
}

std::string_view kind_name(Kind kind) { return kind == Kind::model ? "model" : "data"; }

const Source& source_of(const Reference& reference) {
  for (const Source& source : sources()) {
    if (source.scheme == reference.scheme) return source;
  }
  fail(ErrorKind::internal, "no source for the scheme {}", reference.scheme);
}

std::optional<Model> find_stored(const Store& store, std::string_view name) {
  if (std::optional<Model> stored = store.find(name)) return stored;
  const bool made = name.starts_with(kMade);
  if (made) name.remove_prefix(kMade.size());
  // Without tag or place it is a name of the store's, which it is not.
  if (!made && name.find_first_of(":/") == std::string_view::npos) return std::nullopt;
  try {
    const std::string text = parse_ollama_name(name).text();
    if (std::optional<Model> stored = store.find_reference({"made", text})) return stored;
    return made ? std::nullopt : store.find_reference({"ollama", text});
  } catch (const Error&) {  // no such spelling: a path, a reference
    return std::nullopt;
  }
}

Reference parse_reference(std::string_view text, Kind kind) {
  if (text.starts_with(kMade))
    fail(ErrorKind::usage, "{}: a model that was made on a machine, which cannot be pulled; make it again from its Modelfile (maru show --modelfile, "
         "maru create)", text);
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    for (const Source& source : sources()) {
      if (source.scheme != text.substr(0, colon)) continue;
      if (colon + 1 == text.size()) break;
      return source.tidy({std::string(source.scheme), std::string(text.substr(colon + 1))});
    }
  }
  if (is_path(text)) fail(ErrorKind::usage, "{:?} is a path; to store what lies there, write file:{}", text, text);
  if (!like_a_path(text)) {
    if (const std::optional<Reference> reference = recognised(text, kind)) return *reference;
  }
  fail(ErrorKind::usage, "{:?} is no model reference; write {}, or one of the names {}", text, schemes_in_words(), known_names());
}

fs::path resolve(Store& store, std::string_view model, bool pull_missing, const PullOptions& options) {
  if (model.empty()) fail(ErrorKind::usage, "the model has no name; {}", what_is_there(store));
  if (has_scheme(model)) return stored_or_pulled(store, parse_reference(model), model, pull_missing, options);
  if (const std::optional<Model> stored = model.starts_with('.') || model.starts_with('/') ? std::nullopt : find_stored(store, model))
    return store.open_path(*stored);
  // A name never holds a slash, so that ./smollm2 always means the path.
  if (model.find('/') == std::string_view::npos) {
    if (const std::optional<Known> known = known_by_name(store, model); known && known->kind == Kind::model) {
      if (const std::optional<Model> stored = stored_as(store, parse_reference(known->reference))) return store.open_path(*stored);
      if (pull_missing) return store.open_path(store.pull(model, options));
      fail(ErrorKind::not_found, "the model {} is not stored; bring it with: maru pull {}", model, model);
    }
  }
  const fs::path path(model);
  if (is_path(model)) return path;
  std::error_code ignored;
  if (like_a_path(model) || fs::is_symlink(path, ignored)) no_path(path);
  if (const std::optional<Reference> reference = recognised(model, Kind::model))
    return stored_or_pulled(store, *reference, model, pull_missing, options);
  if (model.find('/') != std::string_view::npos) no_path(path);
  fail(ErrorKind::not_found, "no model and no path is called {:?}; {}", model, what_is_there(store));
}

fs::path resolve_data(Store& store, std::string_view data, bool pull_missing, const PullOptions& options) {
  if (data.empty()) fail(ErrorKind::usage, "the data set has no name");
  if (has_scheme(data)) return stored_or_pulled(store, parse_reference(data, Kind::data), data, pull_missing, options);
  if (data.find('/') == std::string_view::npos) {
    if (const std::optional<Model> stored = store.find(data, Kind::data)) return store.open_path(*stored);
    if (const std::optional<Known> known = known_by_name(store, data); known && known->kind == Kind::data)
      return stored_or_pulled(store, parse_reference(known->reference), data, pull_missing, options);
  }
  if (is_path(data)) return fs::path(data);
  if (like_a_path(data)) no_path(fs::path(data));
  if (const std::optional<Reference> reference = recognised(data, Kind::data))
    return stored_or_pulled(store, *reference, data, pull_missing, options);
  fail(ErrorKind::not_found, "no data set and no path is called {:?}", data);
}

}  // namespace maru::hub

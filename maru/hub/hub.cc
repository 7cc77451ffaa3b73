// Turns what a person writes for MODEL into a reference or a path.
#include "maru/hub/hub.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "maru/base/error.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

std::string schemes_in_words() {
  std::string text;
  for (const Source& source : sources()) text += fmt::format("{}{}", text.empty() ? "" : ", ", source.example);
  return text;
}

std::string known_names() {
  std::vector<std::string_view> known;
  for (const Known& one : catalogue()) known.push_back(one.name);
  return fmt::format("{}", fmt::join(known, ", "));
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

bool is_reference(std::string_view text) {
  for (const Source& source : sources()) {
    if (text.size() > source.scheme.size() && text.starts_with(source.scheme) && text[source.scheme.size()] == ':') return true;
  }
  return false;
}

const Known* known_by_name(std::string_view name) {
  for (const Known& one : catalogue()) {
    if (one.name == name) return &one;
  }
  return nullptr;
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

Reference parse_reference(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    for (const Source& source : sources()) {
      if (source.scheme != text.substr(0, colon)) continue;
      if (colon + 1 == text.size()) break;
      return {std::string(source.scheme), std::string(text.substr(colon + 1))};
    }
  }
  std::error_code ignored;
  if (fs::exists(fs::path(text), ignored)) fail(ErrorKind::usage, "{:?} is a path; to store what lies there, write file:{}", text, text);
  fail(ErrorKind::usage, "{:?} is no model reference; write {}, or one of the names {}", text, schemes_in_words(), known_names());
}

fs::path resolve(Store& store, std::string_view model, bool pull_missing, const OnProgress& progress, const Cancel* cancel) {
  if (model.empty()) fail(ErrorKind::usage, "the model has no name; {}", what_is_there(store));
  if (is_reference(model)) {
    const Reference given = parse_reference(model);
    const auto source = std::ranges::find(sources(), given.scheme, &Source::scheme);
    const std::string reference = given.scheme + ":" + source->tidy(given).rest;
    for (const Model& stored : store.list()) {
      if (stored.reference == reference) return store.open_path(stored);
    }
    if (pull_missing) return store.open_path(store.pull(model, std::nullopt, progress, cancel));
    fail(ErrorKind::not_found, "{} is not stored; bring it with: maru pull {}", model, model);
  }
  // A name never holds a slash, so that ./smollm2 always means the path.
  if (model.find('/') == std::string_view::npos) {
    if (const std::optional<Model> stored = store.find(model)) return store.open_path(*stored);
    if (known_by_name(model) != nullptr) {
      if (pull_missing) return store.open_path(store.pull(model, std::nullopt, progress, cancel));
      fail(ErrorKind::not_found, "the model {} is not stored; bring it with: maru pull {}", model, model);
    }
  }
  std::error_code ignored;
  const fs::path path(model);
  if (fs::exists(path, ignored)) return path;
  const bool like_a_path = model.find('/') != std::string_view::npos || model.ends_with(".gguf") || model.ends_with(".safetensors");
  if (like_a_path || fs::is_symlink(path, ignored)) no_path(path);
  fail(ErrorKind::not_found, "no model and no path is called {:?}; {}", model, what_is_there(store));
}

}  // namespace maru::hub

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

std::string what_is_there(const Store& store) {
  std::vector<std::string> stored;
  for (const Model& model : store.list()) stored.push_back(model.name);
  std::vector<std::string_view> known;
  for (const Known& one : catalogue()) known.push_back(one.name);
  return fmt::format("stored: {}; can be pulled by name: {}", stored.empty() ? "nothing yet" : fmt::format("{}", fmt::join(stored, ", ")),
                     fmt::join(known, ", "));
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

Reference parse_reference(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    for (const Source& source : sources()) {
      if (source.scheme != text.substr(0, colon)) continue;
      if (colon + 1 == text.size()) break;
      return {std::string(source.scheme), std::string(text.substr(colon + 1))};
    }
  }
  fail(ErrorKind::usage, "{:?} is no model reference; write one like {}", text, schemes_in_words());
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
  fail(ErrorKind::not_found, "no model and no path is called {:?}; {}", model, what_is_there(store));
}

}  // namespace maru::hub

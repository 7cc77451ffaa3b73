// Which file belongs to which split, told from the names alone, as the Hugging Face hub's data-set pages describe it ("File names and
// splits"): a shard's number, then a folder, then a word of the file's name.
#include <algorithm>
#include <array>
#include <map>

#include "maru/data/data.h"

namespace maru::data {
namespace {

struct Keyword {
  std::string_view word, split;
};
constexpr std::array kKeywords = {Keyword{"train", "train"},     Keyword{"training", "train"}, Keyword{"validation", "validation"},
                                  Keyword{"valid", "validation"}, Keyword{"dev", "validation"}, Keyword{"val", "validation"},
                                  Keyword{"test", "test"},       Keyword{"testing", "test"},   Keyword{"eval", "test"},
                                  Keyword{"evaluation", "test"}};

bool separates(char c) { return std::string_view("-._ 0123456789").contains(c); }

// The split of the first keyword that stands in the name as a word of its own: "my_train_2", not "trainer".
std::string told_by(std::string_view name) {
  for (const auto& [word, split] : kKeywords)
    for (std::size_t at = name.find(word); at != std::string_view::npos; at = name.find(word, at + 1)) {
      const std::size_t end = at + word.size();
      if ((at == 0 || separates(name[at - 1])) && (end == name.size() || separates(name[end]))) return std::string(split);
    }
  return {};
}

// "imdb-unsupervised-00000-of-00002" is a shard of "imdb-unsupervised"; told by its last word when that is a keyword.
std::string told_by_shard(std::string_view stem) {
  const std::size_t of = stem.rfind("-of-");
  if (of == std::string_view::npos || of < 6) return {};
  const std::string_view index = stem.substr(of - 5, 5), count = stem.substr(of + 4, 5);
  const auto digits = [](std::string_view text) { return text.size() == 5 && text.find_first_not_of("0123456789") == text.npos; };
  if (!digits(index) || !digits(count) || stem[of - 6] != '-') return {};
  const std::string_view name = stem.substr(0, of - 6);
  const std::string told = told_by(name);
  return told.empty() ? std::string(name) : told;
}

std::string stem_of(const std::filesystem::path& file) {
  std::filesystem::path name = file.filename();
  if (name.extension() == ".gz") name = name.stem();
  return name.stem().string();
}

std::string told_by_folders(const std::filesystem::path& relative) {
  for (const auto& part : relative.parent_path())
    if (std::string told = told_by(part.string()); !told.empty()) return told;
  return {};
}

int rank(const std::string& split) {
  return split == "train" ? 0 : split == "validation" ? 1 : split == "test" ? 2 : 3;
}

}  // namespace

std::vector<Split> splits_of(const std::filesystem::path& folder, std::vector<std::filesystem::path> files, const Reader& reader) {
  std::ranges::sort(files);
  std::vector<std::string> names(files.size());
  const auto tell = [&](auto by) {
    for (std::size_t i = 0; i < files.size(); ++i)
      if (names[i].empty()) names[i] = by(files[i]);
    return std::ranges::any_of(names, [](const std::string& name) { return !name.empty(); });
  };
  if (reader.split_of) tell([&](const auto& file) { return reader.split_of(file); });
  bool told = tell([](const auto& file) { return told_by_shard(stem_of(file)); });
  if (!told) told = tell([&](const auto& file) { return told_by_folders(file.lexically_relative(folder)); });
  told |= tell([](const auto& file) { return told_by(stem_of(file)); });
  // What tells nothing beside files that do is kept apart under its own name.
  tell([&](const auto& file) { return told ? stem_of(file) : std::string("all"); });
  std::map<std::pair<int, std::string>, Split> by_name;
  for (std::size_t i = 0; i < files.size(); ++i) {
    Split& split = by_name[{rank(names[i]), names[i]}];
    split.name = names[i];
    split.files.push_back(files[i]);
  }
  std::vector<Split> out;
  for (auto& [name, split] : by_name) out.push_back(std::move(split));
  return out;
}

}  // namespace maru::data

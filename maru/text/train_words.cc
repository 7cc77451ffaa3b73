// Counts words in a flat hash. Files are mapped and cut at line ends, so that threads count for themselves and sums are put together.
#include "maru/text/train_words.h"

#include <algorithm>
#include <mutex>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/pool.h"
#include "maru/base/unicode.h"
#include "maru/text/vocabulary.h"

namespace maru::text {

std::string_view WordCounts::kept(std::string_view word) {
  constexpr std::size_t kBlock = std::size_t{1} << 20;
  if (blocks_.empty() || blocks_.back()->capacity() - blocks_.back()->size() < word.size()) {
    blocks_.push_back(std::make_unique<std::string>());
    blocks_.back()->reserve(std::max(kBlock, word.size()));
  }
  std::string& block = *blocks_.back();
  block += word;
  return std::string_view(block).substr(block.size() - word.size());
}

void WordCounts::grow() {
  slots_.assign(std::max<std::size_t>(slots_.size() * 2, 1024), 0);
  for (std::size_t i = 0; i < words_.size(); ++i) {
    std::size_t at = hashes_[i] & (slots_.size() - 1);
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = std::uint32_t(i + 1);
  }
}

void WordCounts::add(std::string_view word, std::uint64_t count) {
  if (words_.size() * 2 >= slots_.size()) grow();
  std::uint64_t hash = Vocabulary::hash(word);
  hash ^= hash >> 29;
  total_ += count;
  std::size_t at = hash & (slots_.size() - 1);
  for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    const std::size_t i = slots_[at] - 1;
    if (hashes_[i] == hash && words_[i].text == word) {
      words_[i].count += count;
      return;
    }
  }
  if (words_.size() >= (std::size_t{1} << 31)) fail(ErrorKind::limit, "the text has more than {} different words", words_.size());
  slots_[at] = std::uint32_t(words_.size() + 1);
  words_.push_back({kept(word), count});
  hashes_.push_back(hash);
}

void WordCounts::add(const WordCounts& other) {
  for (const CountedWord& word : other.words_) add(word.text, word.count);
}

std::vector<CountedWord> WordCounts::sorted() const {
  std::vector<CountedWord> out = words_;
  std::ranges::sort(out, {}, &CountedWord::text);
  return out;
}

namespace {

// Parts of about a megabyte that end behind a line end, or where the text ends.
std::vector<std::string_view> parts_of(std::string_view text) {
  constexpr std::size_t kPart = std::size_t{1} << 20;
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = text.size() <= kPart ? std::string_view::npos : text.find('\n', kPart);
    const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
    out.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

void count_part(std::string_view part, const WordsOfLine& words, WordCounts& out) {
  const std::function<void(std::string_view)> add = [&](std::string_view word) { out.add(word); };
  while (!part.empty()) {
    const std::size_t end = part.find('\n');
    const std::size_t size = end == std::string_view::npos ? part.size() : end + 1;
    words(part.substr(0, size), add);
    part.remove_prefix(size);
  }
}

}  // namespace

TextWords count_words(std::span<const std::filesystem::path> files, const WordsOfLine& words, const TrainOptions& options) {
  std::vector<std::shared_ptr<const MappedFile>> maps;
  TextWords out;
  for (const auto& file : files) {
    maps.push_back(MappedFile::open(file));
    out.bytes += maps.back()->bytes().size();
  }
  std::mutex mutex;  // guards what follows
  std::vector<WordCounts> idle;
  std::uint64_t done = 0;
  for (const auto& map : maps) {
    const std::string_view text(reinterpret_cast<const char*>(map->bytes().data()), map->bytes().size());
    const std::vector<std::string_view> parts = parts_of(text);
    parallel(std::int64_t(parts.size()), [&](std::int64_t i) {
      if (options.cancel) options.cancel->check();
      const std::string_view part = parts[std::size_t(i)];
      if (const auto at = unicode::first_invalid(part))
        fail(ErrorKind::invalid, "{}: not UTF-8 at byte {}; repair or convert it first", map->path().string(),
             std::size_t(part.data() - text.data()) + *at);
      WordCounts counts;
      {
        const std::scoped_lock lock(mutex);
        if (!idle.empty()) counts = std::move(idle.back()), idle.pop_back();
      }
      count_part(part, words, counts);
      const std::scoped_lock lock(mutex);
      idle.push_back(std::move(counts));
      done += part.size();
      if (options.progress) options.progress({.what = "reading", .done = done, .total = out.bytes, .unit = "bytes"});
    });
  }
  for (WordCounts& counts : idle) {
    if (out.counts.size() == 0) out.counts = std::move(counts);
    else out.counts.add(counts);
  }
  return out;
}

}  // namespace maru::text

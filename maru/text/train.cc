// From text files to tokenizer.json: counts words, lets one of the three ways learn, and puts the file together.
#include "maru/text/train.h"

#include <algorithm>
#include <unordered_map>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/text/train_parts.h"

namespace maru::text {
namespace {

std::vector<std::string> specials_of(const TrainOptions& options) {
  std::vector<std::string> out = options.kind == TrainedKind::bpe         ? std::vector<std::string>{"<|endoftext|>"}
                                 : options.kind == TrainedKind::wordpiece
                                     ? std::vector<std::string>{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}
                                     : std::vector<std::string>{"<unk>", "<s>", "</s>", "<pad>"};
  for (const std::string& token : options.specials) {
    if (token.empty()) fail(ErrorKind::usage, "a special token is empty");
    if (std::ranges::find(out, token) == out.end()) out.push_back(token);
  }
  return out;
}

Json added_tokens(const std::vector<std::string>& specials) {
  Json out = Json::array();
  for (std::size_t id = 0; id < specials.size(); ++id)
    out.push_back({{"id", id}, {"content", specials[id]}, {"single_word", false}, {"lstrip", false}, {"rstrip", false},
                   {"normalized", false}, {"special", true}});
  return out;
}

}  // namespace

bool Alphabet::holds(char32_t c) const { return std::ranges::binary_search(kept, c); }
bool Alphabet::spells(std::string_view word) const {
  for (std::size_t at = 0; at < word.size();)
    if (!holds(unicode::next(word, at))) return false;
  return true;
}

Alphabet alphabet_of(std::span<const CountedWord> words, const TrainOptions& options) {
  std::unordered_map<char32_t, std::uint64_t> seen;
  for (const CountedWord& word : words)
    for (std::size_t at = 0; at < word.text.size();) seen[unicode::next(word.text, at)] += word.count;
  std::vector<std::pair<char32_t, std::uint64_t>> all(seen.begin(), seen.end());
  std::ranges::sort(all, [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
  Alphabet out;
  out.rare = all.size() - std::min(all.size(), options.alphabet);
  all.resize(all.size() - out.rare);
  for (const auto& [c, count] : all) out.kept.push_back(c);
  std::ranges::sort(out.kept);
  return out;
}

void check_room(std::size_t specials, std::size_t alphabet, const TrainOptions& options) {
  if (specials + alphabet > options.vocabulary)
    fail(ErrorKind::usage, "a vocabulary of {} has no room for {} special tokens and an alphabet of {}; make it larger", options.vocabulary,
         specials, alphabet);
}

void check_learned(std::size_t learned, const TrainOptions& options) {
  check(learned >= options.vocabulary,
        "the text yields {} tokens, fewer than the {} asked for; give more text, a smaller vocabulary or a smaller least count", learned,
        options.vocabulary);
}

Json numbered(const std::vector<std::string>& pieces) {
  // Pieces are different, which the object need not find out again.
  Json::object_t out;
  out.Container::reserve(pieces.size());
  for (std::size_t id = 0; id < pieces.size(); ++id) out.Container::emplace_back(pieces[id], id);
  return out;
}

Json merges_json(const std::vector<std::string>& pieces, std::span<const std::array<std::int32_t, 2>> merges) {
  Json out = Json::array();
  for (const auto& [left, right] : merges) out.push_back(Json::array({pieces[std::size_t(left)], pieces[std::size_t(right)]}));
  return out;
}

TrainedTokenizer train_tokenizer(std::span<const std::filesystem::path> files, const TrainOptions& options) {
  const std::vector<std::string> specials = specials_of(options);
  const bool bpe = options.kind == TrainedKind::bpe, wordpiece = options.kind == TrainedKind::wordpiece;
  check_room(specials.size(), bpe ? 256 : 1, options);  // before the text is read
  const TextWords words =
      count_words(files, bpe ? bpe_words() : wordpiece ? wordpiece_words(options.lowercase) : unigram_words(options.lowercase), options);
  check(words.counts.size() > 0, "the text has no words: {} bytes in {} files", words.bytes, files.size());
  Learned learned = (bpe ? learn_bpe : wordpiece ? learn_wordpiece : learn_unigram)(words, specials, options);
  const Json file = {{"version", "1.0"},
                     {"truncation", nullptr},
                     {"padding", nullptr},
                     {"added_tokens", added_tokens(specials)},
                     {"normalizer", std::move(learned.normalizer)},
                     {"pre_tokenizer", std::move(learned.pre_tokenizer)},
                     {"post_processor", std::move(learned.post_processor)},
                     {"decoder", std::move(learned.decoder)},
                     {"model", std::move(learned.model)}};
  return {.json = dump(file, 1) + "\n",
          .vocabulary = learned.vocabulary,
          .distinct_words = words.counts.size(),
          .text_bytes = words.bytes,
          .words = words.counts.total(),
          .characters = learned.characters,
          .rare_characters = learned.rare_characters};
}

}  // namespace maru::text

// Unigram: NFKC, words at white space, each with U+2581 before it; pieces by likelihood.
#include <algorithm>
#include <cmath>

#include "maru/base/unicode.h"
#include "maru/text/train_parts.h"
#include "maru/text/train_pieces.h"

namespace maru::text {
namespace {

constexpr std::string_view kSpace = "\u2581";

WordParts parts_of(std::span<const CountedWord> words, const Alphabet& alphabet) {
  WordParts out;
  std::size_t begin = 0;
  const auto close = [&](std::uint64_t count) {
    if (out.text.size() == begin) return;
    begin = out.text.size();
    out.ends.push_back(std::uint32_t(begin));
    out.counts.push_back(count);
  };
  for (const CountedWord& word : words) {
    for (std::size_t at = 0; at < word.text.size();) {
      const char32_t c = unicode::next(word.text, at);
      if (alphabet.holds(c)) out.text += c;
      if (!alphabet.holds(c) || out.text.size() - begin == kLongestPart) close(word.count);  // no piece spans a rare character
    }
    close(word.count);
  }
  return out;
}

// Every character of the alphabet, and the substrings, with probabilities by how often each is seen.
std::vector<LearnedPiece> first_pieces(const WordParts& words, const Alphabet& alphabet, const std::vector<std::string>& specials,
                                const TrainOptions& options) {
  constexpr std::size_t kMostSeeds = 1'000'000;  // as the reference
  std::vector<LearnedPiece> out;
  std::vector<double> seen(alphabet.kept.empty() ? 0 : alphabet.kept.back() + 1);
  for (std::size_t i = 0; i < words.size(); ++i)
    for (const char32_t c : words.part(i)) seen[c] += double(words.counts[i]);
  for (const char32_t c : alphabet.kept) out.push_back({std::u32string(1, c), std::max(seen[c], 1.0)});
  for (LearnedPiece& piece : frequent_substrings(words, kMostSeeds, options))
    if (std::ranges::find(specials, unicode::utf8(piece.text)) == specials.end()) out.push_back(std::move(piece));
  double total = 0;
  for (const LearnedPiece& piece : out) total += piece.score;
  for (LearnedPiece& piece : out) piece.score = std::log(piece.score / total);
  return out;
}

}  // namespace

WordsOfLine unigram_words(bool lowercase) {
  return [lowercase](std::string_view line, const std::function<void(std::string_view)>& add) {
    std::string text = unicode::nfkc(line), word;
    if (lowercase) text = unicode::lower(text);
    const auto close = [&] {
      if (!word.empty()) add(word);
      word.clear();
    };
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t here = at;
      const char32_t c = unicode::next(text, at);
      if (unicode::is_white_space(c)) {
        close();
        continue;
      }
      if (c == U'\u2581') close();
      else if (word.empty()) word = kSpace;
      word.append(text, here, at - here);
    }
    close();
  };
}

Learned learn_unigram(const TextWords& words, const std::vector<std::string>& specials, const TrainOptions& options) {
  const std::vector<CountedWord> list = words.counts.sorted();
  const Alphabet alphabet = alphabet_of(list, options);
  check_room(specials.size(), alphabet.kept.size(), options);
  const WordParts parts = parts_of(list, alphabet);
  const std::vector<LearnedPiece> pieces =
      pruned_pieces(parts, first_pieces(parts, alphabet, specials, options), options.vocabulary - specials.size(), options);
  Json vocab = Json::array();
  for (const std::string& token : specials) vocab.push_back({token, 0.0});
  for (const LearnedPiece& piece : pieces) vocab.push_back({unicode::utf8(piece.text), piece.score});
  check_learned(vocab.size(), options);
  Json normalizer = {{"type", "NFKC"}};
  if (options.lowercase) normalizer = {{"type", "Sequence"}, {"normalizers", Json::array({normalizer, {{"type", "Lowercase"}}})}};
  const Json metaspace = {{"type", "Metaspace"}, {"replacement", kSpace}, {"prepend_scheme", "always"}, {"split", true}};
  return {.normalizer = std::move(normalizer),
          .pre_tokenizer = {{"type", "Sequence"}, {"pretokenizers", Json::array({{{"type", "WhitespaceSplit"}}, metaspace})}},
          .post_processor = nullptr,
          .decoder = metaspace,
          .model = {{"type", "Unigram"}, {"unk_id", 0}, {"vocab", std::move(vocab)}, {"byte_fallback", false}},
          .vocabulary = specials.size() + pieces.size(),
          .characters = alphabet.kept.size(),
          .rare_characters = alphabet.rare};
}

}  // namespace maru::text

// WordPiece: BERT's normaliser and words. The pieces are learned by merging, as the reference does it, not by likelihood.
#include <unordered_map>

#include "maru/base/unicode.h"
#include "maru/text/bert_normalizer.h"
#include "maru/text/train_merges.h"
#include "maru/text/train_parts.h"

namespace maru::text {
namespace {

constexpr std::string_view kContinuing = "##";

// Spells words in the characters that begin them ("w") and that stand within them ("##w").
class Speller {
 public:
  Speller(MergeLearning& learning, const Alphabet& alphabet, std::span<const CountedWord> words) : it_(learning) {
    for (const char32_t c : alphabet.kept) first_.emplace(c, add("", c));
    std::unordered_map<char32_t, bool> inside;
    for (const CountedWord& word : words)
      for (std::size_t at = 0, i = 0; at < word.text.size(); ++i)
        if (const char32_t c = unicode::next(word.text, at); i > 0) inside[c] = true;
    for (const char32_t c : alphabet.kept)
      if (inside.contains(c)) inside_.emplace(c, add(kContinuing, c));
  }
  void spell(const CountedWord& word) {
    for (std::size_t at = 0, i = 0; at < word.text.size(); ++i) {
      const char32_t c = unicode::next(word.text, at);
      it_.symbols.push_back((i == 0 ? first_ : inside_).at(c));
    }
    it_.ends.push_back(it_.symbols.size());
    it_.counts.push_back(word.count);
  }

 private:
  std::int32_t add(std::string_view prefix, char32_t c) {
    std::string& piece = it_.pieces.emplace_back(prefix);
    unicode::append(piece, c);
    return std::int32_t(it_.pieces.size() - 1);
  }
  MergeLearning& it_;
  std::unordered_map<char32_t, std::int32_t> first_, inside_;
};

Json frame(std::span<const std::string_view> texts) {
  Json out = Json::array({{{"SpecialToken", {{"id", "[CLS]"}, {"type_id", 0}}}}});
  for (std::size_t i = 0; i < texts.size(); ++i) {
    out.push_back({{"Sequence", {{"id", texts[i]}, {"type_id", i}}}});
    out.push_back({{"SpecialToken", {{"id", "[SEP]"}, {"type_id", i}}}});
  }
  return out;
}

Json special(std::string_view token, int id) { return {{"id", token}, {"ids", Json::array({id})}, {"tokens", Json::array({token})}}; }

}  // namespace

WordsOfLine wordpiece_words(bool lowercase) {
  const BertNormalizer how{.clean_text = true, .space_around_han = true, .strip_accents = lowercase, .lowercase = lowercase};
  return [how](std::string_view line, const std::function<void(std::string_view)>& add) {
    const std::string text = normalized(how, line, false).text;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t here = at;
      const BertKind kind = bert_kind(unicode::next(text, at));
      if (kind == BertKind::letter) continue;
      if (here > begin) add(std::string_view(text).substr(begin, here - begin));
      if (kind == BertKind::punctuation) add(std::string_view(text).substr(here, at - here));
      begin = at;
    }
    if (begin < text.size()) add(std::string_view(text).substr(begin));
  };
}

Learned learn_wordpiece(const TextWords& words, const std::vector<std::string>& specials, const TrainOptions& options) {
  std::vector<CountedWord> list = words.counts.sorted();
  const Alphabet alphabet = alphabet_of(list, options);
  // A word with a character outside the alphabet becomes [UNK] as a whole: nothing is to be learned from it.
  std::erase_if(list, [&](const CountedWord& word) { return !alphabet.spells(word.text); });
  MergeLearning learning;
  learning.pieces = specials;
  learning.specials = specials.size();
  Speller speller(learning, alphabet, list);
  check_room(specials.size(), learning.pieces.size() - specials.size(), options);
  for (const CountedWord& word : list) speller.spell(word);
  learn_merges(learning, kContinuing, options);
  check_learned(learning.pieces.size(), options);
  static constexpr std::string_view kOne[] = {"A"}, kTwo[] = {"A", "B"};
  return {.normalizer = {{"type", "BertNormalizer"},
                         {"clean_text", true},
                         {"handle_chinese_chars", true},
                         {"strip_accents", nullptr},
                         {"lowercase", options.lowercase}},
          .pre_tokenizer = {{"type", "BertPreTokenizer"}},
          .post_processor = {{"type", "TemplateProcessing"},
                             {"single", frame(kOne)},
                             {"pair", frame(kTwo)},
                             {"special_tokens", {{"[CLS]", special("[CLS]", 2)}, {"[SEP]", special("[SEP]", 3)}}}},
          .decoder = {{"type", "WordPiece"}, {"prefix", kContinuing}, {"cleanup", true}},
          .model = {{"type", "WordPiece"},
                    {"unk_token", "[UNK]"},
                    {"continuing_subword_prefix", kContinuing},
                    {"max_input_chars_per_word", 100},
                    {"vocab", numbered(learning.pieces)}},
          .vocabulary = learning.pieces.size(),
          .characters = alphabet.kept.size(),
          .rare_characters = alphabet.rare};
}

}  // namespace maru::text

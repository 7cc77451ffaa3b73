// Reads tokenizer.json's "model": vocabulary, merges or scores, and what each kind of model says besides.
#include <algorithm>
#include <cmath>

#include "maru/base/unicode.h"
#include "maru/text/pipeline.h"

namespace maru::text {

using simdjson::dom::array;
using simdjson::dom::element;

namespace {

constexpr std::size_t kLongestWord = 10'000, kMostMerges = std::size_t{1} << 24;

std::optional<std::int32_t> unknown_of(const Field& field, const TokenizerParts& parts) {
  if (!field.present()) return {};
  return token_id(parts, field, field.string());
}

ModelMaker read_bpe(const Field& model, TokenizerParts& parts) {
  if (const Field dropout = model["dropout"]; dropout.present())
    check(dropout.number() == 0, "{}: {}: {} would cut the same text differently each time; expected 0 or null", model.where, dropout.path,
          dropout.number());
  BpeOptions options;
  options.unknown = unknown_of(model["unk_token"], parts);
  options.continuing = model["continuing_subword_prefix"].string_or("");
  options.ending = model["end_of_word_suffix"].string_or("");
  options.fuse_unknown = model["fuse_unk"].boolean_or(false);
  options.byte_fallback = model["byte_fallback"].boolean_or(false);
  options.whole_words = model["ignore_merges"].boolean_or(false);
  parts.unknown = options.unknown;
  parts.continuing = options.continuing;
  return [options, merges = read_merges(model, parts.vocabulary, options.continuing)](const Vocabulary& vocabulary) {
    return bpe_model(vocabulary, merges, options);
  };
}

ModelMaker read_unigram(const Field& model, TokenizerParts& parts) {
  std::vector<double> scores;
  const Field vocab = model["vocab"];
  for (const element e : vocab.items()) {
    const Field pair = vocab.item(scores.size(), e);
    array both;
    double score = 0;
    if (e.get(both) != simdjson::SUCCESS || both.size() != 2 || both.at(1).get(score) != simdjson::SUCCESS)
      pair.wrong(phrase("a piece and its score"));
    check(std::isfinite(score) && std::abs(score) < 1e9, "{}: {}: expected a score of less than 1e9, found {}", pair.where, pair.path,
          score);
    scores.push_back(score);
  }
  UnigramOptions options;
  if (const Field unknown = model["unk_id"]; unknown.present())
    options.unknown = std::int32_t(unknown.integer(0, std::int64_t(scores.size()) - 1));
  options.byte_fallback = model["byte_fallback"].boolean_or(false);
  parts.unknown = options.unknown;
  return [options, scores](const Vocabulary& vocabulary) { return unigram_model(vocabulary, scores, options); };
}

ModelMaker read_wordpiece(const Field& model, TokenizerParts& parts) {
  const std::int32_t unknown = token_id(parts, model["unk_token"], model["unk_token"].string_or("[UNK]"));
  parts.unknown = unknown;
  parts.continuing = model["continuing_subword_prefix"].string_or("##");
  const auto longest = std::size_t(model["max_input_chars_per_word"].integer_or(100, 1, std::int64_t(kLongestWord)));
  return [=, continuing = parts.continuing](const Vocabulary& vocabulary) {
    return wordpiece_model(vocabulary, unknown, continuing, longest);
  };
}

ModelMaker read_word_level(const Field& model, TokenizerParts& parts) {
  const std::int32_t id = parts.vocabulary.find(model["unk_token"].string_or("<unk>"));
  if (id >= 0) parts.unknown = id;
  return [unknown = parts.unknown, where = parts.where](const Vocabulary& vocabulary) {
    return word_level_model(vocabulary, unknown, where);
  };
}

}  // namespace

ModelMaker read_model(const Field& model, std::string_view type, TokenizerParts& parts) {
  if (type == "BPE") return read_bpe(model, parts);
  if (type == "Unigram") return read_unigram(model, parts);
  if (type == "WordPiece") return read_wordpiece(model, parts);
  return read_word_level(model, parts);
}

std::int32_t token_id(const TokenizerParts& parts, const Field& field, std::string_view piece) {
  const std::int32_t id = parts.vocabulary.find(piece);
  check(id >= 0, "{}: {}: token {:?} is not in the vocabulary", field.where, field.path, piece);
  return id;
}

std::vector<Merge> read_merges(const Field& model, const Vocabulary& vocabulary, std::string_view continuing) {
  const Field merges = model["merges"];
  std::vector<Merge> out;
  std::size_t i = 0;
  for (const element e : merges.items()) {
    check(i < kMostMerges, "{}: {}: more than {} merges", merges.where, merges.path, kMostMerges);
    std::string_view left, right, both;
    array pair;
    if (e.get(both) == simdjson::SUCCESS) {
      const std::size_t blank = both.find(' ');
      check(blank != std::string_view::npos && both.find(' ', blank + 1) == std::string_view::npos,
            "{}: {}[{}]: expected two pieces with one blank between, found {:?}", merges.where, merges.path, i, both);
      left = both.substr(0, blank), right = both.substr(blank + 1);
    } else if (e.get(pair) != simdjson::SUCCESS || pair.size() != 2 || pair.at(0).get(left) != simdjson::SUCCESS ||
               pair.at(1).get(right) != simdjson::SUCCESS) {
      merges.item(i, e).wrong(phrase("two pieces"));
    }
    Merge m = merge_of(vocabulary, left, right);
    std::string missing = missing_of(m, left, right);
    if (!continuing.empty() && right.starts_with(continuing)) {  // inside a word the mark of the right piece vanishes
      missing = std::string(left).append(right.substr(continuing.size()));
      m.merged = vocabulary.find(missing);
    }
    if (m.left < 0 || m.right < 0 || m.merged < 0)
      fail(ErrorKind::invalid, "{}: {}[{}]: token {:?} is not in the vocabulary", merges.where, merges.path, i, missing);
    out.push_back(m);
    ++i;
  }
  return out;
}

}  // namespace maru::text

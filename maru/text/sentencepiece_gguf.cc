// Reads the SentencePiece models of a GGUF: the pieces with their scores and types, and what the normaliser is to do.
#include <cmath>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/text/sentencepiece.h"

namespace maru::text {
namespace {

constexpr std::size_t kMostPieces = std::size_t{1} << 22;

void read_pieces(const io::Metadata& metadata, SentencePieceModel& model) {
  const auto& tokens = metadata.strings("tokenizer.ggml.tokens");
  check(!tokens.empty() && tokens.size() <= kMostPieces, "{}: tokenizer.ggml.tokens: expected 1 to {} tokens, found {}", metadata.where(),
        kMostPieces, tokens.size());
  const std::vector<double> scores = metadata.numbers("tokenizer.ggml.scores");
  const auto& types = metadata.integers("tokenizer.ggml.token_type");
  check(scores.size() == tokens.size(), "{}: tokenizer.ggml.scores: expected {} numbers as there are tokens, found {}", metadata.where(),
        tokens.size(), scores.size());
  check(types.size() == tokens.size(), "{}: tokenizer.ggml.token_type: expected {} numbers as there are tokens, found {}", metadata.where(),
        tokens.size(), types.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    check(!unicode::first_invalid(tokens[i]), "{}: tokenizer.ggml.tokens[{}]: not UTF-8", metadata.where(), i);
    check(types[i] >= 1 && types[i] <= 6, "{}: tokenizer.ggml.token_type[{}]: expected 1 to 6, found {}", metadata.where(), i, types[i]);
    check(std::abs(scores[i]) < 1e30, "{}: tokenizer.ggml.scores[{}]: {} is no number to reckon with", metadata.where(), i, scores[i]);
    model.pieces.push_back({std::string(tokens[i]), float(scores[i]), SentencePieceType(types[i])});
    model.byte_fallback = model.byte_fallback || types[i] == 6;
  }
}

std::int32_t id_of(const io::Metadata& metadata, std::string_view key, std::int32_t otherwise, const SentencePieceModel& model) {
  if (!metadata.has(key)) return otherwise < std::int32_t(model.pieces.size()) ? otherwise : -1;
  return std::int32_t(metadata.integer(key, -1, std::int64_t(model.pieces.size()) - 1));
}

void name_tokens(const io::Metadata& metadata, bool t5, SentencePieceModel& model) {
  model.unknown = id_of(metadata, "tokenizer.ggml.unknown_token_id", t5 ? 2 : 0, model);
  model.bos = id_of(metadata, "tokenizer.ggml.bos_token_id", t5 ? -1 : 1, model);
  model.eos = id_of(metadata, "tokenizer.ggml.eos_token_id", t5 ? 1 : 2, model);
  model.padding = id_of(metadata, "tokenizer.ggml.padding_token_id", t5 ? 0 : -1, model);
  // The end of text must never be shown or stay as letters, whatever its type says.
  if (model.eos >= 0 && model.eos != model.unknown) model.pieces[std::size_t(model.eos)].type = SentencePieceType::control;
}

void add_around(const io::Metadata& metadata, std::string_view key, bool otherwise, std::int32_t id, std::vector<std::int32_t>& out) {
  if (!metadata.boolean(key, otherwise)) return;
  check(id >= 0, "{}: {} is true, but the file names no such token", metadata.where(), key);
  out.push_back(id);
}

}  // namespace

std::shared_ptr<const Tokenizer> sentencepiece_from_gguf(const io::Metadata& metadata) {
  const bool t5 = metadata.string("tokenizer.ggml.model") == "t5";
  SentencePieceModel model;
  model.where = metadata.where();
  model.kind = t5 ? SentencePieceKind::unigram : SentencePieceKind::bpe;
  read_pieces(metadata, model);
  name_tokens(metadata, t5, model);
  model.add_dummy_prefix = metadata.boolean("tokenizer.ggml.add_space_prefix", !t5);
  model.remove_extra_whitespaces = metadata.boolean("tokenizer.ggml.remove_extra_whitespaces", false);
  if (metadata.has("tokenizer.ggml.precompiled_charsmap"))
    for (const std::int64_t byte : metadata.integers("tokenizer.ggml.precompiled_charsmap")) {
      check(byte >= -128 && byte <= 255, "{}: tokenizer.ggml.precompiled_charsmap: expected bytes, found {}", metadata.where(), byte);
      model.charsmap += char(byte);
    }
  TokenizerParts parts;
  std::vector<std::int32_t> before, after;
  add_around(metadata, "tokenizer.ggml.add_bos_token", !t5, model.bos, before);
  add_around(metadata, "tokenizer.ggml.add_eos_token", t5, model.eos, after);
  frame_with(parts, before, after, false);
  return make_sentencepiece(std::move(model), std::move(parts));
}

}  // namespace maru::text

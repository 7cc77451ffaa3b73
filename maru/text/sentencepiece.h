#pragma once
// A SentencePiece model: its file, and the tokenizer made of it. Follows the sentencepiece package; what families of models add to it stands
// in tokenizer_folder.cc.
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "maru/text/tokenizer_parts.h"

namespace maru::text {

enum class SentencePieceKind : std::uint8_t { unigram = 1, bpe = 2, word = 3, character = 4 };
enum class SentencePieceType : std::uint8_t { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };

struct SentencePiece {
  std::string text;
  float score = 0;
  SentencePieceType type = SentencePieceType::normal;
};

struct SentencePieceModel {
  std::string where;
  SentencePieceKind kind = SentencePieceKind::unigram;
  std::vector<SentencePiece> pieces;  // by id
  std::string charsmap;               // see sentencepiece_normalizer.h; empty: text stays as it is
  bool add_dummy_prefix = true, remove_extra_whitespaces = true, escape_whitespaces = true;
  bool whitespace_as_suffix = false;  // U+2581 stands behind a word
  bool byte_fallback = false;
  std::string unknown_surface = " \u2047 ";
  std::int32_t unknown = 0, bos = 1, eos = 2, padding = -1;  // -1: none
};

// Reads the protocol buffer that the package writes ("spiece.model", "tokenizer.model"). Throws Error naming field and byte.
SentencePieceModel sentencepiece_from_bytes(std::string_view bytes, std::string_view where);

// Control pieces are special tokens, found in the text only where the caller asks for it. `parts`: the frame, further added tokens, and a
// vocabulary; where that is empty the pieces are the vocabulary. `ids`: the id of each piece; empty: its place.
std::shared_ptr<const Tokenizer> make_sentencepiece(SentencePieceModel model, TokenizerParts parts, std::vector<std::int32_t> ids = {});

// The models "llama" (BPE by scores) and "t5" (Unigram) of a GGUF's tokenizer.ggml.* keys.
std::shared_ptr<const Tokenizer> sentencepiece_from_gguf(const io::Metadata& metadata);

// Throws Error where the pieces contradict each other: none, one twice, no unknown piece, bytes missing for byte fallback.
void check_pieces(const SentencePieceModel& model);

}  // namespace maru::text

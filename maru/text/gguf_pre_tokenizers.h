#pragma once
// What stands behind a GGUF's tokenizer.ggml.pre: how byte-level BPE cuts a text into words.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maru::text {

struct GgufPreTokenizer {
  std::string_view scanner{};              // as splits_for_gguf (word_split.h) knows it; empty: by the patterns
  std::vector<std::string_view> patterns{};  // regular expressions, one after the other; their matches and what lies between are words
  bool whole_words = false;                // a word that is in the vocabulary is one token, whatever the merges say
  bool adds_bos = false;                   // where the file does not say
  bool nfc = false;                        // a GGUF has no key for it
  bool characters = false;                 // not byte-level: blanks are written as U+2581, and what has no piece in <0x00> … <0xFF>
};
std::optional<GgufPreTokenizer> gguf_pre_tokenizer(std::string_view name);
std::string gguf_pre_tokenizer_names();  // all of them, "a, b, c"

}  // namespace maru::text

#pragma once
// How a text was cut: each token with its piece and with where it stands in the text, in characters and in bytes.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "maru/text/tokenizer.h"

namespace maru::watch {

struct Token {
  std::int32_t id = 0;
  std::string piece = {};                        // the vocabulary's own spelling: "Ġworld", "##ing", "▁나"
  std::string text = {};                         // the characters of the text that it stands for; empty for what the model adds
  std::array<std::size_t, 2> characters{};     // [begin, end), code points
  std::array<std::size_t, 2> bytes{};          // [begin, end) of the text's UTF-8; exact for parts of a character, too
  int part = 0, parts = 1;                     // which of the tokens that share its characters it is: byte-level pieces of one letter
  int sequence = -1;                           // of a pair: 0 or 1; -1 for what the model adds
  int word = -1;
  int type = 0;
  bool special = false;
};

std::vector<Token> cut(const text::Tokenizer& tokenizer, const text::Encoding& encoding, std::string_view first, std::string_view second = {});
// Ids without a text, such as an encoder–decoder's start: piece and id alone.
std::vector<Token> cut(const text::Tokenizer& tokenizer, std::span<const std::int32_t> ids);
// What a reader recognises: the text, "나 1/3" for a part of it, the piece where there is no text.
std::string label(const Token& token);

}  // namespace maru::watch

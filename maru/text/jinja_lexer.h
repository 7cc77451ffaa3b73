#pragma once
// Cuts a template into text and the tokens inside its tags, with Jinja's whitespace rules applied (trim_blocks and
// lstrip_blocks on, as transformers sets them).
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace maru::text::jinja {

enum class TokenKind : std::uint8_t { data, block_begin, block_end, print_begin, print_end, name, integer, number, text, sign, end };
struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;  // data, a name, a sign such as "**", the digits, or a string's content with escapes resolved
  int line = 1;
};

// The last token is `end`. Throws Fault with its line.
std::vector<Token> tokens(std::string_view source);

}  // namespace maru::text::jinja

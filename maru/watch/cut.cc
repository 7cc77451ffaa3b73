// From the tokenizer's spans in code points to spans in bytes, where the tokens that share a letter are told apart.
#include "maru/watch/cut.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace maru::watch {
namespace {

// Where each code point begins, and the end.
std::vector<std::size_t> starts(std::string_view utf8) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < utf8.size(); ++i)
    if ((static_cast<unsigned char>(utf8[i]) & 0xC0) != 0x80) all.push_back(i);
  all.push_back(utf8.size());
  return all;
}

// Tokens [begin, end) share the same characters: each has its own bytes where the pieces spell exactly those.
void share(const text::Tokenizer& tokenizer, std::span<Token> tokens) {
  std::size_t total = 0;
  std::vector<std::size_t> sizes;
  for (const Token& token : tokens) {
    sizes.push_back(tokenizer.bytes(token.id, false).size());
    total += sizes.back();
  }
  const std::size_t first = tokens[0].bytes[0], whole = tokens[0].bytes[1] - first;
  std::size_t at = first;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    tokens[i].part = int(i), tokens[i].parts = int(tokens.size());
    if (total != whole) continue;
    tokens[i].bytes = {at, at + sizes[i]};
    at += sizes[i];
  }
}

// Byte-level vocabularies spell the text exactly, maybe behind a space of their own: then every byte has its token, and tokens that begin
// inside a letter are numbered.
bool spelled(const text::Tokenizer& tokenizer, std::string_view text, std::span<Token> tokens, int sequence) {
  std::string all;
  std::vector<std::pair<Token*, std::size_t>> own;
  for (Token& token : tokens) {
    if (token.sequence != sequence) continue;
    const std::string bytes = tokenizer.bytes(token.id);
    all += bytes;
    own.emplace_back(&token, bytes.size());
  }
  const std::size_t lead = all.size() == text.size() + 1 && all.starts_with(' ') ? 1 : 0;
  if (own.empty() || std::string_view(all).substr(lead) != text) return false;
  std::size_t at = 0;
  for (const auto& [token, size] : own) {
    token->bytes = {std::max(at, lead) - lead, std::max(at + size, lead) - lead};
    at += size;
  }
  const auto inside = [&](std::size_t i) {
    const std::size_t begin = own[i].first->bytes[0];
    return begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80;
  };
  for (std::size_t i = 0; i < own.size();) {
    std::size_t end = i + 1;
    while (end < own.size() && inside(end)) ++end;
    for (std::size_t k = i; k < end; ++k) own[k].first->part = int(k - i), own[k].first->parts = int(end - i);
    i = end;
  }
  return true;
}

}  // namespace

std::vector<Token> cut(const text::Tokenizer& tokenizer, const text::Encoding& encoding, std::string_view first, std::string_view second) {
  const std::array<std::string_view, 2> texts{first, second};
  const std::array<std::vector<std::size_t>, 2> begins{starts(first), starts(second)};
  std::vector<Token> out;
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
    const std::int32_t id = encoding.ids[i];
    Token token{.id = id, .piece = std::string(tokenizer.piece(id)), .special = tokenizer.special(id)};
    if (i < encoding.types.size()) token.type = encoding.types[i];
    if (i < encoding.words.size()) token.word = encoding.words[i];
    if (i < encoding.sequence.size()) token.sequence = encoding.sequence[i];
    if (i < encoding.offsets.size() && token.sequence >= 0) {
      const std::vector<std::size_t>& begin = begins[std::size_t(token.sequence)];
      token.characters = encoding.offsets[i];
      token.bytes = {begin.at(token.characters[0]), begin.at(token.characters[1])};
      token.text = texts[std::size_t(token.sequence)].substr(token.bytes[0], token.bytes[1] - token.bytes[0]);
    }
    out.push_back(std::move(token));
  }
  const bool exact[] = {spelled(tokenizer, first, out, 0), spelled(tokenizer, second, out, 1)};
  for (std::size_t i = 0; i < out.size();) {
    std::size_t end = i + 1;
    if (out[i].sequence >= 0 && exact[out[i].sequence]) {
      i = end;
      continue;
    }
    while (end < out.size() && !out[i].text.empty() && out[end].sequence == out[i].sequence && out[end].characters == out[i].characters) ++end;
    if (end - i > 1) share(tokenizer, std::span(out).subspan(i, end - i));
    i = end;
  }
  return out;
}

std::vector<Token> cut(const text::Tokenizer& tokenizer, std::span<const std::int32_t> ids) {
  std::vector<Token> out;
  for (const std::int32_t id : ids) out.push_back({.id = id, .piece = std::string(tokenizer.piece(id)), .special = tokenizer.special(id)});
  return out;
}

std::string label(const Token& token) {
  if (token.text.empty()) return token.piece;
  if (token.text == " ") return "␣";
  return token.parts > 1 ? fmt::format("{} {}/{}", token.text, token.part + 1, token.parts) : token.text;
}

}  // namespace maru::watch

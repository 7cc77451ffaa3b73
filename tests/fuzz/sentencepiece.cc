// Fuzzes SentencePiece model files: what is read encodes and decodes a text with everything in it.
#include <array>
#include <bit>

#include "maru/text/sentencepiece.h"
#include "tests/fuzz/fuzz.h"

namespace maru::fuzz {
namespace {

std::string field(int number, std::string_view bytes) {
  return std::string{char(number << 3 | 2), char(bytes.size())} + std::string(bytes);
}
std::string piece(std::string_view text, float score, char type) {
  const auto bits = std::bit_cast<std::array<char, 4>>(score);
  return field(1, field(1, text) + "\x15" + std::string(bits.data(), 4) + std::string{0x18, type});
}
std::string model(char kind) {
  return piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("[u]", 0, 4) + piece("\u2581", -2, 1) + piece("a", -3, 1) +
         piece("b", -3.5f, 1) + piece("ab", -1, 1) + piece("\u2581ab", -0.5f, 5) + piece("é", -4, 1) + field(2, std::string{0x18, kind}) +
         field(3, field(2, std::string("\x08\0\0\0\0\x04\0\0\x61\x01\0\0xyz\0", 16)) + std::string{0x18, 1, 0x20, 1, 0x28, 1});
}

}  // namespace

std::vector<std::string> seeds() { return {model(1), model(2), model(3), model(4)}; }

std::vector<std::string> words() {
  return {"\x0a", "\x12", "\x1a", "\x15", "\x18\x01", "\x18\x02", "\x18\x05", "\x18\x06", std::string("\x98\x02\x01"), "<0x41>", "\u2581",
          "\xff\xff\xff\xff\x0f", "\x80", std::string("\0\0\0\0", 4)};
}

void attempt(std::string_view input) {
  const auto tokenizer = text::make_sentencepiece(text::sentencepiece_from_bytes(input, "fuzz"), {});
  static constexpr std::string_view kText = "  abab [u]a<s> \u2581b Café\u0301 漢한 12\r\n\t a\xf0\x9f\x98\x80 ";
  for (const bool special : {false, true}) {
    const text::Encoding encoded = tokenizer->encode(kText, {.parse_special = special, .offsets = true});
    claim(encoded.offsets.size() == encoded.ids.size(), "as many offsets as ids");
    for (const std::int32_t id : encoded.ids) {
      claim(id >= 0 && id < tokenizer->vocabulary(), "an id is outside the vocabulary");
      tokenizer->bytes(id);
    }
    for (const auto& [begin, end] : encoded.offsets) claim(begin <= end && end <= kText.size(), "an offset is outside the text");
    tokenizer->decode(encoded.ids);
  }
}

}  // namespace maru::fuzz

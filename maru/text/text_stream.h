#pragma once
// Pieces of decoding that several tokenizers share: characters out of bytes, and the bytes that pieces spell.
#include <string>
#include <string_view>

namespace maru::text {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Takes the finished characters from the front of `held`; what may still grow stays. Broken ones become U+FFFD.
std::string take_whole(std::string& held);
// A piece in the alphabet of byte-level vocabularies as the bytes it stands for; with a character outside of it, itself.
std::string raw_bytes(std::string_view piece);
// The byte that "<0x41>" spells, or -1.
int byte_piece(std::string_view piece);

}  // namespace maru::text

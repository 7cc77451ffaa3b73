#pragma once
// The scripts of Unicode as numbers, as far as the reference's pre-tokenizer tells them apart.
namespace maru::text {

constexpr int kAnyScript = 0;  // a blank, or a code point without character: it goes with any script
// Han, hiragana, katakana and the long-vowel sign count as one script.
int script_of(char32_t c);

}  // namespace maru::text

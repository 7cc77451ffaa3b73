#pragma once
// A tokenizer for tests: every byte is a token, and so is each of the special spellings.
#include <memory>
#include <string>
#include <vector>

#include "maru/base/json.h"
#include "maru/base/unicode.h"
#include "maru/text/tokenizer.h"
#include "maru/text/tokenizer_parts.h"

namespace maru::chat {

inline Json letters_json(const std::vector<std::string>& special) {
  Json vocabulary = Json::object(), added = Json::array();
  for (int byte = 0; byte < 256; ++byte) {
    std::string spelled;
    unicode::append(spelled, text::byte_alphabet()[std::size_t(byte)]);
    vocabulary[spelled] = byte;
  }
  for (std::size_t i = 0; i < special.size(); ++i)
    added.push_back({{"id", 256 + i},
                     {"content", special[i]},
                     {"special", true},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false}});
  return {{"version", "1.0"},
          {"added_tokens", added},
          {"normalizer", nullptr},
          {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}}},
          {"post_processor", nullptr},
          {"decoder", {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", true}, {"use_regex", true}}},
          {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", Json::array()}}}};
}

inline std::shared_ptr<const text::Tokenizer> letters_tokenizer(const std::vector<std::string>& special) {
  return text::tokenizer_from_json_text(letters_json(special).dump(), "letters");
}

}  // namespace maru::chat

// Byte-level BPE: words as GPT-2 cuts them, bytes in the alphabet of printable characters.
#include "maru/base/unicode.h"
#include "maru/text/tokenizer_parts.h"
#include "maru/text/train_merges.h"
#include "maru/text/train_parts.h"

namespace maru::text {

WordsOfLine bpe_words() {
  return [split = gpt2_split()](std::string_view line, const std::function<void(std::string_view)>& add) {
    const Split splits[] = {split};
    for_each_word(splits, line, 0, line.size(), [&](std::size_t begin, std::size_t end) { add(line.substr(begin, end - begin)); });
  };
}

Learned learn_bpe(const TextWords& words, const std::vector<std::string>& specials, const TrainOptions& options) {
  MergeLearning learning;
  learning.pieces = specials;
  learning.specials = specials.size();
  // The alphabet by code point, as the reference numbers it: of equally frequent pairs the smaller ids win.
  std::array<std::int32_t, 256> ids{};
  for (char32_t c = 0; c < 0x144; ++c) {
    const int byte = byte_of(c);
    if (byte < 0) continue;
    ids[std::size_t(byte)] = std::int32_t(learning.pieces.size());
    unicode::append(learning.pieces.emplace_back(), c);
  }
  check_room(specials.size(), ids.size(), options);
  for (const CountedWord& word : words.counts.sorted()) {
    for (const char byte : word.text) learning.symbols.push_back(ids[static_cast<unsigned char>(byte)]);
    learning.ends.push_back(learning.symbols.size());
    learning.counts.push_back(word.count);
  }
  learn_merges(learning, "", options);
  check_learned(learning.pieces.size(), options);
  const Json byte_level = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  return {.normalizer = nullptr,
          .pre_tokenizer = byte_level,
          .post_processor = byte_level,
          .decoder = byte_level,
          .model = {{"type", "BPE"},
                    {"dropout", nullptr},
                    {"unk_token", nullptr},
                    {"continuing_subword_prefix", nullptr},
                    {"end_of_word_suffix", nullptr},
                    {"fuse_unk", false},
                    {"byte_fallback", false},
                    {"ignore_merges", false},
                    {"vocab", numbered(learning.pieces)},
                    {"merges", merges_json(learning.pieces, learning.merges)}},
          .vocabulary = learning.pieces.size(),
          .characters = ids.size()};
}

}  // namespace maru::text

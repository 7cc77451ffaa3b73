#pragma once
// Text to token ids and back, exactly as the model's own tokenizer does it.
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/io/metadata.h"

namespace maru::text {

struct EncodeOptions {
  bool add_special = true;     // [CLS] … [SEP], BOS: what the model's post-processor adds
  bool parse_special = false;  // false: "<|im_start|>" in the text stays letters. True only for text that a chat template wrote
  // Byte offsets, ascending: where they stand inside what would be a special token, its letters stay letters. For text of which a chat
  // template wrote a part and people the rest.
  std::span<const std::size_t> borders = {};
  bool offsets = false;        // fills offsets, sequence and words, too
};
struct Encoding {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> types;                  // token type ids: which segment a model with segments takes a token for
  std::vector<std::array<std::size_t, 2>> offsets;  // code points [begin, end) of the text the token is of; special tokens have {0, 0}
  std::vector<std::int32_t> sequence;               // which text a token is of, 0 or 1; -1 for what add_special adds
  std::vector<std::int32_t> words;                  // the token's word, counted from 0 in its text; -1 for what add_special adds
  std::size_t dropped_bytes = 0;                    // bytes the vocabulary has no token for
};

// Cuts an encoding made with offsets into overlapping ones of at most `longest` tokens: the last text it holds (of a pair the second) is
// cut, all else is repeated in each. `stride` tokens of one window's text stand in the next again. Throws Error (limit) where nothing
// of the text fits beside the rest, (invalid) where the stride leaves no step. transformers: return_overflowing_tokens, only_second.
std::vector<Encoding> windows(const Encoding& whole, std::size_t longest, std::size_t stride);

struct TokenizerParts;  // maru/text/tokenizer_parts.h
struct FrameItem;

// One text on its way from ids.
class TokenStream {
 public:
  virtual ~TokenStream() = default;
  virtual std::string push(std::int32_t id) = 0;  // what is complete now, maybe nothing
  virtual std::string finish() = 0;               // what was held back; a new text may begin then
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  // Never cuts. Throws Error (invalid) naming the byte where the text is not UTF-8.
  Encoding encode(std::string_view utf8, EncodeOptions options = {}) const;
  // Two texts as the model was trained to see them: [CLS] a [SEP] b [SEP] with types 0 and 1, or <s> a </s></s> b </s>.
  Encoding encode_pair(std::string_view first, std::string_view second, EncodeOptions options = {}) const;
  // The bytes of one token in running text (byte-level: the raw bytes, maybe half a character; WordPiece: with its leading space).
  // `first`: nothing was shown before it.
  virtual std::string bytes(std::int32_t id, bool first = false) const = 0;
  // Throws Error (invalid) for an id outside the vocabulary. Broken bytes become U+FFFD.
  std::string decode(std::span<const std::int32_t> ids, bool skip_special = true) const;
  // What decode does, token by token. Lives no longer than the tokenizer.
  virtual std::unique_ptr<TokenStream> stream() const;

  int vocabulary() const;
  std::string_view piece(std::int32_t id) const;                 // the vocabulary's own spelling, "Ġworld", "##ing"
  std::string_view shown(std::int32_t id) const;                 // piece, but added tokens that are normalised as they are then
  std::optional<std::int32_t> id(std::string_view piece) const;
  bool special(std::int32_t id) const;                           // control tokens: never shown, end of text among them
  // Absent where the model has none.
  std::optional<std::int32_t> bos, eos, unknown, padding, classify, separator, mask;
  std::size_t special_count() const;                             // how many tokens add_special adds to one text
  std::string_view continuing_prefix() const;                    // what a piece inside a word begins with, "##"; empty: nothing
  virtual bool is_wordpiece() const { return false; }

 protected:
  explicit Tokenizer(TokenizerParts parts);
  // Where a part begins in its text: its first code point, and the number of its first word. encode_part moves `word` on.
  struct Place {
    std::size_t first = 0;  // counted only where offsets are asked for
    std::int32_t word = 0;
    bool begins = true;     // nothing of the text stands before the part
  };
  // Appends the tokens of `part`, which holds no added token: ids and, where asked for, offsets and words.
  virtual void encode_part(std::string_view part, Place& place, const EncodeOptions& options, Encoding& out) const = 0;
  void check_id(std::int32_t id) const;

  std::shared_ptr<const TokenizerParts> parts_;

 private:
  Encoding framed(std::span<const FrameItem> frame, std::array<std::string_view, 2> texts, const EncodeOptions& options) const;
  void encode_text(std::string_view utf8, const EncodeOptions& options, Encoding& out) const;
  void trim_range(std::string_view token, bool first, std::array<std::size_t, 2>& range) const;
};

// tokenizer.json of a model folder (tokenizers 0.2x) with the token names of the tokenizer_config.json beside it, where there is
// one; or the tokenizer.ggml.* keys of a GGUF. Truncation and padding stored in tokenizer.json are left to the caller.
// Throw Error naming the field that is missing, unknown or broken.
std::shared_ptr<const Tokenizer> tokenizer_from_json(const std::filesystem::path& tokenizer_json);
std::shared_ptr<const Tokenizer> tokenizer_from_json_text(std::string_view json, std::string_view where);
std::shared_ptr<const Tokenizer> tokenizer_from_gguf(const io::Metadata& metadata);

// Turns a stream of ids into text that never ends in the middle of a character. Its pieces together are what decode() gives.
class Detokenizer {
 public:
  explicit Detokenizer(std::shared_ptr<const Tokenizer> tokenizer) : tokenizer_(std::move(tokenizer)), stream_(tokenizer_->stream()) {}
  std::string push(std::int32_t id);  // what is complete now, maybe nothing
  std::string finish();               // what was held back; broken bytes become U+FFFD

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unique_ptr<TokenStream> stream_;
};

}  // namespace maru::text

#pragma once
// What a tokenizer file says, checked, before a tokenizer is built of it. Filled by tokenizer_json.cc and tokenizer_gguf.cc.
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "maru/text/tokenizer.h"
#include "maru/text/vocabulary.h"
#include "maru/text/word_split.h"

namespace maru::text {

// transformers' BertNormalizer.
struct BertNormalizer {
  bool clean_text = false, space_around_han = false, strip_accents = false, lowercase = false;
};

struct Merge {
  std::int32_t left = 0, right = 0, merged = 0;
};

// An id is -1 where the vocabulary has no such piece; missing_of then names the first one.
Merge merge_of(const Vocabulary& vocabulary, std::string_view left, std::string_view right);
std::string missing_of(const Merge& merge, std::string_view left, std::string_view right);

// One item of what a post-processor makes of one or two texts.
struct FrameItem {
  std::int32_t text = -1;  // 0 or 1: the tokens of that text stand here; -1: the special token `id`
  std::int32_t id = -1;
  std::int32_t type = 0;   // of these tokens
};

struct TokenizerParts {
  std::string where;
  Vocabulary vocabulary;                   // added tokens included
  std::vector<AddedToken> added;
  std::vector<std::uint8_t> special;       // per id
  std::vector<FrameItem> single{{.text = 0}}, pair{{.text = 0}, {.text = 1, .type = 1}};  // what add_special adds around texts
  std::optional<std::int32_t> bos, eos, unknown, padding, classify, separator, mask;
  AddedTokens in_text, in_normalized;      // made of `added` by fold_added
  std::unordered_map<std::int32_t, std::string> folded;  // added tokens that normalisation changes, as it leaves them
  bool trim_offsets = false;               // blanks at the ends of a token are not of its range …
  bool keep_added_space = true;            // … but for the one that a prefix space put in front of the text

  bool wordpiece = false;
  std::string continuing;          // what a piece inside a word begins with
  // WordPiece
  BertNormalizer bert;
  std::size_t longest_word = 100;  // in code points; longer ones become the unknown token
  bool cleanup = true;             // decoding takes the space before punctuation away
  // Byte-level BPE
  std::vector<Merge> merges;       // by rank
  std::vector<Split> splits;       // one after the other
  bool nfc = false, prefix_space = false;
  bool whole_words = false;        // a word that is in the vocabulary is one token, whatever the merges say
  bool unknown_for_bytes = false, fuse_unknown = false;  // a byte without token becomes the unknown token, not nothing
};

std::shared_ptr<const Tokenizer> make_wordpiece(TokenizerParts parts);
std::shared_ptr<const Tokenizer> make_byte_level_bpe(TokenizerParts parts);

// Makes `single` and `pair` of special tokens around a text. BERT's pair opens once: before A after B after; others repeat all.
void frame_with(TokenizerParts& parts, const std::vector<std::int32_t>& before, const std::vector<std::int32_t>& after, bool open_once);

// Makes the matchers of parts.added; `normalized` is what the normaliser does.
void fold_added(TokenizerParts& parts, const std::function<std::string(const std::string&)>& normalized);

// Marks `content` as an added token with this id.
void add_token(TokenizerParts& parts, AddedToken token);

// The 256 code points that byte-level vocabularies write bytes as: printable Latin-1 is itself, the rest U+0100 onward.
const std::array<char32_t, 256>& byte_alphabet();
// The byte a code point of that alphabet stands for, or -1.
int byte_of(char32_t c);

}  // namespace maru::text

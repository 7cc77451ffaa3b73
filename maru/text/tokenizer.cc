// What both kinds of tokenizer share: added tokens, special tokens, decoding, and the stream detokenizer.
#include "maru/text/tokenizer.h"

#include <algorithm>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/text/text_stream.h"
#include "maru/text/tokenizer_parts.h"

namespace maru::text {
namespace {

// How many bytes the character at `at` has: positive when whole, 0 when the text ends inside it, negative when it is broken
// and that many bytes are one U+FFFD. (Unicode 15, chapter 3, "substitution of maximal subparts".)
int character_size(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return 1;
  const int size = lead >= 0xC2 && lead <= 0xDF ? 2 : (lead & 0xF0) == 0xE0 ? 3 : lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
  if (size == 0) return -1;
  for (int i = 1; i < size; ++i) {
    if (at + std::size_t(i) == text.size()) return 0;
    unsigned char low = 0x80, high = 0xBF;
    if (i == 1 && lead == 0xE0) low = 0xA0;
    if (i == 1 && lead == 0xED) high = 0x9F;
    if (i == 1 && lead == 0xF0) low = 0x90;
    if (i == 1 && lead == 0xF4) high = 0x8F;
    const unsigned char b = byte(at + std::size_t(i));
    if (b < low || b > high) return -i;
  }
  return size;
}

constexpr std::size_t kLongestText = std::size_t{1} << 30;  // positions inside a text have 32 bits

}  // namespace

std::string take_whole(std::string& held) {
  std::string out;
  std::size_t at = 0;
  while (at < held.size()) {
    const int size = character_size(held, at);
    if (size == 0) break;
    if (size > 0) out.append(held, at, std::size_t(size));
    else out += kReplacement;
    at += std::size_t(size < 0 ? -size : size);
  }
  held.erase(0, at);
  return out;
}

Tokenizer::Tokenizer(TokenizerParts parts) {
  bos = parts.bos, eos = parts.eos, unknown = parts.unknown, padding = parts.padding;
  classify = parts.classify, separator = parts.separator, mask = parts.mask;
  parts_ = std::make_shared<const TokenizerParts>(std::move(parts));
}

int Tokenizer::vocabulary() const { return int(parts_->vocabulary.size()); }
std::size_t Tokenizer::special_count() const { return parts_->single.size() - 1; }
std::string_view Tokenizer::continuing_prefix() const { return parts_->continuing; }

void Tokenizer::check_id(std::int32_t id) const {
  check(id >= 0 && id < vocabulary(), "{}: token id {} is outside the vocabulary of {} tokens", parts_->where, id, vocabulary());
}
std::string_view Tokenizer::piece(std::int32_t id) const {
  check_id(id);
  return parts_->vocabulary.piece(std::size_t(id));
}
std::string_view Tokenizer::shown(std::int32_t id) const {
  const auto folded = parts_->folded.find(id);
  return folded == parts_->folded.end() ? piece(id) : std::string_view(folded->second);
}
std::optional<std::int32_t> Tokenizer::id(std::string_view piece) const {
  const std::int32_t found = parts_->vocabulary.find(piece);
  return found < 0 ? std::nullopt : std::optional(found);
}
bool Tokenizer::special(std::int32_t id) const {
  check_id(id);
  return parts_->special[std::size_t(id)] != 0;
}

Encoding Tokenizer::encode(std::string_view utf8, EncodeOptions options) const { return framed(parts_->single, {utf8, {}}, options); }
Encoding Tokenizer::encode_pair(std::string_view first, std::string_view second, EncodeOptions options) const {
  return framed(parts_->pair, {first, second}, options);
}

Encoding Tokenizer::framed(std::span<const FrameItem> frame, std::array<std::string_view, 2> texts, const EncodeOptions& options) const {
  Encoding out;
  for (const FrameItem& item : frame) {
    if (item.text >= 0) encode_text(texts[std::size_t(item.text)], options, out);
    else if (options.add_special) out.ids.push_back(item.id);
    out.types.resize(out.ids.size(), item.type);
    if (!options.offsets) continue;
    out.offsets.resize(out.ids.size(), {0, 0});
    out.sequence.resize(out.ids.size(), item.text);
    out.words.resize(out.ids.size(), -1);
  }
  return out;
}

void Tokenizer::encode_text(std::string_view utf8, const EncodeOptions& options, Encoding& out) const {
  if (const auto at = unicode::first_invalid(utf8))
    fail(ErrorKind::invalid, "the text to tokenize is not UTF-8: byte 0x{:02x} at offset {}; repair or convert it first",
         static_cast<unsigned char>(utf8[*at]), *at);
  if (utf8.size() > kLongestText)
    fail(ErrorKind::limit, "the text to tokenize has {} bytes, more than {}; give it in parts", utf8.size(), kLongestText);
  std::size_t at = 0;
  const std::size_t begin = out.ids.size();
  // Where special tokens are looked for in the normalised text, its parts end at the borders, since these have no place in it.
  const auto cuts = options.parse_special && parts_->in_normalized.any_special() ? options.borders : std::span<const std::size_t>();
  const bool trims = options.offsets && parts_->trim_offsets;
  Place place;
  while (at < utf8.size()) {
    const auto found = parts_->in_text.next(utf8, at, options.parse_special, options.borders);
    const std::size_t end = found ? found->begin : utf8.size();
    const std::size_t before = out.ids.size();
    for (auto cut = std::ranges::upper_bound(cuts, at); cut != cuts.end() && *cut < end; ++cut) {
      encode_part(utf8.substr(at, *cut - at), place, options, out);
      if (options.offsets) place.first += unicode::length(utf8.substr(at, *cut - at));
      place.begins = false;
      at = *cut;
    }
    if (end > at) encode_part(utf8.substr(at, end - at), place, options, out);
    if (trims)
      for (std::size_t i = before; i < out.ids.size(); ++i) trim_range(piece(out.ids[i]), i == begin, out.offsets[i]);
    if (!found) break;
    out.ids.push_back(found->token->id);
    if (options.offsets) {
      const std::size_t from = place.first + unicode::length(utf8.substr(at, end - at));
      place.first = from + unicode::length(utf8.substr(end, found->end - end));
      out.offsets.push_back({from, place.first});
      out.words.push_back(place.word);
      if (trims) trim_range(utf8.substr(end, found->end - end), out.ids.size() - 1 == begin, out.offsets.back());
    }
    ++place.word;
    at = found->end;
    place.begins = false;
  }
}

// ByteLevel's trim_offsets, as the reference does it: by the letters of the token.
void Tokenizer::trim_range(std::string_view token, bool first, std::array<std::size_t, 2>& range) const {
  const auto blank = [](char32_t c) { return c == 0x120 || unicode::is_white_space(c); };
  const std::u32string letters = unicode::code_points(token);
  std::size_t leading = 0, trailing = 0;
  while (leading < letters.size() && blank(letters[leading])) ++leading;
  while (trailing < letters.size() && blank(letters[letters.size() - 1 - trailing])) ++trailing;
  auto& [from, to] = range;
  if (leading == 1 && parts_->keep_added_space && (first || from == 0)) leading = 0;
  from = std::min(from + leading, to);
  if (trailing > 0 && to >= trailing) to = std::max(to - trailing, from);
}

namespace {

// Tokens whose bytes follow one another.
class ByteStream final : public TokenStream {
 public:
  explicit ByteStream(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  std::string push(std::int32_t id) override {
    held_ += tokenizer_.bytes(id, first_);
    first_ = false;
    return take_whole(held_);
  }
  std::string finish() override {
    const bool cut = !held_.empty();  // what is left is the beginning of one character
    held_.clear();
    first_ = true;
    return cut ? std::string(kReplacement) : std::string();
  }

 private:
  const Tokenizer& tokenizer_;
  std::string held_;
  bool first_ = true;
};

}  // namespace

std::unique_ptr<TokenStream> Tokenizer::stream() const { return std::make_unique<ByteStream>(*this); }

std::string Tokenizer::decode(std::span<const std::int32_t> ids, bool skip_special) const {
  const std::unique_ptr<TokenStream> tokens = stream();
  std::string out;
  for (const std::int32_t id : ids)
    if (!special(id) || !skip_special) out += tokens->push(id);
  return out + tokens->finish();
}

std::string Detokenizer::push(std::int32_t id) { return tokenizer_->special(id) ? std::string() : stream_->push(id); }
std::string Detokenizer::finish() { return stream_->finish(); }

void frame_with(TokenizerParts& parts, const std::vector<std::int32_t>& before, const std::vector<std::int32_t>& after, bool open_once) {
  const auto around = [&](std::vector<FrameItem>& out, std::int32_t text, bool opens) {
    for (const std::int32_t id : before)
      if (opens) out.push_back({.id = id, .type = text});
    out.push_back({.text = text, .type = text});
    for (const std::int32_t id : after) out.push_back({.id = id, .type = text});
  };
  parts.single.clear();
  parts.pair.clear();
  around(parts.single, 0, true);
  around(parts.pair, 0, true);
  around(parts.pair, 1, !open_once);
}

void add_token(TokenizerParts& parts, AddedToken token) {
  if (token.special) parts.special[std::size_t(token.id)] = 1;
  parts.added.push_back(std::move(token));
}

void fold_added(TokenizerParts& parts, const std::function<std::string(const std::string&)>& normalized) {
  std::vector<AddedToken> plain, folded;
  for (const AddedToken& token : parts.added) {
    (token.normalized ? folded : plain).push_back(token);
    if (!token.normalized) continue;
    folded.back().content = normalized(token.content);
    if (folded.back().content != token.content) parts.folded[token.id] = folded.back().content;
  }
  parts.in_text = AddedTokens(std::move(plain));
  parts.in_normalized = AddedTokens(std::move(folded));
}

Merge merge_of(const Vocabulary& vocabulary, std::string_view left, std::string_view right) {
  const std::uint64_t hash = Vocabulary::hash(left);
  return {vocabulary.find({}, left, hash), vocabulary.find(right), vocabulary.find(left, right, Vocabulary::hash(right, hash))};
}

std::string missing_of(const Merge& merge, std::string_view left, std::string_view right) {
  if (merge.left < 0) return std::string(left);
  if (merge.right < 0) return std::string(right);
  return std::string(left).append(right);
}

}  // namespace maru::text

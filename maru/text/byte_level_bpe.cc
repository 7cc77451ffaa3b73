// Byte-level BPE: words become bytes, and neighbours are merged by rank, the leftmost of equals first, until no pair is known.
// Sennrich et al. 2016; Radford et al. 2019 for the bytes.
#include <algorithm>
#include <atomic>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/text/merges.h"
#include "maru/text/pipeline.h"
#include "maru/text/text_stream.h"
#include "maru/text/tokenizer_parts.h"

namespace maru::text {

const std::array<char32_t, 256>& byte_alphabet() {
  static const std::array<char32_t, 256> alphabet = [] {
    std::array<char32_t, 256> out{};
    char32_t next = 0x100;
    for (std::size_t b = 0; b < 256; ++b) {
      const bool printable = (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      out[b] = printable ? char32_t(b) : next++;
    }
    return out;
  }();
  return alphabet;
}

int byte_of(char32_t c) {
  static const std::array<std::int16_t, 0x144> bytes = [] {
    std::array<std::int16_t, 0x144> out;
    out.fill(-1);
    for (std::size_t b = 0; b < 256; ++b) out[byte_alphabet()[b]] = std::int16_t(b);
    return out;
  }();
  return c < bytes.size() ? bytes[c] : -1;
}

std::string raw_bytes(std::string_view piece) {
  std::string out;
  for (std::size_t at = 0; at < piece.size();) {
    const int byte = byte_of(unicode::next(piece, at));
    if (byte < 0) return std::string(piece);
    out.push_back(char(byte));
  }
  return out;
}

namespace {

// The text that is split, and for each of its bytes the code points [begin, end) of the part it came from.
struct Seen {
  std::string own;
  std::string_view text;
  std::vector<std::array<std::uint32_t, 2>> source;  // empty unless offsets are wanted
};

// Normalisation changes text only between two characters of which the second is no mark and no medial or final jamo.
bool joins_left(char32_t c) { return unicode::is_mark(c) || (c >= 0x1160 && c <= 0x11FF); }

Seen seen_as(std::string_view part, bool nfc, bool offsets) {
  Seen out;
  out.text = part;
  if (!nfc && !offsets) return out;
  if (nfc && offsets) {
    Aligned text(part, true);
    unicode_normalizer(true, false)->apply(text);
    out.own = std::move(text.text);
    out.source = std::move(text.source);
    out.text = out.own;
    return out;
  }
  std::uint32_t number = 0;
  if (offsets) out.source.reserve(part.size());
  for (std::size_t at = 0; at < part.size();) {
    const std::size_t begin = at;
    const std::uint32_t first = number;
    do {
      unicode::next(part, at);
      ++number;
      std::size_t peek = at;
      if (!nfc || at == part.size() || !joins_left(unicode::next(part, peek))) break;
    } while (true);
    std::string_view piece = part.substr(begin, at - begin);
    std::size_t size = piece.size();
    if (nfc) {
      const std::size_t before = out.own.size();
      if (piece.size() == 1) out.own += piece;
      else out.own += unicode::nfc(piece);
      size = out.own.size() - before;
    }
    if (offsets) out.source.resize(out.source.size() + size, {first, number});
  }
  if (nfc) out.text = out.own;
  return out;
}

class ByteLevelBpe final : public Tokenizer {
 public:
  explicit ByteLevelBpe(TokenizerParts parts)
      : Tokenizer(std::move(parts)), merges_(parts_->merges), whole_(std::make_unique<std::atomic<Whole>[]>(std::size_t(vocabulary()))) {
    const Vocabulary& spelled = parts_->vocabulary;
    std::vector<std::uint8_t> is_added(spelled.size());
    for (const AddedToken& token : parts_->added) is_added[std::size_t(token.id)] = 1;
    raw_.reserve(spelled.size(), spelled.size() * 8);
    std::string buffer;
    for (std::size_t id = 0; id < spelled.size(); ++id)
      raw_.add(is_added[id] ? std::string(shown(std::int32_t(id))) : raw_bytes(spelled.piece(id)));
    raw_.index();
    for (std::size_t b = 0; b < 256; ++b) {
      buffer.clear();
      unicode::append(buffer, byte_alphabet()[b]);
      byte_ids_[b] = spelled.find(buffer);
    }
  }

  std::string bytes(std::int32_t id, bool) const override {
    check_id(id);
    return std::string(raw_.piece(std::size_t(id)));
  }

 protected:
  void encode_part(std::string_view part, Place& place, const EncodeOptions& options, Encoding& out) const override {
    const bool ascii = std::all_of(part.begin(), part.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
    const Seen seen = seen_as(part, parts_->nfc && !ascii, options.offsets);
    Job job{seen.text, seen.source, place, options.offsets, out, {}};
    for (std::size_t at = 0; at < seen.text.size();) {
      const auto found = parts_->in_normalized.next(seen.text, at, options.parse_special);
      section(job, at, found ? found->begin : seen.text.size());
      if (!found) break;
      out.ids.push_back(found->token->id);
      if (options.offsets) {
        out.offsets.push_back({place.first + seen.source[found->begin][0], place.first + seen.source[found->end - 1][1]});
        out.words.push_back(place.word);
      }
      ++place.word;
      at = found->end;
    }
  }

 private:
  // Whether the merges make the whole of a piece's own bytes that piece again: asked for most words of a text, so it is kept.
  enum class Whole : std::uint8_t { unasked, yes, no };

  struct Job {
    std::string_view text;
    const std::vector<std::array<std::uint32_t, 2>>& source;
    Place& place;
    bool offsets;
    Encoding& out;
    std::vector<Symbol> symbols;
  };

  void section(Job& job, std::size_t begin, std::size_t end) const {
    if (begin == end) return;
    if (!parts_->prefix_space || job.text[begin] == ' ') {
      for_each_word(parts_->splits, job.text, begin, end, [&](std::size_t b, std::size_t e) { word(job, b, e); });
      return;
    }
    const std::string spaced = " " + std::string(job.text.substr(begin, end - begin));
    std::vector<std::array<std::uint32_t, 2>> source;
    if (job.offsets) {
      source.assign(job.source.begin() + std::ptrdiff_t(begin), job.source.begin() + std::ptrdiff_t(end));
      source.insert(source.begin(), std::array<std::uint32_t, 2>(source[0]));
    }
    Job inner{spaced, source, job.place, job.offsets, job.out, {}};
    for_each_word(parts_->splits, spaced, 0, spaced.size(), [&](std::size_t b, std::size_t e) { word(inner, b, e); });
  }

  void word(Job& job, std::size_t begin, std::size_t end) const {
    const std::string_view bytes = job.text.substr(begin, end - begin);
    const std::int32_t id = bytes.size() <= raw_.longest() ? raw_.find(bytes) : -1;
    Whole whole = id < 0 ? Whole::no : whole_[std::size_t(id)].load(std::memory_order_relaxed);
    if (whole == Whole::unasked && parts_->whole_words && !parts_->special[std::size_t(id)]) whole = Whole::yes;
    if (whole == Whole::yes) {
      emit(job, id, begin, end);
      ++job.place.word;
      return;
    }
    merge(job, bytes);
    if (whole == Whole::unasked) {
      const bool one = job.symbols.size() == 1 && job.symbols[0].id == id;
      whole_[std::size_t(id)].store(one ? Whole::yes : Whole::no, std::memory_order_relaxed);
    }
    for (const Symbol& s : job.symbols) emit(job, s.id, begin + s.begin, begin + s.end);
    ++job.place.word;
  }

  void merge(Job& job, std::string_view bytes) const {
    std::vector<Symbol>& s = job.symbols;
    s.clear();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      std::int32_t id = byte_ids_[static_cast<unsigned char>(bytes[i])];
      if (id < 0 && parts_->unknown_for_bytes) {
        id = *unknown;
        if (parts_->fuse_unknown && !s.empty() && s.back().id == id) {
          s.back().end = std::uint32_t(i + 1);
          continue;
        }
      }
      if (id < 0) ++job.out.dropped_bytes;
      else s.push_back({id, std::uint32_t(i), std::uint32_t(i + 1)});
    }
    merge_symbols(merges_, s);
  }

  void emit(Job& job, std::int32_t id, std::size_t begin, std::size_t end) const {
    job.out.ids.push_back(id);
    if (!job.offsets) return;
    job.out.words.push_back(job.place.word);
    const std::size_t first = job.place.first;
    job.out.offsets.push_back({first + job.source[begin][0], first + job.source[end - 1][1]});
  }

  MergeTable merges_;
  Vocabulary raw_;                         // the pieces as the bytes they stand for
  std::array<std::int32_t, 256> byte_ids_;
  std::unique_ptr<std::atomic<Whole>[]> whole_;
};

}  // namespace

std::shared_ptr<const Tokenizer> make_byte_level_bpe(TokenizerParts parts) {
  fold_added(parts, [&](const std::string& content) { return parts.nfc ? unicode::nfc(content) : content; });
  return std::make_shared<ByteLevelBpe>(std::move(parts));
}

}  // namespace maru::text

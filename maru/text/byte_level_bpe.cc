// Byte-level BPE: words become bytes, and neighbours are merged by rank, the leftmost of equals first, until no pair is known.
// Sennrich et al. 2016; Radford et al. 2019 for the bytes.
#include <algorithm>
#include <atomic>
#include <bit>
#include <limits>
#include <queue>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
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

namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

// (left id, right id) to rank and merged id.
class MergeTable {
 public:
  struct Entry {
    std::uint64_t pair = ~std::uint64_t{0};
    std::uint32_t rank = kNone;
    std::int32_t merged = -1;
  };
  explicit MergeTable(const std::vector<Merge>& merges) : slots_(std::bit_ceil(std::max<std::size_t>(merges.size() * 2, 16))) {
    for (std::size_t rank = 0; rank < merges.size(); ++rank) {
      const std::uint64_t pair = key(merges[rank].left, merges[rank].right);
      std::size_t at = place(pair);
      while (slots_[at].rank != kNone && slots_[at].pair != pair) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = {pair, std::uint32_t(rank), merges[rank].merged};  // of a pair listed twice the last counts, as in the reference
    }
  }
  const Entry& find(std::int32_t left, std::int32_t right) const {
    const std::uint64_t pair = key(left, right);
    std::size_t at = place(pair);
    while (slots_[at].pair != pair && slots_[at].rank != kNone) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }

 private:
  static std::uint64_t key(std::int32_t left, std::int32_t right) {
    return std::uint64_t(std::uint32_t(left)) << 32 | std::uint32_t(right);
  }
  std::size_t place(std::uint64_t pair) const { return std::size_t((pair * 0x9E3779B97F4A7C15ull) >> 32) & (slots_.size() - 1); }
  std::vector<Entry> slots_;
};

struct Symbol {
  std::int32_t id;
  std::uint32_t begin, end;     // bytes in the word
  std::uint32_t rank = kNone;   // of the merge with the next symbol
  std::int32_t merged = -1;
};

void look(const MergeTable& table, std::vector<Symbol>& s, std::size_t at) {
  s[at].rank = kNone;
  if (at + 1 >= s.size()) return;
  const MergeTable::Entry& entry = table.find(s[at].id, s[at + 1].id);
  s[at].rank = entry.rank;
  s[at].merged = entry.merged;
}

// For the words of ordinary text: looking through a few dozen symbols is faster than a heap.
void merge_short(const MergeTable& table, std::vector<Symbol>& s) {
  for (std::size_t i = 0; i < s.size(); ++i) look(table, s, i);
  while (s.size() > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < s.size(); ++i)
      if (s[i].rank < s[best].rank) best = i;
    if (s[best].rank == kNone) return;
    s[best].id = s[best].merged;
    s[best].end = s[best + 1].end;
    s.erase(s.begin() + std::ptrdiff_t(best) + 1);
    look(table, s, best);
    if (best > 0) look(table, s, best - 1);
  }
}

// For long words: a heap of candidate merges over a linked list, O(n log n).
void merge_long(const MergeTable& table, std::vector<Symbol>& s) {
  struct Candidate {
    std::uint32_t rank, at;
    std::int32_t left, right;
    bool operator<(const Candidate& o) const { return rank != o.rank ? rank > o.rank : at > o.at; }  // the smallest on top
  };
  const std::size_t n = s.size();
  std::vector<std::uint32_t> next(n), previous(n);
  std::priority_queue<Candidate> heap;
  const auto offer = [&](std::uint32_t at) {
    if (at == kNone || next[at] == kNone) return;
    const MergeTable::Entry& entry = table.find(s[at].id, s[next[at]].id);
    if (entry.rank != kNone) heap.push({entry.rank, at, s[at].id, s[next[at]].id});
  };
  for (std::size_t i = 0; i < n; ++i) {
    previous[i] = i == 0 ? kNone : std::uint32_t(i - 1);
    next[i] = i + 1 == n ? kNone : std::uint32_t(i + 1);
  }
  for (std::size_t i = 0; i < n; ++i) offer(std::uint32_t(i));
  while (!heap.empty()) {
    const Candidate c = heap.top();
    heap.pop();
    // A symbol that was merged away has id -1; one that changed no longer fits its candidate.
    if (s[c.at].id != c.left || next[c.at] == kNone || s[next[c.at]].id != c.right) continue;
    const std::uint32_t gone = next[c.at];
    s[c.at].id = table.find(c.left, c.right).merged;
    s[c.at].end = s[gone].end;
    s[gone].id = -1;
    next[c.at] = next[gone];
    if (next[gone] != kNone) previous[next[gone]] = c.at;
    offer(c.at);
    offer(previous[c.at]);
  }
  std::erase_if(s, [](const Symbol& x) { return x.id < 0; });
}

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
    for (std::size_t id = 0; id < spelled.size(); ++id) raw_.add(is_added[id] ? spelled.piece(id) : raw(spelled.piece(id), buffer));
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

  // A piece with a character outside the byte alphabet stands for itself.
  static std::string_view raw(std::string_view piece, std::string& buffer) {
    buffer.clear();
    for (std::size_t at = 0; at < piece.size();) {
      const int byte = byte_of(unicode::next(piece, at));
      if (byte < 0) return piece;
      buffer.push_back(char(byte));
    }
    return buffer;
  }

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
      source.insert(source.begin(), {source[0][0], source[0][0]});
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
    if (s.size() <= 64) merge_short(merges_, s);
    else merge_long(merges_, s);
  }

  void emit(Job& job, std::int32_t id, std::size_t begin, std::size_t end) const {
    job.out.ids.push_back(id);
    if (!job.offsets) return;
    job.out.words.push_back(job.place.word);
    const std::size_t first = job.place.first;
    if (parts_->trim_offsets) {
      while (begin < end && job.text[begin] == ' ') ++begin;
      if (begin == end) {  // only blanks: the reference leaves an empty range at their end
        const std::size_t at = first + job.source[end - 1][1];
        job.out.offsets.push_back({at, at});
        return;
      }
      while (job.text[end - 1] == ' ') --end;
    }
    job.out.offsets.push_back({first + job.source[begin][0], first + job.source[end - 1][1]});
  }

  MergeTable merges_;
  Vocabulary raw_;                         // the pieces as the bytes they stand for
  std::array<std::int32_t, 256> byte_ids_;
  std::unique_ptr<std::atomic<Whole>[]> whole_;
};

}  // namespace

std::shared_ptr<const Tokenizer> make_byte_level_bpe(TokenizerParts parts) {
  std::vector<AddedToken> plain, folded;
  for (const AddedToken& token : parts.added) {
    (token.normalized ? folded : plain).push_back(token);
    if (token.normalized && parts.nfc) folded.back().content = unicode::nfc(token.content);
  }
  parts.in_text = AddedTokens(std::move(plain));
  parts.in_normalized = AddedTokens(std::move(folded));
  return std::make_shared<ByteLevelBpe>(std::move(parts));
}

}  // namespace maru::text

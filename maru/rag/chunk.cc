// Cuts a document into chunks: whole sentences, packed greedily inside one section and one page, measured in the embedder's tokens.
#include <algorithm>
#include <string>
#include <utility>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/rag/extract.h"

namespace maru::rag {
namespace {

constexpr std::size_t kPieceBytes = 2000;     // a longer sentence is cut before it is counted: tokenizers may be slow on endless words
constexpr std::size_t kBytesPerToken = 24;    // at most: an endless word that counts as one token stays bounded
constexpr std::size_t kMinTokens = 16;

struct Piece {
  std::size_t begin, end;  // bytes of the document's text
  std::size_t cost;        // tokens, an upper estimate
};

// A run of blocks under one heading and on one page.
struct Section {
  std::string heading;
  int page = 0;
  std::vector<Range> ranges;        // bytes, one per block
  std::vector<BlockKind> kinds;
  struct Above {
    Range range;
    int page;
  };
  std::vector<Above> above;         // the headings that stand right above, with no text between them
};

bool continues(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

// Where to cut text[begin, end) so that the first part has at most `bytes`: behind white space where possible, never inside a character.
std::size_t cut_at(std::string_view text, Range range, std::size_t bytes) {
  if (range.end - range.begin <= bytes) return range.end;
  const std::size_t limit = range.begin + bytes;
  for (std::size_t at = limit; at > range.begin + bytes / 2; --at) {
    if (text[at - 1] == ' ' || text[at - 1] == '\n' || text[at - 1] == '\t') return at;
  }
  std::size_t at = limit;
  while (at > range.begin && continues(text, at)) --at;
  // Marks and joiners stay with the letter before them, within reason.
  for (int i = 0; i < 8 && at > range.begin; ++i) {
    std::size_t after = at;
    const char32_t c = unicode::next(text, after);
    if (!unicode::is_mark(c) && c != 0x200D) break;
    do --at; while (at > range.begin && continues(text, at));
  }
  if (at > range.begin) return at;
  at = limit;
  while (at > range.begin && continues(text, at)) --at;
  if (at > range.begin) return at;
  at = range.begin + 1;
  while (at < range.end && continues(text, at)) ++at;
  return at;
}

class Cutter {
 public:
  Cutter(const Document& document, const ChunkOptions& options) : text_(document.text), options_(options) {}

  void cut(const Section& section) {
    heading_ = fitted(section.heading);
    heading_cost_ = heading_.empty() ? 0 : options_.tokens(heading_) + 2;  // two for what a tokenizer may make of the border
    if (heading_cost_ > options_.max_tokens / 2) heading_.clear(), heading_cost_ = 0;
    budget_ = options_.max_tokens - heading_cost_;
    if (heading_ != section.heading) {
      // What the path has lost stays findable as text.
      for (const auto& [range, page] : section.above) {
        std::vector<Piece> pieces = pieces_of({.heading = {}, .page = page, .ranges = {range}, .kinds = {BlockKind::heading}, .above = {}});
        pack(pieces, page);
      }
    }
    std::vector<Piece> pieces = pieces_of(section);
    pack(pieces, section.page);
  }
  std::vector<Chunk> take() { return std::move(out_); }

 private:
  std::string_view slice(std::size_t begin, std::size_t end) const { return text_.substr(begin, end - begin); }
  std::size_t cost(std::size_t begin, std::size_t end) const {
    return std::max(options_.tokens(slice(begin, end)), (end - begin + kBytesPerToken - 1) / kBytesPerToken);
  }

  // A heading path takes at most a third of a chunk: its outer parts go first, then its words.
  std::string fitted(std::string heading) const {
    const std::size_t most = options_.max_tokens / 3;
    while (!heading.empty() && (heading.size() > kPieceBytes || options_.tokens(heading) > most)) {
      const std::size_t part = heading.find(" > ");
      if (part != std::string::npos) {
        heading.erase(0, part + 3);
        continue;
      }
      const std::size_t half = std::min(heading.size() / 2, kPieceBytes);
      heading.resize(half ? cut_at(heading, {0, heading.size()}, half) : 0);
      while (!heading.empty() && heading.back() == ' ') heading.pop_back();
      if (heading.size() < 4) heading.clear();
    }
    return heading;
  }

  // Sentences of prose, lines of tables and code; what is too long is cut until it fits.
  std::vector<Piece> pieces_of(const Section& section) const {
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < section.ranges.size(); ++i) {
      const Range range = section.ranges[i];
      const bool by_line = section.kinds[i] == BlockKind::code || section.kinds[i] == BlockKind::table;
      std::vector<Range> parts;
      if (by_line) {
        for (const std::string_view line : lines(slice(range.begin, range.end))) {
          const auto begin = std::size_t(line.data() - text_.data());
          if (!trimmed(line).empty()) parts.push_back({begin, begin + line.size()});
        }
      } else {
        for (const Range part : sentences(slice(range.begin, range.end)))
          parts.push_back({range.begin + part.begin, range.begin + part.end});
      }
      for (const Range part : parts) add_piece(part, pieces);
    }
    return pieces;
  }
  void add_piece(Range part, std::vector<Piece>& pieces) const {
    while (part.begin < part.end) {
      std::size_t end = cut_at(text_, part, std::min(kPieceBytes, budget_ * kBytesPerToken));
      std::size_t tokens = cost(part.begin, end);
      while (tokens > budget_) {
        // Aims a little below the proportion, so that one or two counts are enough.
        const std::size_t size = end - part.begin;
        const std::size_t aim = std::max<std::size_t>(1, std::min(size - 1, size * budget_ / tokens * 9 / 10));
        const std::size_t next = cut_at(text_, {part.begin, end}, aim);
        if (next >= end)
          fail(ErrorKind::limit, "one character takes {} tokens, a chunk may have {}: raise the chunk size", tokens, budget_);
        end = next;
        tokens = cost(part.begin, end);
      }
      pieces.push_back({part.begin, end, tokens});
      part.begin = end;
    }
  }

  bool fits(std::size_t begin, std::size_t end) const {
    const std::string_view body = slice(begin, end);
    if (heading_.empty()) return options_.tokens(body) <= options_.max_tokens;
    return options_.tokens(fmt::format("{}\n{}", heading_, body)) <= options_.max_tokens;
  }

  void pack(std::vector<Piece>& pieces, int page) {
    std::size_t fresh = 0;  // the first piece that no chunk holds yet
    while (fresh < pieces.size()) {
      std::size_t begin = overlap_from(pieces, fresh), sum = 0;
      for (std::size_t i = begin; i < fresh; ++i) sum += pieces[i].cost;
      while (begin < fresh && sum + pieces[fresh].cost > budget_) sum -= pieces[begin++].cost;
      std::size_t end = fresh;
      while (end < pieces.size() && (end == fresh || sum + pieces[end].cost <= budget_)) sum += pieces[end++].cost;
      // The sum of the parts is an estimate; the whole is what counts.
      while (!fits(pieces[begin].begin, pieces[end - 1].end)) {
        if (end - fresh > 1) --end;
        else if (begin < fresh) ++begin;
        else halve(pieces, fresh);
      }
      emit(pieces[begin].begin, pieces[end - 1].end, page);
      fresh = end;
    }
  }
  // The last sentences of the chunk before, where they are short enough to leave room for something new.
  std::size_t overlap_from(const std::vector<Piece>& pieces, std::size_t fresh) const {
    std::size_t begin = fresh, sum = 0;
    while (begin > 0 && fresh - begin < options_.overlap_sentences && sum + pieces[begin - 1].cost <= budget_ / 3)
      sum += pieces[--begin].cost;
    return begin;
  }
  void halve(std::vector<Piece>& pieces, std::size_t at) const {
    const Piece piece = pieces[at];
    const std::size_t middle = cut_at(text_, {piece.begin, piece.end}, std::max<std::size_t>(1, (piece.end - piece.begin) / 2));
    if (middle >= piece.end)
      fail(ErrorKind::limit, "one character does not fit into a chunk of {} tokens: raise the chunk size", options_.max_tokens);
    pieces[at].end = middle;
    pieces.insert(pieces.begin() + std::ptrdiff_t(at) + 1, {middle, piece.end, cost(middle, piece.end)});
  }
  void emit(std::size_t begin, std::size_t end, int page) {
    // A cut at white space leaves it at the end of the first part.
    while (end > begin + 1 && (text_[end - 1] == ' ' || text_[end - 1] == '\n' || text_[end - 1] == '\t')) --end;
    const std::size_t first = begin_.reach(text_, begin), last = end_.reach(text_, end);
    out_.push_back({.begin = first, .end = last, .page = page, .heading = heading_, .text = std::string(slice(begin, end))});
  }

  // Code points up to a byte. Begins only grow, and so do ends: each byte is counted once for either.
  struct Counter {
    std::size_t byte = 0, point = 0;
    std::size_t reach(std::string_view text, std::size_t target) {
      point += unicode::length(text.substr(byte, target - byte));
      byte = target;
      return point;
    }
  };

  std::string_view text_;
  const ChunkOptions& options_;
  std::string heading_;
  std::size_t heading_cost_ = 0, budget_ = 0;
  Counter begin_, end_;
  std::vector<Chunk> out_;
};

// Bytes of every block; blocks are in order, so the text is read once.
std::vector<Range> block_bytes(const Document& document) {
  std::vector<Range> out;
  const std::string_view text = document.text;
  std::size_t byte = 0, point = 0;
  const auto reach = [&](std::size_t target) {
    while (point < target && byte < text.size()) {
      ++byte;
      while (continues(text, byte)) ++byte;
      ++point;
    }
    return byte;
  };
  for (const Block& block : document.blocks) {
    const std::size_t begin = reach(block.begin);
    out.push_back({begin, reach(block.end)});
  }
  return out;
}

// Headings become the path of what follows them. One with nothing below it is text.
class Sections {
 public:
  explicit Sections(const Document& document) : document_(document), bytes_(block_bytes(document)) {}

  template <class F>
  void each(F&& done) {
    Section section;
    const auto close = [&] {
      if (!section.ranges.empty()) {
        section.above = std::exchange(above_, {});
        done(section);
      }
      section = {};
    };
    const auto& blocks = document_.blocks;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const Block& block = blocks[i];
      if (block.kind == BlockKind::heading) {
        close();
        const int level = std::max(block.level, 1);
        while (!path_.empty() && path_.back().level >= level) path_.pop_back();
        const bool lonely =
            i + 1 == blocks.size() || (blocks[i + 1].kind == BlockKind::heading && std::max(blocks[i + 1].level, 1) <= level);
        if (lonely) {
          section.heading = path();
          section.page = block.page;
          add(section, i, BlockKind::paragraph);
          close();
        }
        path_.push_back({level, i});
        if (!lonely) above_.push_back({bytes_[i], block.page});
        continue;
      }
      if (!section.ranges.empty() && section.page != block.page) close();
      if (section.ranges.empty()) {
        section.heading = path();
        section.page = block.page;
      }
      add(section, i, block.kind);
    }
    close();
  }

 private:
  struct Step {
    int level;
    std::size_t block;
  };
  void add(Section& section, std::size_t i, BlockKind kind) const {
    section.ranges.push_back(bytes_[i]);
    section.kinds.push_back(kind);
  }
  std::string path() const {
    std::string out;
    for (const Step& step : path_) {
      std::string part(
          std::string_view(document_.text).substr(bytes_[step.block].begin, bytes_[step.block].end - bytes_[step.block].begin));
      std::ranges::replace(part, '\n', ' ');
      if (!out.empty()) out += " > ";
      out += part;
    }
    return out;
  }

  const Document& document_;
  std::vector<Range> bytes_;
  std::vector<Step> path_;
  std::vector<Section::Above> above_;
};

}  // namespace

std::vector<Chunk> chunks(const Document& document, const ChunkOptions& options) {
  check(bool(options.tokens), "chunks of {}: no way to count tokens was given", document.path);
  check(options.max_tokens >= kMinTokens, "chunks of {}: max_tokens is {}, at least {} are needed", document.path,
        options.max_tokens, kMinTokens);
  Cutter cutter(document, options);
  Sections(document).each([&](const Section& section) { cutter.cut(section); });
  return cutter.take();
}

}  // namespace maru::rag

// Byte pair encoding over characters: with marks inside and at the end of words, bytes for what has no piece, and unknown tokens.
// Sennrich et al. 2016.
#include <algorithm>

#include "maru/base/unicode.h"
#include "maru/text/merges.h"
#include "maru/text/pipeline.h"

namespace maru::text {
namespace {

class BpeModel final : public PieceModel {
 public:
  BpeModel(const Vocabulary& vocabulary, const std::vector<Merge>& merges, BpeOptions options)
      : vocabulary_(vocabulary), merges_(merges), options_(std::move(options)), bytes_(byte_pieces(vocabulary)) {}

  void pieces(std::string_view word, std::vector<Piece>& out, std::size_t& dropped_bytes) const override {
    if (options_.whole_words && word.size() <= vocabulary_.longest()) {
      const std::int32_t id = vocabulary_.find(word);
      if (id >= 0) return out.push_back({id, 0, std::uint32_t(word.size())});
    }
    std::vector<Symbol> symbols;
    spell(word, symbols, dropped_bytes);
    merge_symbols(merges_, symbols);
    for (const Symbol& s : symbols) out.push_back({s.id, s.begin, s.end});
  }

 private:
  void spell(std::string_view word, std::vector<Symbol>& out, std::size_t& dropped_bytes) const {
    out.reserve(word.size());
    std::string dressed;
    Unknown unknown;
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t begin = at;
      unicode::next(word, at);
      std::string_view spelling = word.substr(begin, at - begin);
      if ((begin > 0 && !options_.continuing.empty()) || (at == word.size() && !options_.ending.empty())) {
        dressed = begin > 0 ? options_.continuing : std::string();
        dressed += spelling;
        if (at == word.size()) dressed += options_.ending;
        spelling = dressed;
      }
      if (const std::int32_t id = vocabulary_.find(spelling); id >= 0) {
        unknown.flush(out);
        out.push_back({id, std::uint32_t(begin), std::uint32_t(at)});
      } else if (options_.byte_fallback && all_bytes(spelling)) {
        // Each byte is its own token; those of what was put around the character stand on its last byte.
        for (std::size_t i = 0; i < spelling.size(); ++i) {
          const std::size_t from = std::min(begin + i, at - 1);
          out.push_back({bytes_[static_cast<unsigned char>(spelling[i])], std::uint32_t(from), std::uint32_t(from + 1)});
        }
      } else if (options_.unknown) {
        if (!options_.fuse_unknown || unknown.end != begin) unknown.flush(out);
        if (unknown.begin == unknown.end) unknown.begin = std::uint32_t(begin);
        unknown.id = *options_.unknown;
        unknown.end = std::uint32_t(at);
      } else {
        dropped_bytes += at - begin;
      }
    }
    unknown.flush(out);
  }

  struct Unknown {
    std::int32_t id = 0;
    std::uint32_t begin = 0, end = 0;
    void flush(std::vector<Symbol>& out) {
      if (begin != end) out.push_back({id, begin, end});
      begin = end = 0;
    }
  };

  bool all_bytes(std::string_view text) const {
    return std::all_of(text.begin(), text.end(), [&](char c) { return bytes_[static_cast<unsigned char>(c)] >= 0; });
  }

  const Vocabulary& vocabulary_;
  MergeTable merges_;
  BpeOptions options_;
  std::array<std::int32_t, 256> bytes_;
};

}  // namespace

std::unique_ptr<PieceModel> bpe_model(const Vocabulary& vocabulary, const std::vector<Merge>& merges, BpeOptions options) {
  return std::make_unique<BpeModel>(vocabulary, merges, std::move(options));
}

}  // namespace maru::text

// WordPiece: every word is cut into the longest pieces of the vocabulary, from the left; a word that cannot be cut is unknown.
// Schuster and Nakajima 2012; Devlin et al. 2019.
#include <algorithm>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/text/bert_normalizer.h"
#include "maru/text/pipeline.h"
#include "maru/text/tokenizer_parts.h"

namespace maru::text {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
}

}  // namespace

std::string cleaned(std::string piece) {
  static constexpr std::string_view kJoined[] = {" .", " ?", " !", " ,", " n't", " 'm", " 's", " 've", " 're"};
  for (const std::string_view j : kJoined) replace_all(piece, j, j.substr(1));
  return piece;
}

namespace {

class WordPiece final : public Tokenizer {
 public:
  explicit WordPiece(TokenizerParts parts) : Tokenizer(std::move(parts)), continuing_seed_(Vocabulary::hash(parts_->continuing)) {}

  bool is_wordpiece() const override { return true; }

  std::string bytes(std::int32_t id, bool first) const override {
    std::string_view text = shown(id);
    std::string out;
    if (first) out = text;
    else if (!parts_->continuing.empty() && text.starts_with(parts_->continuing)) out = text.substr(parts_->continuing.size());
    else out = " " + std::string(text);
    return parts_->cleanup ? cleaned(std::move(out)) : out;
  }

 protected:
  void encode_part(std::string_view part, Place& place, const EncodeOptions& options, Encoding& out) const override {
    const NormalizedText seen = normalized(parts_->bert, part, options.offsets);
    Job job{seen, place, options.offsets, out, {}};
    for (std::size_t at = 0; at < seen.text.size();) {
      const auto found = parts_->in_normalized.next(seen.text, at, options.parse_special);
      words(job, at, found ? found->begin : seen.text.size());
      if (!found) break;
      emit(job, found->token->id, found->begin, found->end);
      ++place.word;
      at = found->end;
    }
  }

 private:
  struct Job {
    const NormalizedText& seen;
    Place& place;
    bool offsets;
    Encoding& out;
    std::vector<std::uint64_t> hashes;  // of the beginnings of the word at hand
  };

  void emit(Job& job, std::int32_t id, std::size_t begin, std::size_t end) const {
    job.out.ids.push_back(id);
    if (!job.offsets) return;
    job.out.offsets.push_back({job.place.first + job.seen.source[begin], job.place.first + job.seen.source[end - 1] + 1});
    job.out.words.push_back(job.place.word);
  }

  // BertPreTokenizer: words lie between white space; punctuation stands alone.
  void words(Job& job, std::size_t begin, std::size_t end) const {
    const std::string_view text = std::string_view(job.seen.text).substr(0, end);
    std::size_t word_begin = begin, characters = 0;
    for (std::size_t at = begin; at < end;) {
      const std::size_t here = at;
      const BertKind kind = bert_kind(unicode::next(text, at));
      if (kind == BertKind::letter) {
        ++characters;
        continue;
      }
      word(job, word_begin, here, characters);
      if (kind == BertKind::punctuation) word(job, here, at, 1);
      word_begin = at;
      characters = 0;
    }
    word(job, word_begin, end, characters);
  }

  void word(Job& job, std::size_t begin, std::size_t end, std::size_t characters) const {
    if (begin == end) return;
    pieces(job, begin, end, characters);
    ++job.place.word;
  }

  void pieces(Job& job, std::size_t begin, std::size_t end, std::size_t characters) const {
    if (characters > parts_->longest_word) return emit(job, *unknown, begin, end);
    const std::size_t before = job.out.ids.size();
    for (std::size_t at = begin; at < end;) {
      const auto [id, stop] = longest(job, at, end, at != begin);
      if (id < 0) {
        job.out.ids.resize(before);
        if (job.offsets) job.out.offsets.resize(before), job.out.words.resize(before);
        return emit(job, *unknown, begin, end);
      }
      emit(job, id, at, stop);
      at = stop;
    }
  }

  struct Found {
    std::int32_t id;
    std::size_t end;
  };
  Found longest(Job& job, std::size_t begin, std::size_t end, bool continues) const {
    const std::string_view prefix = continues ? std::string_view(parts_->continuing) : std::string_view();
    const std::string_view text = job.seen.text;
    const std::size_t most = parts_->vocabulary.longest();
    if (prefix.size() > most) return {-1, begin};
    const std::size_t size = std::min(end - begin, most - prefix.size());
    job.hashes.resize(std::max(job.hashes.size(), size + 1));
    std::uint64_t hash = continues ? continuing_seed_ : Vocabulary::kSeed;
    for (std::size_t i = 0; i < size; ++i) job.hashes[i + 1] = hash = Vocabulary::step(hash, text[begin + i]);
    for (std::size_t n = size; n > 0; --n) {
      if (begin + n < end && (static_cast<unsigned char>(text[begin + n]) & 0xC0) == 0x80) continue;  // inside a character
      const std::int32_t id = parts_->vocabulary.find(prefix, text.substr(begin, n), job.hashes[n]);
      if (id >= 0) return {id, begin + n};
    }
    return {-1, begin};
  }

  std::uint64_t continuing_seed_;
};

}  // namespace

std::shared_ptr<const Tokenizer> make_wordpiece(TokenizerParts parts) {
  check(parts.unknown.has_value(), "{}: a WordPiece vocabulary needs an unknown token", parts.where);
  fold_added(parts, [&](const std::string& content) { return normalized(parts.bert, content, false).text; });
  return std::make_shared<WordPiece>(std::move(parts));
}

}  // namespace maru::text

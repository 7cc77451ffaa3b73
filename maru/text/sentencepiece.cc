// SentencePiece as a tokenizer: changes the text, cuts it, fuses unknown neighbours or spells them in bytes, and reads ids back.
#include "maru/text/sentencepiece.h"

#include <algorithm>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/text/sentencepiece_models.h"
#include "maru/text/text_stream.h"

namespace maru::text {

SentencePieces::SentencePieces(const SentencePieceModel& model) : unknown(model.unknown) {
  std::size_t bytes = 0;
  for (const SentencePiece& piece : model.pieces) bytes += piece.text.size();
  spelled.reserve(model.pieces.size(), bytes);
  for (const SentencePiece& piece : model.pieces) {
    spelled.add(piece.text);
    scores.push_back(piece.score);
    types.push_back(piece.type);
  }
  if (const auto twice = spelled.index())
    fail(ErrorKind::invalid, "{}: the piece {:?} stands twice", model.where, spelled.piece(std::size_t(*twice)));
}
std::int32_t SentencePieces::find(std::string_view text) const {
  if (text.size() > spelled.longest()) return -1;
  const std::int32_t id = spelled.find(text);
  return id >= 0 && fits(id) ? id : -1;
}
std::int32_t SentencePieces::any(std::string_view text) const {
  const std::int32_t id = text.size() > spelled.longest() ? -1 : spelled.find(text);
  return id >= 0 ? id : unknown;
}

void check_pieces(const SentencePieceModel& model) {
  check(!model.pieces.empty(), "{}: it has no pieces; the file is cut or no SentencePiece model", model.where);
  const auto size = std::int32_t(model.pieces.size());
  check(model.unknown >= 0 && model.unknown < size && model.pieces[std::size_t(model.unknown)].type == SentencePieceType::unknown,
        "{}: the unknown piece {} is none of the {} pieces or not of that type", model.where, model.unknown, size);
  std::size_t bytes = 0;
  for (const SentencePiece& piece : model.pieces) bytes += piece.type == SentencePieceType::byte;
  check(!model.byte_fallback || bytes == 256, "{}: byte fallback needs 256 byte pieces, found {}", model.where, bytes);
}

namespace {

constexpr std::string_view kMark = "\u2581";

class SentencePieceTokenizer final : public Tokenizer {
 public:
  SentencePieceTokenizer(SentencePieceModel model, TokenizerParts parts, std::vector<std::int32_t> ids)
      : Tokenizer(std::move(parts)), model_(std::move(model)), pieces_(model_), normalizer_(model_), ids_(std::move(ids)) {
    switch (model_.kind) {
      case SentencePieceKind::unigram: cutter_ = unigram_cutter(pieces_); break;
      case SentencePieceKind::bpe: cutter_ = merging_cutter(pieces_, normalizer_); break;
      case SentencePieceKind::word: cutter_ = word_cutter(pieces_, model_.whitespace_as_suffix); break;
      case SentencePieceKind::character: cutter_ = character_cutter(pieces_, normalizer_); break;
    }
    for (std::int32_t i = 0; i < std::int32_t(model_.pieces.size()); ++i)
      if (model_.pieces[std::size_t(i)].type == SentencePieceType::byte)
        if (const int byte = byte_piece(model_.pieces[std::size_t(i)].text); byte >= 0) bytes_[std::size_t(byte)] = i;
    for (const std::int32_t piece : bytes_)
      check(!model_.byte_fallback || piece >= 0, "{}: byte fallback needs the pieces <0x00> to <0xFF>", model_.where);
  }

  std::string bytes(std::int32_t id, bool first) const override {
    if (const int byte = byte_of_token(id); byte >= 0) return std::string(1, char(byte));
    return shown(id, first);
  }
  std::unique_ptr<TokenStream> stream() const override { return std::make_unique<Stream>(*this); }

 protected:
  void encode_part(std::string_view part, Place& place, const EncodeOptions& options, Encoding& out) const override {
    const SentencePieceNormalizer::Text text = normalizer_.apply(part, options.offsets);
    std::vector<std::uint32_t> points;  // per byte of the part and for its end: the code points before it
    if (options.offsets) {
      points.reserve(part.size() + 1);
      std::uint32_t count = 0;
      for (const char c : part) points.push_back((c & 0xC0) == 0x80 ? count - 1 : count++);
      points.push_back(count);
    }
    const auto emit = [&](std::int32_t piece, std::size_t begin, std::size_t end) {
      out.ids.push_back(ids_.empty() ? piece : ids_[std::size_t(piece)]);
      if (!options.offsets) return;
      out.offsets.push_back({place.first + points[text.source[begin]], place.first + points[text.source[end]]});
      out.words.push_back(place.word);
    };
    bool unknown_before = false;
    for (const CutPiece& piece : cutter_->cut(text.text)) {
      const bool is_unknown = piece.id == model_.unknown;
      if (options.offsets && piece.begin > 0 && std::string_view(text.text).substr(piece.begin).starts_with(kMark)) ++place.word;
      if (is_unknown && model_.byte_fallback) {  // the last byte stands for all of the text
        for (std::uint32_t i = piece.begin; i < piece.end; ++i)
          emit(bytes_[static_cast<unsigned char>(text.text[i])], piece.begin, i + 1 == piece.end ? piece.end : piece.begin);
      } else if (is_unknown && unknown_before) {
        if (options.offsets) out.offsets.back()[1] = place.first + points[text.source[piece.end]];
      } else {
        emit(piece.id, piece.begin, piece.end);
      }
      unknown_before = is_unknown;
    }
    ++place.word;
  }

 private:
  // Reads pieces back: bytes gather to characters, and the blank that was put before the text goes.
  class Stream final : public TokenStream {
   public:
    explicit Stream(const SentencePieceTokenizer& tokenizer) : it_(tokenizer) {}
    std::string push(std::int32_t id) override {
      if (const int byte = it_.byte_of_token(id); byte >= 0) {
        held_ += char(byte);
        begins_ = false;
        return take_whole(held_);
      }
      std::string out = flush();
      const std::string shown = it_.shown(id, begins_);
      const bool took_mark = begins_ && it_.strips() && it_.piece(id).starts_with(kMark);
      if (!shown.empty() || (took_mark && !it_.model_.remove_extra_whitespaces)) begins_ = false;
      return out + shown;
    }
    std::string finish() override {
      begins_ = true;
      return flush();
    }

   private:
    std::string flush() {
      std::string out;
      for (std::size_t i = 0; i < held_.size(); ++i) out += kReplacement;
      held_.clear();
      return out;
    }
    const SentencePieceTokenizer& it_;
    std::string held_;
    bool begins_ = true;
  };

  bool strips() const { return model_.add_dummy_prefix || model_.remove_extra_whitespaces; }
  int byte_of_token(std::int32_t id) const { return parts_->special[std::size_t(id)] ? -1 : byte_piece(piece(id)); }
  std::string shown(std::int32_t id, bool begins) const {
    std::string_view piece = this->piece(id);
    if (unknown && id == *unknown) return model_.unknown_surface;
    if (begins && strips() && piece.starts_with(kMark)) piece.remove_prefix(kMark.size());
    std::string out;
    for (std::size_t at = 0; at < piece.size();) {
      const bool mark = piece.substr(at).starts_with(kMark);
      out += mark ? ' ' : piece[at];
      at += mark ? kMark.size() : 1;
    }
    return out;
  }

  SentencePieceModel model_;
  SentencePieces pieces_;
  SentencePieceNormalizer normalizer_;
  std::vector<std::int32_t> ids_;
  std::unique_ptr<SentencePieceCutter> cutter_;
  std::array<std::int32_t, 256> bytes_ = [] {
    std::array<std::int32_t, 256> none;
    none.fill(-1);
    return none;
  }();
};

void own_vocabulary(const SentencePieceModel& model, TokenizerParts& parts) {
  for (const SentencePiece& piece : model.pieces) parts.vocabulary.add(piece.text);
  if (const auto twice = parts.vocabulary.index())
    fail(ErrorKind::invalid, "{}: the piece {:?} stands twice", model.where, parts.vocabulary.piece(std::size_t(*twice)));
  const auto named = [&](std::int32_t id) {
    return id >= 0 && id < std::int32_t(model.pieces.size()) ? std::optional(id) : std::nullopt;
  };
  parts.where = model.where;
  parts.unknown = named(model.unknown), parts.bos = named(model.bos), parts.eos = named(model.eos), parts.padding = named(model.padding);
  parts.special.resize(parts.vocabulary.size());
  for (std::size_t id = 0; id < model.pieces.size(); ++id) {
    const SentencePieceType type = model.pieces[id].type;
    if (type == SentencePieceType::control || type == SentencePieceType::unknown)
      add_token(parts, {.content = model.pieces[id].text, .id = std::int32_t(id), .special = true});
  }
}

}  // namespace

std::shared_ptr<const Tokenizer> make_sentencepiece(SentencePieceModel model, TokenizerParts parts, std::vector<std::int32_t> ids) {
  check_pieces(model);
  if (parts.vocabulary.size() == 0) own_vocabulary(model, parts);
  parts.in_text = AddedTokens(parts.added);
  return std::make_shared<SentencePieceTokenizer>(std::move(model), std::move(parts), std::move(ids));
}

}  // namespace maru::text

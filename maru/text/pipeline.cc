// A tokenizer put together from parts: added tokens out, normalise, added tokens out again, cut into words, cut words into pieces.
#include "maru/text/pipeline.h"

#include "maru/base/unicode.h"
#include "maru/text/text_stream.h"

namespace maru::text {
namespace {

// The steps of a decoder one behind the other.
class DecoderStream final : public TokenStream {
 public:
  DecoderStream(const Tokenizer& tokenizer, const std::vector<DecoderStep>& makers, bool first)
      : tokenizer_(tokenizer), makers_(makers), first_(first) {
    begin(first);
  }
  std::string push(std::int32_t id) override {
    if (makers_.empty() && !first_) out_ = " ";
    first_ = false;
    feed(0, tokenizer_.shown(id), false);
    return std::move(out_);
  }
  std::string finish() override {
    for (std::size_t i = 0; i < steps_.size(); ++i) steps_[i]->finish(emits_[i]);
    std::string out = std::move(out_);
    begin(true);
    return out;
  }

 private:
  void begin(bool first) {
    steps_.clear();
    emits_.clear();
    out_.clear();
    first_ = first;
    for (const DecoderStep& make : makers_) {
      steps_.push_back(make(first));
      emits_.push_back([this, next = steps_.size()](std::string_view text, bool joins) { feed(next, text, joins); });
    }
  }
  void feed(std::size_t step, std::string_view text, bool joins) {
    if (step == steps_.size()) out_ += text;
    else steps_[step]->push(text, joins, emits_[step]);
  }

  const Tokenizer& tokenizer_;
  const std::vector<DecoderStep>& makers_;
  std::vector<std::unique_ptr<DecodeStep>> steps_;
  std::vector<DecodeStep::Emit> emits_;
  std::string out_;
  bool first_;
};

void normalize(const Pipeline& pipeline, Aligned& text) {
  for (const auto& step : pipeline.normalizers) {
    const std::size_t limit = text.limit;
    step->apply(text);
    text.limit = limit;
    check_growth(text);
  }
}

class PipelineTokenizer final : public Tokenizer {
 public:
  PipelineTokenizer(TokenizerParts parts, Pipeline pipeline) : Tokenizer(std::move(parts)), pipeline_(std::move(pipeline)) {
    model_ = pipeline_.model(parts_->vocabulary);
    for (const auto& step : pipeline_.pre_tokenizers) needs_source_ = needs_source_ || step->needs_source();
  }

  std::string bytes(std::int32_t id, bool first) const override {
    if (const int byte = byte_piece(piece(id)); byte >= 0) return std::string(1, char(byte));
    DecoderStream tokens(*this, pipeline_.decoders, first);
    std::string out = tokens.push(id);
    return out + tokens.finish();
  }
  std::unique_ptr<TokenStream> stream() const override { return std::make_unique<DecoderStream>(*this, pipeline_.decoders, true); }

 protected:
  void encode_part(std::string_view part, Place& place, const EncodeOptions& options, Encoding& out) const override {
    Aligned text(part, options.offsets || needs_source_);
    normalize(pipeline_, text);
        for (std::size_t at = 0; at < text.text.size();) {
      const auto found = parts_->in_normalized.next(text.text, at, options.parse_special);
      const std::size_t end = found ? found->begin : text.text.size();
      if (end > at) section(text, at, end, place, options, out);
      if (!found) break;
      emit({found->token->id, 0, std::uint32_t(found->end - found->begin)}, text, found->begin, place, options, out);
      ++place.word;
      at = found->end;
    }
  }

 private:
  void section(const Aligned& text, std::size_t begin, std::size_t end, Place& place, const EncodeOptions& options,
               Encoding& out) const {
    Words words;
    words.aligned.tracked = text.tracked;
    words.aligned.text = text.text.substr(begin, end - begin);
    if (text.tracked) words.aligned.source.assign(text.source.begin() + std::ptrdiff_t(begin), text.source.begin() + std::ptrdiff_t(end));
    // A part that no added token cut stands where it begins, whatever the normaliser took away in front.
    words.cuts = {{0, std::uint32_t(end - begin), begin > 0 && text.tracked ? text.source[begin][0] : 0}};
    for (const auto& step : pipeline_.pre_tokenizers) {
      step->split(words, place.begins);
      words.aligned.limit = text.limit;
      check_growth(words.aligned);
    }
    std::vector<Piece> pieces;
    for (const Cut& cut : words.cuts) {
      pieces.clear();
      model_->pieces(std::string_view(words.aligned.text).substr(cut.begin, cut.end - cut.begin), pieces, out.dropped_bytes);
      for (const Piece& piece : pieces) emit(piece, words.aligned, cut.begin, place, options, out);
      ++place.word;
    }
  }

  static void emit(const Piece& piece, const Aligned& text, std::size_t word, const Place& place, const EncodeOptions& options,
                   Encoding& out) {
    out.ids.push_back(piece.id);
    if (!options.offsets) return;
    out.offsets.push_back({place.first + text.source[word + piece.begin][0], place.first + text.source[word + piece.end - 1][1]});
    out.words.push_back(place.word);
  }

  Pipeline pipeline_;
  std::unique_ptr<PieceModel> model_;
  bool needs_source_ = false;
};

}  // namespace

std::shared_ptr<const Tokenizer> make_pipeline(TokenizerParts parts, Pipeline pipeline) {
  fold_added(parts, [&](const std::string& content) {
    Aligned text(content, false);
    normalize(pipeline, text);
    return text.text;
  });
  return std::make_shared<PipelineTokenizer>(std::move(parts), std::move(pipeline));
}

}  // namespace maru::text

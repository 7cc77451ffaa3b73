// BART (Lewis et al. 2020): an encoder that sees the whole text and a decoder that writes, both of post-norm blocks. Positions are learned,
// their table has two rows before position 0, and the sum of word and position is normalised.
#include "maru/models/translator_common.h"

namespace maru::models {
namespace {

constexpr std::int64_t kFirstPosition = 2;

struct Embeddings {
  nn::Embedding words, positions;
  nn::LayerNorm norm;
  float word_scale;
  Embeddings(const nn::Weights& w, const TranslatorSizes& c, const nn::Embedding& words)
      : words(words), positions(w / "embed_positions", c.positions + kFirstPosition, c.width),
        norm(w / "layernorm_embedding", c.width, kTranslatorEps), word_scale(c.word_scale) {}
  Tensor operator()(const Batch& in) const {
    std::vector<std::int32_t> places(in.positions.begin(), in.positions.end());
    for (std::int32_t& place : places) place += std::int32_t(kFirstPosition);
    const Tensor word = words(in.ids), position = positions(places);
    return norm(ops::add(word_scale == 1 ? word : ops::scale(word, word_scale), position));
  }
};

struct Bart final : Model {
  TranslatorSizes c;
  nn::Embedding words;
  Embeddings encoder, decoder;
  TranslatorBlocks blocks;
  std::optional<TranslatorHead> vocabulary;
  std::optional<nn::Linear> dense, sequence, span;
  Bart(const nn::Weights& w, const Config& config)
      : c(config), words(shared_words(w, c)), encoder(w / "encoder", c, words), decoder(w / "decoder", c, words), blocks(w, c) {
    constexpr auto bias = nn::Linear::with_bias;
    if (w.has("classification_head.out_proj.weight")) {
      dense.emplace(w / "classification_head" / "dense", c.width, c.width, bias);
      sequence.emplace(w / "classification_head" / "out_proj", c.width, config.labels(), bias);
    }
    if (w.has("qa_outputs.weight")) span.emplace(w / "qa_outputs", c.width, 2, bias);
    if (!sequence && !span) vocabulary.emplace(w, config, words.table);
  }
  Info info() const override {
    Info info = c.info();
    if (vocabulary) info.answers.push_back(Head::vocabulary);
    if (sequence) info.answers.push_back(Head::sequence);
    if (span) info.answers.push_back(Head::span);
    return info;
  }
  Tensor encode(const Batch& in) const override { return blocks.encode(encoder(in), in.rows); }
  Tensor hidden(const Batch& in) const override { return blocks.decode(decoder(in), in); }
  Tensor answer(Head head, const Tensor& h, const ops::Ragged& rows) const override {
    if (head == Head::vocabulary && vocabulary) return (*vocabulary)(h);
    if (head == Head::span && span) return (*span)(h);
    // The decoder read the text itself, moved by one: its last row is the one that saw the text's closing </s>.
    if (head == Head::sequence && sequence) return (*sequence)(ops::activate((*dense)(last_rows(h, rows)), ops::Activation::tanh));
    return Model::answer(head, h, rows);
  }
  static Tensor last_rows(const Tensor& h, const ops::Ragged& rows) {
    std::vector<std::int64_t> last(rows.start.begin() + 1, rows.start.end());
    for (std::int64_t& row : last) --row;
    return ops::gather(h, last);
  }
};

constexpr std::string_view kPrefixes[] = {"model."};
constexpr std::string_view kUnused[] = {"encoder.embed_tokens.", "decoder.embed_tokens.", "lm_head.", "encoder.version", "decoder.version"};

}  // namespace

Architecture bart() {
  return {.name = "bart", .prefixes = kPrefixes, .unused = kUnused,
          .make = [](const nn::Weights& w, const Config& c) -> std::unique_ptr<Model> { return std::make_unique<Bart>(w, c); }};
}

}  // namespace maru::models

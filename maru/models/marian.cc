// Marian's translators (Junczys-Dowmunt et al. 2018), as the files of OPUS-MT hold them (Tiedemann and Thottingal 2020): the first
// Transformer (Vaswani et al. 2017) with post-norm blocks. Positions are sines and cosines, which are computed here; files that store them
// store the same numbers.
#include <cmath>

#include "maru/models/translator_common.h"

namespace maru::models {
namespace {

// [positions, width]: the sines of all frequencies first, then their cosines.  Vaswani et al. 2017, section 3.5, in another order.
Tensor sinusoids(std::int64_t positions, std::int64_t width) {
  Tensor table({positions, width});
  const std::int64_t sines = (width + 1) / 2;
  for (std::int64_t p = 0; p < positions; ++p)
    for (std::int64_t i = 0; i < width; ++i) {
      const std::int64_t pair = i < sines ? i : i - sines;
      const double angle = double(p) / std::pow(10000.0, 2.0 * double(pair) / double(width));
      table.data()[p * width + i] = float(i < sines ? std::sin(angle) : std::cos(angle));
    }
  return table;
}

struct Marian final : Model {
  TranslatorSizes c;
  bool shared;
  std::int64_t written;                                // the size of the vocabulary that it writes in
  nn::Embedding source, target;
  Tensor positions;
  TranslatorBlocks blocks;
  TranslatorHead head;
  Marian(const nn::Weights& w, const Config& config)
      : c(config), shared(config.boolean("share_encoder_decoder_embeddings", true)),
        written(shared ? c.vocabulary : config.integer("decoder_vocab_size", 1, 1 << 24, c.vocabulary)),
        source(shared ? shared_words(w, c) : nn::Embedding(w / "encoder.embed_tokens", c.vocabulary, c.width)),
        target(shared ? source : nn::Embedding(w / "decoder.embed_tokens", written, c.width)), positions(sinusoids(c.positions, c.width)),
        blocks(w, c), head(w, config, target.table) {
    // The padding also starts the decoder: it is read, and stays as it is.
    source.unlearned = target.unlearned = c.padding;
  }
  Info info() const override {
    Info info = c.info();
    info.vocabulary = written;
    info.answers = {Head::vocabulary};
    return info;
  }
  Tensor embedded(const nn::Embedding& words, const Batch& in) const {
    const Tensor word = words(in.ids);
    return ops::add(c.word_scale == 1 ? word : ops::scale(word, c.word_scale), ops::embed(positions, in.positions));
  }
  Tensor encode(const Batch& in) const override { return blocks.encode(embedded(source, in), in.rows); }
  Tensor hidden(const Batch& in) const override { return blocks.decode(embedded(target, in), in); }
  Tensor answer(Head which, const Tensor& h, const ops::Ragged& rows) const override {
    return which == Head::vocabulary ? head(h) : Model::answer(which, h, rows);
  }
};

constexpr std::string_view kPrefixes[] = {"model."};
constexpr std::string_view kUnused[] = {"encoder.embed_tokens.", "decoder.embed_tokens.", "encoder.embed_positions.",
                                        "decoder.embed_positions.", "lm_head."};

}  // namespace

Architecture marian() {
  return {.name = "marian", .prefixes = kPrefixes, .unused = kUnused,
          .make = [](const nn::Weights& w, const Config& c) -> std::unique_ptr<Model> { return std::make_unique<Marian>(w, c); }};
}

}  // namespace maru::models

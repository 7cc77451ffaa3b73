// ELECTRA (Clark et al. 2020): BERT trained to tell which tokens a small generator replaced. Words may be narrower than the blocks, and are
// projected once.
#include "maru/models/encoder_common.h"

namespace maru::models {
namespace {

// Which of the tokens were replaced: dense, activation, one number a row.
struct Discriminator {
  nn::Linear dense, out;
  ops::Activation activation;
  Tensor operator()(const Tensor& hidden) const { return out(ops::activate(dense(hidden), activation)); }
};

struct Electra final : Model {
  EncoderSizes c;
  EncoderEmbeddings embeddings;
  std::optional<nn::Linear> project, token, span;
  std::vector<nn::PostNormBlock> blocks;
  std::optional<Discriminator> replaced;
  std::optional<SequenceHead> sequence;
  std::optional<MaskedHead> masked;
  Electra(const nn::Weights& w, const Config& config) : c(config), embeddings(w / "embeddings", c) {
    constexpr auto bias = nn::Linear::with_bias;
    if (c.embedding != c.width) project.emplace(w / "embeddings_project", c.embedding, c.width, bias);
    blocks = nn::stack<nn::PostNormBlock>(w / "encoder" / "layer", c.layers, c.block());
    if (w.has("discriminator_predictions.dense.weight"))
      replaced.emplace(Discriminator{nn::Linear(w / "discriminator_predictions" / "dense", c.width, c.width, bias),
                                     nn::Linear(w / "discriminator_predictions" / "dense_prediction", c.width, 1, bias), c.activation});
    if (w.has("classifier.out_proj.weight"))
      sequence.emplace(SequenceHead{nn::Linear(w / "classifier" / "dense", c.width, c.width, bias),
                                    nn::Linear(w / "classifier" / "out_proj", c.width, config.labels(), bias), ops::Activation::gelu});
    if (w.has("classifier.weight")) token.emplace(w / "classifier", c.width, config.labels(), bias);
    if (w.has("qa_outputs.weight")) span.emplace(w / "qa_outputs", c.width, 2, bias);
    if (w.has("generator_predictions.dense.weight")) {
      const bool own = !config.boolean("tie_word_embeddings", true) && w.has("generator_lm_head.weight");
      masked.emplace(MaskedHead{nn::Linear(w / "generator_predictions" / "dense", c.width, c.embedding, bias),
                                nn::LayerNorm(w / "generator_predictions" / "LayerNorm", c.embedding, c.eps), ops::Activation::gelu,
                                own ? w.get("generator_lm_head.weight", {c.vocabulary, c.embedding}) : embeddings.words.table,
                                w.get("generator_lm_head.bias", {c.vocabulary})});
    }
  }
  Info info() const override {
    Info info = c.info();
    if (masked) info.answers.push_back(Head::vocabulary);
    if (replaced) info.answers.push_back(Head::replaced);
    if (sequence) info.answers.push_back(Head::sequence);
    if (token) info.answers.push_back(Head::token);
    if (span) info.answers.push_back(Head::span);
    return info;
  }
  Tensor hidden(const Batch& in) const override {
    Tensor x = embeddings(in);
    if (project) x = (*project)(x);
    x = tap({"residual", -1}, x);
    for (std::size_t i = 0; i < blocks.size(); ++i) x = tap({"residual", int(i)}, blocks[i](x, in.rows));
    return x;
  }
  Tensor answer(Head head, const Tensor& h, const ops::Ragged& rows) const override {
    if (head == Head::vocabulary && masked) return (*masked)(h);
    if (head == Head::replaced && replaced) return (*replaced)(h);
    if (head == Head::sequence && sequence) return (*sequence)(h, rows);
    if (head == Head::token && token) return (*token)(h);
    if (head == Head::span && span) return (*span)(h);
    return Model::answer(head, h, rows);
  }
};

constexpr std::string_view kPrefixes[] = {"electra."};
constexpr std::string_view kUnused[] = {"embeddings.position_ids", "generator_lm_head.weight"};

}  // namespace

Architecture electra() {
  return {.name = "electra", .prefixes = kPrefixes, .unused = kUnused,
          .make = [](const nn::Weights& w, const Config& c) -> std::unique_ptr<Model> { return std::make_unique<Electra>(w, c); }};
}

}  // namespace maru::models

// DistilBERT (Sanh et al. 2019): BERT with half of its layers, without token types and without a pooler.
#include "maru/models/encoder_common.h"

namespace maru::models {
namespace {

constexpr nn::PostNormNames kNames{.attention = {"attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"},
                                   .attention_norm = "sa_layer_norm", .up = "ffn.lin1", .down = "ffn.lin2", .norm = "output_layer_norm"};
constexpr float kEps = 1e-12f;  // no config.json says it

struct Distilbert final : Model {
  int layers;
  std::int64_t width, heads, vocabulary, positions;
  nn::Embedding words, places;
  nn::LayerNorm norm;
  std::vector<nn::PostNormBlock> blocks;
  std::optional<nn::Linear> token, span;
  std::optional<SequenceHead> sequence;
  std::optional<MaskedHead> masked;
  Distilbert(const nn::Weights& w, const Config& c)
      : layers(int(c.integer("n_layers", 1, 1024))), width(c.integer("dim", 1, 1 << 20)), heads(c.integer("n_heads", 1, 1 << 14)),
        vocabulary(c.vocabulary()), positions(c.integer("max_position_embeddings", 1, 1 << 20)),
        words(w / "embeddings.word_embeddings", vocabulary, width), places(w / "embeddings.position_embeddings", positions, width),
        norm(w / "embeddings.LayerNorm", width, kEps) {
    constexpr auto bias = nn::Linear::with_bias;
    c.check_heads(width, heads);
    const ops::Activation activation = c.activation("activation", "gelu");
    blocks = nn::stack<nn::PostNormBlock>(w / "transformer.layer", layers,
                                          nn::PostNormConfig{.width = width, .hidden = c.integer("hidden_dim", 1, 1 << 22), .heads = heads, .eps = kEps,
                                                             .activation = activation, .names = kNames});
    if (w.has("pre_classifier.weight"))
      sequence.emplace(SequenceHead{nn::Linear(w / "pre_classifier", width, width, bias), nn::Linear(w / "classifier", width, c.labels(), bias),
                                    ops::Activation::relu});
    else if (w.has("classifier.weight")) token.emplace(w / "classifier", width, c.labels(), bias);
    if (w.has("qa_outputs.weight")) span.emplace(w / "qa_outputs", width, 2, bias);
    if (w.has("vocab_transform.weight")) {
      const bool own = !c.boolean("tie_word_embeddings", true) && w.has("vocab_projector.weight");
      masked.emplace(MaskedHead{nn::Linear(w / "vocab_transform", width, width, bias), nn::LayerNorm(w / "vocab_layer_norm", width, kEps), activation,
                                own ? w.get("vocab_projector.weight", {vocabulary, width}) : words.table, w.get("vocab_projector.bias", {vocabulary})});
    }
  }
  Info info() const override {
    Info info{.layers = layers, .width = width, .heads = heads, .kv_heads = heads, .head = width / heads, .vocabulary = vocabulary, .context = positions};
    if (masked) info.answers.push_back(Head::vocabulary);
    if (sequence) info.answers.push_back(Head::sequence);
    if (token) info.answers.push_back(Head::token);
    if (span) info.answers.push_back(Head::span);
    return info;
  }
  Tensor hidden(const Batch& in) const override {
    const Tensor word = words(in.ids), place = places(in.positions);
    Tensor x = tap({"residual", -1}, norm(ops::add(word, place)));
    for (std::size_t i = 0; i < blocks.size(); ++i) x = tap({"residual", int(i)}, blocks[i](x, in.rows));
    return x;
  }
  Tensor answer(Head head, const Tensor& h, const ops::Ragged& rows) const override {
    if (head == Head::vocabulary && masked) return (*masked)(h);
    if (head == Head::sequence && sequence) return (*sequence)(h, rows);
    if (head == Head::token && token) return (*token)(h);
    if (head == Head::span && span) return (*span)(h);
    return Model::answer(head, h, rows);
  }
};

constexpr std::string_view kPrefixes[] = {"distilbert."};
constexpr std::string_view kUnused[] = {"embeddings.position_ids", "vocab_projector."};

}  // namespace

Architecture distilbert() {
  return {.name = "distilbert", .prefixes = kPrefixes, .unused = kUnused,
          .make = [](const nn::Weights& w, const Config& c) -> std::unique_ptr<Model> { return std::make_unique<Distilbert>(w, c); }};
}

}  // namespace maru::models

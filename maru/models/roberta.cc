// RoBERTa (Liu et al. 2019), and XLM-R (Conneau et al. 2020), which has its shape: BERT without token types worth the name. Positions are
// counted from behind the padding token's id, and texts are classified by a head of their own instead of a pooler.
#include "maru/models/encoder_common.h"

namespace maru::models {
namespace {

struct Roberta final : Model {
  EncoderSizes c;
  std::int32_t first_position;
  EncoderEmbeddings embeddings;
  std::vector<nn::PostNormBlock> blocks;
  std::optional<nn::Linear> pooler, token, span;
  std::optional<SequenceHead> sequence;
  std::optional<MaskedHead> masked;
  Roberta(const nn::Weights& w, const Config& config)
      : c(config), first_position(std::int32_t(config.integer("pad_token_id", 0, 1 << 20, 1)) + 1), embeddings(w / "embeddings", c),
        blocks(nn::stack<nn::PostNormBlock>(w / "encoder" / "layer", c.layers, c.block())) {
    constexpr auto bias = nn::Linear::with_bias;
    check(c.positions > first_position, "{}: max_position_embeddings is {}, but positions start at {} (pad_token_id + 1)", config.metadata().where(),
          c.positions, first_position);
    if (w.has("pooler.dense.weight")) pooler.emplace(w / "pooler" / "dense", c.width, c.width, bias);
    if (w.has("qa_outputs.weight")) span.emplace(w / "qa_outputs", c.width, 2, bias);
    if (w.has("classifier.out_proj.weight"))
      sequence.emplace(SequenceHead{nn::Linear(w / "classifier" / "dense", c.width, c.width, bias),
                                    nn::Linear(w / "classifier" / "out_proj", c.width, config.labels(), bias), ops::Activation::tanh});
    if (w.has("classifier.weight")) token.emplace(w / "classifier", c.width, config.labels(), bias);
    if (w.has("lm_head.bias")) {
      const nn::Weights head = w / "lm_head";
      masked.emplace(MaskedHead{nn::Linear(head / "dense", c.width, c.width, bias), nn::LayerNorm(head / "layer_norm", c.width, c.eps),
                                ops::Activation::gelu, embeddings.words.table, head.get("bias", {c.vocabulary})});
      if (!config.boolean("tie_word_embeddings", true) && head.has("decoder.weight"))
        masked->decoder = head.get("decoder.weight", {c.vocabulary, c.width});
    }
  }
  Info info() const override {
    Info info = c.info();
    info.context = c.positions - first_position;
    if (pooler) info.answers.push_back(Head::pooled);
    if (masked) info.answers.push_back(Head::vocabulary);
    if (sequence) info.answers.push_back(Head::sequence);
    if (token) info.answers.push_back(Head::token);
    if (span) info.answers.push_back(Head::span);
    return info;
  }
  Tensor hidden(const Batch& in) const override {
    Tensor x = tap({"residual", -1}, embeddings(in, first_position));
    for (std::size_t i = 0; i < blocks.size(); ++i) x = tap({"residual", int(i)}, blocks[i](x, in.rows));
    return x;
  }
  Tensor answer(Head head, const Tensor& h, const ops::Ragged& rows) const override {
    if (head == Head::pooled && pooler) return ops::activate((*pooler)(first_rows(h, rows)), ops::Activation::tanh);
    if (head == Head::vocabulary && masked) return (*masked)(h);
    if (head == Head::sequence && sequence) return (*sequence)(h, rows);
    if (head == Head::token && token) return (*token)(h);
    if (head == Head::span && span) return (*span)(h);
    return Model::answer(head, h, rows);
  }
};

constexpr std::string_view kAliases[] = {"xlm-roberta", "camembert"};
constexpr std::string_view kPrefixes[] = {"roberta.", "xlm-roberta."};
constexpr std::string_view kUnused[] = {"embeddings.position_ids", "lm_head.decoder."};

}  // namespace

// In GGUF these files call themselves bert, their positions already moved.
Architecture roberta() {
  return {.name = "roberta", .aliases = kAliases, .prefixes = kPrefixes, .unused = kUnused,
          .make = [](const nn::Weights& w, const Config& c) -> std::unique_ptr<Model> { return std::make_unique<Roberta>(w, c); }};
}

}  // namespace maru::models

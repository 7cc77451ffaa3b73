// BERT (Devlin et al. 2019): an encoder. Words, positions and token types are added and normalised; each block attends in both
// directions, then feeds forward, and normalises after each addition. The embedders BGE, E5 and GTE (its first versions) have this shape.
#include "maru/models/encoder_common.h"

namespace maru::models {
namespace {

struct Bert final : Model {
  EncoderSizes c;
  EncoderEmbeddings embeddings;
  std::vector<nn::PostNormBlock> blocks;
  std::optional<nn::Linear> pooler, next_sentence, sequence, token, span;
  std::optional<MaskedHead> masked;
  Bert(const nn::Weights& w, const Config& config)
      : c(config), embeddings(w / "embeddings", c), blocks(nn::stack<nn::PostNormBlock>(w / "encoder" / "layer", c.layers, c.block())) {
    constexpr auto bias = nn::Linear::with_bias;
    if (w.has("pooler.dense.weight")) pooler.emplace(w / "pooler" / "dense", c.width, c.width, bias);
    if (w.has("cls.seq_relationship.weight")) next_sentence.emplace(w / "cls" / "seq_relationship", c.width, 2, bias);
    if (w.has("qa_outputs.weight")) span.emplace(w / "qa_outputs", c.width, 2, bias);
    if (w.has("classifier.weight")) {
      // The layer has one name for texts and for tokens; only texts are read through the pooler.
      std::optional<nn::Linear>& classifier = config.made_for("ForTokenClassification") || !pooler ? token : sequence;
      classifier.emplace(w / "classifier", c.width, config.labels(), bias);
    }
    if (w.has("cls.predictions.bias")) {
      const nn::Weights head = w / "cls" / "predictions";
      masked.emplace(MaskedHead{nn::Linear(head / "transform.dense", c.width, c.width, bias), nn::LayerNorm(head / "transform.LayerNorm", c.width, c.eps),
                                c.activation, embeddings.words.table, head.get("bias", {c.vocabulary})});
      if (!config.boolean("tie_word_embeddings", true) && head.has("decoder.weight"))
        masked->decoder = head.get("decoder.weight", {c.vocabulary, c.width});
    }
  }
  Info info() const override {
    Info info = c.info();
    if (pooler) info.answers.push_back(Head::pooled);
    if (masked) info.answers.push_back(Head::vocabulary);
    if (pooler && next_sentence) info.answers.push_back(Head::next_sentence);
    if (sequence) info.answers.push_back(Head::sequence);
    if (token) info.answers.push_back(Head::token);
    if (span) info.answers.push_back(Head::span);
    return info;
  }
  Tensor hidden(const Batch& in) const override {
    Tensor x = tap({"residual", -1}, embeddings(in));
    for (std::size_t i = 0; i < blocks.size(); ++i) x = tap({"residual", int(i)}, blocks[i](x, in.rows));
    return x;
  }
  Tensor answer(Head head, const Tensor& h, const ops::Ragged& rows) const override {
    const auto pooled = [&] { return ops::activate((*pooler)(first_rows(h, rows)), ops::Activation::tanh); };
    if (head == Head::pooled && pooler) return pooled();
    if (head == Head::vocabulary && masked) return (*masked)(h);
    if (head == Head::next_sentence && pooler && next_sentence) return (*next_sentence)(pooled());
    if (head == Head::sequence && sequence) return (*sequence)(pooled());
    if (head == Head::token && token) return (*token)(h);
    if (head == Head::span && span) return (*span)(h);
    return Model::answer(head, h, rows);
  }
};

constexpr std::string_view kPrefixes[] = {"bert."};
constexpr std::string_view kUnused[] = {"embeddings.position_ids", "cls.predictions.decoder."};

using Names = std::pair<std::string_view, std::string_view>;
constexpr Names kTensors[] = {
    {"embeddings.word_embeddings.weight", "token_embd.weight"},
    {"embeddings.position_embeddings.weight", "position_embd.weight"},
    {"embeddings.token_type_embeddings.weight", "token_types.weight"},
    {"embeddings.LayerNorm.weight", "token_embd_norm.weight"},
    {"embeddings.LayerNorm.bias", "token_embd_norm.bias"},
    {"encoder.layer.{}.attention.self.query.weight", "blk.{}.attn_q.weight"},
    {"encoder.layer.{}.attention.self.query.bias", "blk.{}.attn_q.bias"},
    {"encoder.layer.{}.attention.self.key.weight", "blk.{}.attn_k.weight"},
    {"encoder.layer.{}.attention.self.key.bias", "blk.{}.attn_k.bias"},
    {"encoder.layer.{}.attention.self.value.weight", "blk.{}.attn_v.weight"},
    {"encoder.layer.{}.attention.self.value.bias", "blk.{}.attn_v.bias"},
    {"encoder.layer.{}.attention.output.dense.weight", "blk.{}.attn_output.weight"},
    {"encoder.layer.{}.attention.output.dense.bias", "blk.{}.attn_output.bias"},
    {"encoder.layer.{}.attention.output.LayerNorm.weight", "blk.{}.attn_output_norm.weight"},
    {"encoder.layer.{}.attention.output.LayerNorm.bias", "blk.{}.attn_output_norm.bias"},
    {"encoder.layer.{}.intermediate.dense.weight", "blk.{}.ffn_up.weight"},
    {"encoder.layer.{}.intermediate.dense.bias", "blk.{}.ffn_up.bias"},
    {"encoder.layer.{}.output.dense.weight", "blk.{}.ffn_down.weight"},
    {"encoder.layer.{}.output.dense.bias", "blk.{}.ffn_down.bias"},
    {"encoder.layer.{}.output.LayerNorm.weight", "blk.{}.layer_output_norm.weight"},
    {"encoder.layer.{}.output.LayerNorm.bias", "blk.{}.layer_output_norm.bias"},
};
constexpr Names kKeys[] = {
    {"num_hidden_layers", "bert.block_count"},
    {"hidden_size", "bert.embedding_length"},
    {"intermediate_size", "bert.feed_forward_length"},
    {"num_attention_heads", "bert.attention.head_count"},
    {"max_position_embeddings", "bert.context_length"},
    {"layer_norm_eps", "bert.attention.layer_norm_epsilon"},
    {"type_vocab_size", "tokenizer.ggml.token_type_count"},
};

}  // namespace

Architecture bert() {
  return {.name = "bert", .gguf_name = "bert", .gguf_tensors = kTensors, .gguf_keys = kKeys, .prefixes = kPrefixes, .unused = kUnused,
          .make = [](const nn::Weights& w, const Config& c) -> std::unique_ptr<Model> { return std::make_unique<Bert>(w, c); }};
}

}  // namespace maru::models

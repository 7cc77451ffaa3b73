// BERT (Devlin et al. 2019): an encoder. Words, positions and token types are added and normalised; each block attends in both
// directions, then feeds forward, and normalises after each addition.
#include "maru/models/models.h"

namespace maru::models {
namespace {

struct Parameters {
  int layers;
  std::int64_t width, hidden, heads, vocabulary, positions, types;
  float eps;
  explicit Parameters(const Config& c)
      : layers(int(c.integer("num_hidden_layers", 1, 1024))), width(c.integer("hidden_size", 1, 1 << 20)),
        hidden(c.integer("intermediate_size", 1, 1 << 22)), heads(c.integer("num_attention_heads", 1, 1 << 14)),
        vocabulary(c.integer("vocab_size", 1, 1 << 24)), positions(c.integer("max_position_embeddings", 1, 1 << 20)),
        types(c.integer("type_vocab_size", 1, 1 << 16)), eps(c.positive("layer_norm_eps", 1e-12f)) {
    const std::string_view activation = c.string("hidden_act", "gelu"), position = c.string("position_embedding_type", "absolute");
    check(width % heads == 0, "{}: num_attention_heads: a width of {} cannot be shared by {} heads", c.metadata().where(), width, heads);
    check(activation == "gelu", "{}: hidden_act is '{}', expected gelu", c.metadata().where(), activation);
    check(position == "absolute", "{}: position_embedding_type is '{}', expected absolute", c.metadata().where(), position);
  }
};

struct Embeddings {
  nn::Embedding words, positions, types;
  nn::LayerNorm norm;
  Embeddings(const nn::Weights& w, const Parameters& c)
      : words(w / "word_embeddings", c.vocabulary, c.width), positions(w / "position_embeddings", c.positions, c.width),
        types(w / "token_type_embeddings", c.types, c.width), norm(w / "LayerNorm", c.width, c.eps) {}
  Tensor operator()(const Batch& in) const {
    const std::vector<std::int32_t> zeros(in.token_types.empty() ? in.ids.size() : 0);
    const Tensor word = words(in.ids), position = positions(in.positions), type = types(in.token_types.empty() ? zeros : in.token_types);
    return norm(ops::add(ops::add(word, type), position));
  }
};

struct Attention {
  Parameters c;
  int layer;
  nn::Linear query, key, value, out;
  nn::LayerNorm norm;
  Attention(const nn::Weights& w, const Parameters& c, int layer)
      : c(c), layer(layer), query(w / "self" / "query", c.width, c.width, nn::Linear::with_bias),
        key(w / "self" / "key", c.width, c.width, nn::Linear::with_bias), value(w / "self" / "value", c.width, c.width, nn::Linear::with_bias),
        out(w / "output" / "dense", c.width, c.width, nn::Linear::with_bias), norm(w / "output" / "LayerNorm", c.width, c.eps) {}
  Tensor operator()(const Tensor& x, const Batch& in) const {
    const std::int64_t n = x.dim(0), head = c.width / c.heads;
    const Tensor q = query(x).reshape({n, c.heads, head});
    const Tensor k = key(x).reshape({n, c.heads, head});
    const Tensor v = value(x).reshape({n, c.heads, head});
    const Tensor attended = ops::attention(q, k, v, in.rows, {.causal = false, .layer = layer}).reshape({n, c.width});
    return norm(ops::add(out(attended), x));
  }
};

struct Block {
  int layer;
  Attention attention;
  nn::Linear up, down;
  nn::LayerNorm norm;
  Block(const nn::Weights& w, const Parameters& c, int layer)
      : layer(layer), attention(w / "attention", c, layer), up(w / "intermediate" / "dense", c.width, c.hidden, nn::Linear::with_bias),
        down(w / "output" / "dense", c.hidden, c.width, nn::Linear::with_bias), norm(w / "output" / "LayerNorm", c.width, c.eps) {}
  Tensor operator()(const Tensor& x, const Batch& in) const {
    const Tensor h = attention(x, in);
    return tap({"residual", layer}, norm(ops::add(down(ops::gelu(up(h))), h)));
  }
};

struct Bert final : Model {
  Parameters c;
  Embeddings embeddings;
  std::vector<Block> blocks;
  Bert(const nn::Weights& w, const Config& config)
      : c(config), embeddings(w / "embeddings", c), blocks(nn::stack<Block>(w / "encoder" / "layer", c.layers, c)) {}
  Info info() const override {
    return {.layers = c.layers, .width = c.width, .heads = c.heads, .kv_heads = c.heads, .head = c.width / c.heads, .vocabulary = c.vocabulary,
            .context = c.positions, .causal = false};
  }
  Tensor hidden(const Batch& in) const override {
    Tensor x = embeddings(in);
    for (const Block& block : blocks) x = block(x, in);
    return x;
  }
};

constexpr std::string_view kPrefixes[] = {"bert."};
constexpr std::string_view kUnused[] = {"embeddings.position_ids", "pooler.", "cls.", "classifier."};

}  // namespace

Architecture bert() {
  return {.name = "bert", .prefixes = kPrefixes, .unused = kUnused,
          .make = [](const nn::Weights& w, const Config& c) -> std::unique_ptr<Model> { return std::make_unique<Bert>(w, c); }};
}

}  // namespace maru::models

// ViT (Dosovitskiy et al. 2021): an encoder of images. An image is cut into square patches, each becomes a row by one linear layer, a
// learned row goes before them, and positions are added. Blocks normalise before each part; texts and images differ in nothing after that.
#include <algorithm>
#include <optional>

#include "maru/models/encoder_common.h"

namespace maru::models {
namespace {

struct Parameters {
  int layers;
  std::int64_t width, hidden, heads, image, patch, channels, pooled;
  float eps;
  ops::Activation activation;
  nn::Linear::Bias qkv_bias;
  explicit Parameters(const Config& c)
      : layers(int(c.integer("num_hidden_layers", 1, 1024))), width(c.integer("hidden_size", 1, 1 << 20)),
        hidden(c.integer("intermediate_size", 1, 1 << 22)), heads(c.integer("num_attention_heads", 1, 1 << 14)),
        image(c.integer("image_size", 1, 1 << 14, 224)), patch(c.integer("patch_size", 1, 1 << 14, 16)),
        channels(c.integer("num_channels", 1, 64, 3)), pooled(c.integer("pooler_output_size", 1, 1 << 20, width)),
        eps(c.positive("layer_norm_eps", 1e-12f)), activation(c.activation("hidden_act", "gelu")),
        qkv_bias(c.boolean("qkv_bias", true) ? nn::Linear::with_bias : nn::Linear::no_bias) {
    c.check_heads(width, heads);
    check(patch <= image, "{}: patch_size is {}, but an image has {} by {} pixels", c.metadata().where(), patch, image, image);
  }
  std::int64_t side() const { return image / patch; }              // patches in a row; pixels left over at the edge are not seen
  std::int64_t rows() const { return side() * side() + 1; }
};

// Patches as rows, each channel by channel and line by line, as the weights of the convolution lie.  images: [n, channels, height, width]
// -> [n * side², channels * patch²]
Tensor unfolded(const Tensor& images, const Parameters& c) {
  const std::int64_t n = images.dim(0), side = c.side();
  Tensor rows({n * side * side, c.channels * c.patch * c.patch});
  float* to = rows.data();
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t y = 0; y < side; ++y)
      for (std::int64_t x = 0; x < side; ++x)
        for (std::int64_t channel = 0; channel < c.channels; ++channel)
          for (std::int64_t line = 0; line < c.patch; ++line) {
            const std::int64_t from = ((i * c.channels + channel) * c.image + y * c.patch + line) * c.image + x * c.patch;
            to = std::copy_n(images.data() + from, c.patch, to);
          }
  return rows;
}

struct Embeddings {
  Parameters c;
  Tensor class_token, positions, patches, patch_bias;
  Embeddings(const nn::Weights& w, const Parameters& c)
      : c(c), class_token(w.get("cls_token", {1, 1, c.width}).decoded()),
        positions(w.get("position_embeddings", {1, c.rows(), c.width}).decoded()),
        patches(w.get("patch_embeddings.projection.weight", {c.width, c.channels, c.patch, c.patch})),
        patch_bias(w.get("patch_embeddings.projection.bias", {c.width})) {}
  Tensor operator()(const Tensor& images) const {
    const std::int64_t n = images.dim(0), seen = c.rows() - 1;
    const Tensor flat = patches.reshape({c.width, c.channels * c.patch * c.patch});
    const Tensor patch = ops::linear(unfolded(images, c), flat, patch_bias);
    // Row 0 is the class token's; it goes before the patches of every image.
    std::vector<std::int64_t> order, places;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t row = 0; row <= seen; ++row) {
        order.push_back(row == 0 ? 0 : i * seen + row);
        places.push_back(row);
      }
    const Tensor rows = ops::gather(ops::join(class_token.reshape({1, c.width}), patch), order);
    return ops::add(rows, ops::gather(positions.reshape({c.rows(), c.width}), places));
  }
};

struct Block {
  int layer;
  ops::Activation activation;
  nn::LayerNorm before_attention, before_mlp;
  nn::Attention attention;
  nn::Linear up, down;
  Block(const nn::Weights& w, const Parameters& c, int layer)
      : layer(layer), activation(c.activation), before_attention(w / "layernorm_before", c.width, c.eps),
        before_mlp(w / "layernorm_after", c.width, c.eps),
        attention(w / "attention", {"attention.query", "attention.key", "attention.value", "output.dense", c.qkv_bias}, c.width, c.heads,
                  c.width / c.heads),
        up(w / "intermediate.dense", c.width, c.hidden, nn::Linear::with_bias),
        down(w / "output.dense", c.hidden, c.width, nn::Linear::with_bias) {}
  Tensor operator()(const Tensor& x, const ops::Ragged& rows) const {
    const Tensor h = ops::add(x, attention(before_attention(x), rows, {.causal = false, .layer = layer}));
    return tap({"residual", layer}, ops::add(h, down(ops::activate(up(before_mlp(h)), activation))));
  }
};

struct Vit final : Model {
  Parameters c;
  Embeddings embeddings;
  std::vector<Block> blocks;
  nn::LayerNorm norm;
  std::optional<nn::Linear> pooler, classifier;
  Vit(const nn::Weights& w, const Config& config)
      : c(config), embeddings(w / "embeddings", c), blocks(nn::stack<Block>(w / "encoder" / "layer", c.layers, c)),
        norm(w / "layernorm", c.width, c.eps) {
    constexpr auto bias = nn::Linear::with_bias;
    if (w.has("pooler.dense.weight")) {
      pooler.emplace(w / "pooler" / "dense", c.width, c.pooled, bias);
      const std::string_view after = config.string("pooler_act", "tanh");
      check(after == "tanh", "{}: pooler_act is '{}', expected tanh", config.metadata().where(), after);
    }
    if (w.has("classifier.weight")) classifier.emplace(w / "classifier", c.width, config.labels(), bias);
  }
  Info info() const override {
    Info info{.layers = c.layers, .width = c.width, .heads = c.heads, .kv_heads = c.heads, .head = c.width / c.heads, .context = c.rows(),
              .image_size = c.image, .channels = c.channels};
    if (pooler) info.answers.push_back(Head::pooled);
    if (classifier) info.answers.push_back(Head::sequence);
    return info;
  }
  // One sequence an image, of info().context rows.
  Tensor hidden(const Batch& in) const override {
    const Tensor& images = in.images;
    const bool fits = images && images.shape().rank() == 4 && images.dim(1) == c.channels && images.dim(2) == c.image && images.dim(3) == c.image;
    check(fits, "this model sees images of {} channels, {} by {}; got {}", c.channels, c.image, c.image,
          images ? images.shape().text() : "none");
    check(in.rows.sequences() == images.dim(0) && in.rows.rows() == images.dim(0) * c.rows(),
          "{} images of {} rows each, but the batch has {} in {} sequences", images.dim(0), c.rows(), in.rows.rows(), in.rows.sequences());
    Tensor x = tap({"residual", -1}, embeddings(in.images));
    for (const Block& block : blocks) x = block(x, in.rows);
    return norm(x);
  }
  Tensor answer(Head head, const Tensor& h, const ops::Ragged& rows) const override {
    if (head == Head::pooled && pooler) return ops::activate((*pooler)(first_rows(h, rows)), ops::Activation::tanh);
    if (head == Head::sequence && classifier) return (*classifier)(first_rows(h, rows));
    return Model::answer(head, h, rows);
  }
};

constexpr std::string_view kPrefixes[] = {"vit."};
constexpr std::string_view kUnused[] = {"embeddings.mask_token", "decoder."};

}  // namespace

Architecture vit() {
  return {.name = "vit", .prefixes = kPrefixes, .unused = kUnused,
          .make = [](const nn::Weights& w, const Config& c) -> std::unique_ptr<Model> { return std::make_unique<Vit>(w, c); }};
}

}  // namespace maru::models

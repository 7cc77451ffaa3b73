#pragma once
// What the files of decoders share: sizes, turning positions and windows as config.json or GGUF say them, heads that read the last row,
// and the whole model of those families whose block is LLaMA's.
#include <functional>
#include <optional>
#include <vector>

#include "maru/models/models.h"
#include "maru/nn/gated_block.h"

namespace maru::models {

struct DecoderSizes {
  int layers;
  std::int64_t width, hidden, heads, kv_heads, head, vocabulary, context;
  float eps;
  struct Otherwise {          // what a config.json need not say; 0: it must
    std::int64_t heads = 0, kv_heads = 0, head = 0, vocabulary = 0, context = 0;
    float eps = 0;
  };
  // Throws Error when heads cannot share the width, or the key-value heads, evenly.
  explicit DecoderSizes(const Config& c) : DecoderSizes(c, {}) {}
  DecoderSizes(const Config& c, const Otherwise& otherwise);
  Info info() const;
  nn::GroupedConfig attention() const { return {.width = width, .heads = heads, .kv_heads = kv_heads, .head = head}; }
};

// Where a config.json describes positions, the first place that says it wins: `rope_parameters.` of today, `rope_scaling.` with rope_theta
// beside it of before.
struct RopePlaces {
  std::vector<std::string_view> places = {"rope_parameters.", "rope_scaling."};
  std::string_view theta_key = "rope_theta";
  float theta = 10000;        // where neither says it
};
// How positions turn heads: the base, and how much slower each pair turns in a model whose context was stretched. Chen et al. 2023
// ("linear"); Llama 3.1's reading by wavelength ("llama3"), which GGUF stores as a tensor. Throws Error for another way.
ops::Rope rotary(const Config& c, const nn::Weights& w, std::int64_t head, const RopePlaces& where = {});

// LLaMA's block in these sizes, with the activation and the positions that the configuration names.
nn::GatedBlockConfig gated_block(const Config& c, const nn::Weights& w, const DecoderSizes& sizes);

// The window of each layer, 0 for none: as layer_types lists them, or else as `slides` says of a layer.
std::vector<std::int64_t> windows(const Config& c, int layers, std::int64_t window, const std::function<bool(int layer)>& slides);

// Qwen's: none unless use_sliding_window, and then of the layers from max_window_layers on.
std::vector<std::int64_t> windows_of_upper_layers(const Config& c, int layers);

// The row of each sequence's last token, which has seen all others.  -> [sequences, width]
Tensor last_rows(const Tensor& hidden, const ops::Ragged& rows);

// The next token, by the words' own table when it is tied; or the label of a text, by its last row.
class DecoderHeads {
 public:
  // words: the table of embeddings; tied: what it means when config.json says nothing.
  DecoderHeads(const nn::Weights& w, const Config& c, const nn::Embedding& words, bool tied = false);
  std::vector<Head> answers() const;
  bool holds(Head head) const { return head == Head::vocabulary ? tied_ || vocabulary_ : head == Head::sequence && score_.has_value(); }
  Tensor operator()(Head head, const Tensor& hidden, const ops::Ragged& rows) const;

 private:
  const nn::Embedding words_;
  bool tied_ = false;
  std::optional<nn::Linear> vocabulary_, score_;
};

// Embeddings, LLaMA's blocks, a last norm, and the heads. With `windows`, each layer's stands there.
class GatedDecoder final : public Model {
 public:
  GatedDecoder(const nn::Weights& w, const Config& c, const DecoderSizes& sizes, const nn::GatedBlockConfig& block,
               std::span<const std::int64_t> windows = {});
  Info info() const override;
  Tensor hidden(const Batch& in) const override;
  Tensor answer(Head head, const Tensor& hidden, const ops::Ragged& rows) const override;

 private:
  DecoderSizes sizes_;
  nn::Embedding words_;
  std::vector<nn::GatedBlock> blocks_;
  nn::RmsNorm norm_;
  DecoderHeads heads_;
};

// How GGUF calls the tensors of a GatedDecoder, and the keys of every decoder that is normalised by root mean squares.
extern const std::span<const std::pair<std::string_view, std::string_view>> kGatedTensors, kDecoderKeys;
// What files may hold besides: a head that is tied anyway, and frequencies that follow from the configuration.
extern const std::span<const std::string_view> kDecoderUnused, kDecoderPrefixes;

}  // namespace maru::models

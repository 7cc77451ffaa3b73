#pragma once
// One pass of a model with everything that it computes on the way, in order and by name; and the same pass with something changed. Knows
// ids, not texts: the cut is in cut.h, what the numbers mean in measures.h.
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/models/models.h"

namespace maru::watch {

struct Input {
  std::vector<std::int32_t> ids, types = {};   // types: empty, or one an id
  std::vector<std::int32_t> target = {};       // what the decoder of an encoder–decoder reads, its start token first
  Tensor image = {};                           // [1, channels, height, width] for a model that sees; ids are empty
};

struct Recorded {
  std::string site;                            // a layer's own name, "model.layers.3.mlp.down_proj", or "attention.weights", "residual"
  int layer = -1;                              // as the site says it; -1: it does not, and of a residual: before the first layer
  int block = -1;                              // the layer that it is computed in; -1: before the first; as many as there are layers: after
  bool encoder = false;                        // of an encoder–decoder: on which side
  std::vector<std::int64_t> shape;
  Tensor value;                                // empty unless Watching::keep says so
};

// A head's part of what its attention gives is set to zero, before the projection out.  Michel et al. 2019.
struct Ablation {
  std::string attention = "attention";         // "encoder.attention", "decoder.attention", "cross_attention" of an encoder–decoder
  int layer = 0, head = 0;
};

// A row of a value is replaced by another: activation patching.  Vig et al. 2020, Meng et al. 2022.
struct Patch {
  std::string site = "residual";
  int layer = -1;
  std::int64_t position = 0;
  Tensor row;                                  // as many values as a row of that value has
};

struct Watching {
  // Which values stay. The others are listed with their shapes; attention's scores and weights are computed only when they are kept.
  std::function<bool(const Site&)> keep = {};
  std::vector<Ablation> ablations = {};
  std::vector<Patch> patches = {};
  bool answers = false;                        // what the file's heads say, too: every row of them
  const Cancel* cancel = nullptr;
};

struct Pass {
  std::vector<Recorded> tensors;               // in the order of computation
  Tensor hidden;                               // [rows, width]: the last; of an encoder–decoder, its decoder's
  Tensor encoded;                              // [source rows, width] of an encoder–decoder
  ops::Ragged rows;                            // of `hidden`
  std::vector<std::pair<models::Head, Tensor>> answers;
  // Null where nothing of that name was kept.
  const Tensor* find(std::string_view site, int layer) const;
};

// In f32, as the engine computes exactly. Throws Error (usage) for an ablation or a patch that meets nothing, with what there is.
Pass pass(const models::Model& model, const Input& input, const Watching& watching = {});

// The kinds of attention that a model has, by the names of their taps, with how many layers each has.
struct AttentionKind {
  std::string name;
  int layers = 0;
};
std::vector<AttentionKind> attention_kinds(const models::Info& info);
// The site of the residual stream whose last is what the head reads.
std::string_view residual_site(const models::Info& info);

}  // namespace maru::watch

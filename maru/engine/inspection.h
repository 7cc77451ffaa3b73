#pragma once
// Everything a model computes on one text, by the names of the reference library's AutoModel outputs: for learning and looking, not for
// speed.
#include <string>
#include <vector>

#include "maru/engine/pretrained.h"

namespace maru::engine {

struct Computed {
  std::string name;                    // "last_hidden_state", "hidden_states[2]", "attentions[0]", "logits"
  std::vector<std::int64_t> shape;     // the axis of the batch first, always 1
  Tensor value;                        // of the same size
};

struct Inspected {
  text::Encoding tokens;               // with types and offsets
  std::vector<std::int32_t> target;    // what the decoder of an encoder–decoder read
  std::vector<Computed> tensors;       // in the order in which the model computes them; heads last
};

struct InspectOptions {
  std::string pair = {};               // a second text, for models that were trained on pairs
  std::string target = {};             // of an encoder–decoder: what its decoder has written so far, behind its start
};

// Throws Error (limit) with the counts for a text longer than the model, (invalid) for a model that reads no text.
Inspected inspect(const Pretrained& model, const std::string& text, const InspectOptions& options = {});

}  // namespace maru::engine

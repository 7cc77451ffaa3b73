#pragma once
// A padded batch through any model, as the reference library computes it: every row is there, those of padding too, which ask but are never
// seen. For those who know the reference's shapes; the engine's own callers never pad.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "maru/engine/inspection.h"

namespace maru::engine {

struct PaddedBatch {
  std::int64_t texts = 0;
  std::span<const std::int32_t> ids;                   // [texts, length], row by row
  std::span<const std::int32_t> mask = {};             // of the same size, 1 for what is seen, the ones of a text together; empty: all ones
  std::span<const std::int32_t> types = {};            // of the same size; empty: all 0
  // What the decoder of an encoder–decoder reads, [texts, its length]; empty: the ids moved one on, behind the decoder's start, as BART
  // takes it.
  std::span<const std::int32_t> target = {};
};

struct PaddedOptions {
  bool attentions = false, hidden_states = false;
  std::vector<models::Head> heads = {};                // what is asked of the last hidden states
};

// The tensors by the reference's names, the batch their first axis: those of inspect(), the heads' last. Positions count from each row's
// beginning, or, in RoBERTa's family, from the first id that is not the padding's. Throws Error (limit) with the counts for a batch that is
// longer than the model, (invalid) for a mask with holes and a head that the file does not hold.
std::vector<Computed> run_padded(const Pretrained& model, const PaddedBatch& batch, const PaddedOptions& options = {});

}  // namespace maru::engine

#pragma once
// What the numbers of a pass say: the next token, the loss of every position, what each layer would already answer, who sees whom.
#include <span>
#include <string>
#include <vector>

#include "maru/watch/pass.h"

namespace maru::watch {

struct Candidate {
  std::int32_t id = 0;
  double logit = 0, probability = 0;           // of the softmax over all logits
};
// The `count` largest, largest first; of equal ones the smaller id.
std::vector<Candidate> best(std::span<const float> logits, std::size_t count);
Candidate of(std::span<const float> logits, std::int32_t id);
double log_probability(std::span<const float> logits, std::int32_t id);
std::int64_t rank(std::span<const float> logits, std::int32_t id);   // 1: none is larger

// What the vocabulary's head says at one row of a pass.  -> [vocabulary]. Throws Error (usage) where the file has no such head.
Tensor logits_at(const models::Model& model, const Pass& pass, std::int64_t position);

struct Loss {
  std::int64_t position = 0;                   // of the token that is foretold
  std::int32_t id = 0;
  double loss = 0;                             // -log p(id), natural
  std::int64_t rank = 0;
};
struct Losses {
  std::vector<Loss> positions;
  int passes = 1;
  double mean() const;
  double perplexity() const;
};
// Of a decoder: every token but the first, from what stands before it, all from this one pass. `ids`: what the decoder read.
Losses next_token_losses(const models::Model& model, const Pass& pass, std::span<const std::int32_t> ids);
// Of an encoder with a mask: each token of `positions` is masked in a pass of its own and foretold from all others. Salazar et al. 2020.
Losses masked_losses(const models::Model& model, const Input& input, std::span<const std::int64_t> positions, std::int32_t mask,
                     const Cancel* cancel = nullptr);

// The logit lens: the residual stream behind every layer, through the last norm and the head, as if the layers above were not there.
// nostalgebraist 2020.  -> [layers + 1, vocabulary], the embeddings first; the last row is the model's own answer.
// The pass must have kept the residuals.
Tensor lens(const models::Model& model, const Pass& pass, std::int64_t position);

// One head's matrix, [queries, keys].
Tensor head_of(const Tensor& matrices, std::int64_t head);
// Which keys each query sees, from scores that are -infinity where it sees none.
struct Sight {
  std::string kind;                            // "bidirectional", "causal", "window", "cross"
  std::int64_t seen = 0, pairs = 0, window = 0; // window: the most keys that a query sees, where it is fewer than stand before it
};
Sight sight(const Tensor& scores, bool cross);

// How attention is shared between a token itself, those before and those behind it: the mean over layers, heads and queries.
struct Shares {
  double self = 0, earlier = 0, later = 0;
  double most_later = 0;                       // the largest single weight on a later key; exactly 0 behind a causal mask
};
Shares shares(const Pass& pass, const AttentionKind& kind);

// |a - b| / |b| and the cosine, of two rows of one width.
struct Change {
  double relative = 0, cosine = 1;
};
Change change(std::span<const float> now, std::span<const float> before);
// Kullback-Leibler divergence of softmax(now) from softmax(before), in nats.
double divergence(std::span<const float> before, std::span<const float> now);

}  // namespace maru::watch

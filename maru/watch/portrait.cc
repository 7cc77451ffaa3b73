// Every fact is a pass or an intervention: nothing is said of a kind of model that was not measured on this one.
#include "maru/watch/portrait.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace maru::watch {
namespace {

// Weights of all layers, once through.
void read_weights(const Pass& seen, int layers, std::span<const std::int64_t> positions, Portrait& out) {
  std::vector<bool> own(std::size_t(out.tokens), false);
  for (const std::int64_t at : positions) own[std::size_t(at)] = true;
  double rows = 0;
  for (int layer = 0; layer < layers; ++layer) {
    const Tensor& weights = *seen.find("attention.weights", layer);
    const std::int64_t heads = weights.dim(0), n = weights.dim(1);
    for (std::int64_t h = 0; h < heads; ++h)
      for (std::int64_t i = 0; i < n; ++i, ++rows) {
        double entropy = 0;
        for (std::int64_t j = 0; j < n; ++j) {
          const double weight = weights.data()[(h * n + i) * n + j];
          if (weight > 0) entropy -= weight * std::log(weight);
          Relation& relation = j < i ? out.to_earlier : out.to_later;
          if (i != j && own[std::size_t(i)] && own[std::size_t(j)] && weight > relation.weight)
            relation = {.layer = layer, .head = int(h), .query = i, .key = j, .weight = weight};
        }
        out.attended += std::exp(entropy);
      }
  }
  if (rows > 0) out.attended /= rows;
}

// How one word's vector moves when another word is replaced.
Change moved(const models::Model& model, const Input& input, const Tensor& before, std::int64_t replaced, std::int64_t looked_at, std::int32_t id,
             const Cancel* cancel) {
  Input other = input;
  other.ids[std::size_t(replaced)] = id;
  const Tensor now = pass(model, other, {.cancel = cancel}).hidden;
  return change(now.rows(looked_at, looked_at + 1).values(), before.rows(looked_at, looked_at + 1).values());
}

std::int64_t parameters(const io::ModelFile& file) {
  std::int64_t sum = 0;
  for (const io::StoredTensor& tensor : file.tensors) {
    std::int64_t size = 1;
    for (const std::int64_t n : tensor.shape) size *= n;
    sum += size;
  }
  return sum;
}

double fastest_ms(const models::Model& model, const Input& input, const Cancel* cancel) {
  double best = 1e300;
  ops::Ragged rows;
  rows.add(std::int64_t(input.ids.size()));
  std::vector<std::int32_t> positions;
  for (std::size_t i = 0; i < input.ids.size(); ++i) positions.push_back(std::int32_t(i));
  for (int i = 0; i < 3; ++i) {
    if (cancel) cancel->check();
    const auto begin = std::chrono::steady_clock::now();
    (void)model.hidden({.ids = input.ids, .positions = positions, .rows = rows});
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

}  // namespace

Portrait portrait(const engine::Pretrained& pretrained, const Input& input, std::span<const std::int64_t> positions, std::optional<std::int32_t> mask,
                  const Cancel* cancel) {
  const models::Model& model = pretrained.model();
  const models::Info info = model.info();
  if (positions.empty()) fail(ErrorKind::usage, "the text has no token of its own to look at");
  Portrait out;
  out.tokens = std::int64_t(input.ids.size()), out.parameters = parameters(pretrained.file());
  const Pass seen = pass(model, input, {.keep = [](const Site& site) {
                                          return site.name == "attention.weights" || (site.name == "attention.scores" && site.layer == 0);
                                        }, .cancel = cancel});
  out.sight = sight(head_of(*seen.find("attention.scores", 0), 0), false);
  out.shares = shares(seen, {"attention", info.layers});
  read_weights(seen, info.layers, positions, out);
  out.first = positions.front(), out.last = positions.back();
  // A word that is no neighbour of what it replaces: the mask, or the next id of the vocabulary.
  const std::int32_t last_id = input.ids[std::size_t(out.last)];
  out.replacement = mask && *mask != last_id ? *mask : std::int32_t((last_id + 1) % info.vocabulary);
  if (out.first != out.last) {
    out.first_by_last = moved(model, input, seen.hidden, out.last, out.first, out.replacement, cancel);
    out.last_by_first = moved(model, input, seen.hidden, out.first, out.last, out.replacement, cancel);
  }
  if (model.answers(models::Head::vocabulary)) {
    out.logits_shape = {1, out.tokens, info.vocabulary};
    if (info.causal && input.ids.size() > 1) out.losses = next_token_losses(model, seen, input.ids);
    else if (!info.causal && mask) out.losses = masked_losses(model, input, positions, *mask, cancel);
  }
  out.hidden_shape = {1, out.tokens, info.width};
  out.pass_ms = fastest_ms(model, input, cancel);
  return out;
}

}  // namespace maru::watch

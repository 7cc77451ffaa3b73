// Prefill and decode are the same call on more or fewer rows.
#include "maru/engine/session.h"

#include <algorithm>
#include <numeric>

namespace maru::engine {

namespace {
constexpr std::size_t kChunk = 512;  // rows a call: enough for the kernels to be busy, few enough to stop soon
}

std::size_t kv_bytes_per_token(const models::Info& info, ops::KvType type) {
  return std::size_t(info.layers) * ops::KvCache::page_bytes(info.kv_heads, info.head, type) / kernels::kPage;
}

Session::Session(const models::Model& model, ops::KvType type)
    : model_(model), info_(model.info()), cache_(info_.layers, info_.kv_heads, info_.head, type) {
  check(info_.causal, "this model is an encoder: it gives vectors, not next words");
  check(model.answers(models::Head::vocabulary), "this model's file does not hold {}",
        made(models::name_of(models::Head::vocabulary), {}));
}

Tensor Session::run(std::span<const std::int32_t> ids, Rows rows, const Cancel* cancel) {
  if (cache_.length() + std::int64_t(ids.size()) > info_.context)
    fail(ErrorKind::limit, "context: {} tokens so far and {} more exceed the {} that the model was trained for", cache_.length(), ids.size(), info_.context);
  check(!ids.empty(), "nothing to run: the prompt has no tokens");
  std::vector<Tensor> all;
  Tensor last;
  for (std::size_t at = 0; at < ids.size(); at += kChunk) {
    if (cancel) cancel->check();
    const auto part = ids.subspan(at, std::min(kChunk, ids.size() - at));
    std::vector<std::int32_t> positions(part.size());
    std::iota(positions.begin(), positions.end(), std::int32_t(cache_.length()));
    ops::Ragged batch_rows;
    batch_rows.add(std::int64_t(part.size()));
    ops::KvCache* caches[] = {&cache_};
    const Tensor hidden = model_.hidden({.ids = part, .positions = positions, .rows = batch_rows, .caches = caches});
    cache_.advance(std::int64_t(part.size()));
    if (rows == Rows::all) all.push_back(model_.logits(hidden));
    // The last row only: nobody reads the logits of the prompt.
    else if (at + kChunk >= ids.size()) last = model_.logits(ops::slice(hidden, hidden.dim(0) - 1, hidden.dim(0)));
  }
  if (rows == Rows::last) return last;
  Tensor joined({std::int64_t(ids.size()), info_.vocabulary});
  float* to = joined.data();
  for (const Tensor& t : all) to = std::copy_n(t.data(), t.size(), to);
  return joined;
}

}  // namespace maru::engine

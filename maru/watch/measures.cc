// Plain arithmetic over what a pass kept, in f64. The lens is an intervention: the last layer's residual is replaced by another's.
#include "maru/watch/measures.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace maru::watch {
namespace {

constexpr std::int64_t kRows = 64;             // whose logits are held at once

// log of the sum of e^logit.
double log_sum(std::span<const float> logits) {
  const float top = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float v : logits) sum += std::exp(double(v) - double(top));
  return double(top) + std::log(sum);
}

void check_vocabulary(const models::Model& model) {
  if (!model.answers(models::Head::vocabulary))
    fail(ErrorKind::usage, "this file has no head that says tokens; it gives vectors, or labels");
}

// Rows through the last norm and the head alone: each is a sequence of one token, whose last residual is the row.
class Instead final : public Probe {
 public:
  Instead(std::string_view site, int layer, Tensor rows) : site_(site), layer_(layer), rows_(std::move(rows)) {}
  Tensor see(Site site, Tensor value) override { return site.name == site_ && site.layer == layer_ ? rows_ : value; }

 private:
  std::string_view site_;
  int layer_;
  Tensor rows_;
};

}  // namespace

std::vector<Candidate> best(std::span<const float> logits, std::size_t count) {
  std::vector<std::int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  count = std::min(count, order.size());
  std::ranges::partial_sort(order, order.begin() + std::ptrdiff_t(count), [&](std::int32_t a, std::int32_t b) {
    const float la = logits[std::size_t(a)], lb = logits[std::size_t(b)];
    return la != lb ? la > lb : a < b;
  });
  const double sum = log_sum(logits);
  std::vector<Candidate> out;
  for (std::size_t i = 0; i < count; ++i) {
    const double logit = logits[std::size_t(order[i])];
    out.push_back({.id = order[i], .logit = logit, .probability = std::exp(logit - sum)});
  }
  return out;
}

double log_probability(std::span<const float> logits, std::int32_t id) { return double(logits[std::size_t(id)]) - log_sum(logits); }

Candidate of(std::span<const float> logits, std::int32_t id) {
  return {.id = id, .logit = logits[std::size_t(id)], .probability = std::exp(log_probability(logits, id))};
}

std::int64_t rank(std::span<const float> logits, std::int32_t id) {
  return 1 + std::ranges::count_if(logits, [own = logits[std::size_t(id)]](float v) { return v > own; });
}

Tensor logits_at(const models::Model& model, const Pass& pass, std::int64_t position) {
  check_vocabulary(model);
  const ops::PrecisionScope exact(ops::Precision::exact);
  const Tensor logits = model.logits(pass.hidden.rows(position, position + 1));
  return logits.reshape({logits.dim(-1)});
}

double Losses::mean() const {
  double sum = 0;
  for (const Loss& one : positions) sum += one.loss;
  return positions.empty() ? 0 : sum / double(positions.size());
}
double Losses::perplexity() const { return std::exp(mean()); }

Losses next_token_losses(const models::Model& model, const Pass& pass, std::span<const std::int32_t> ids) {
  check_vocabulary(model);
  const ops::PrecisionScope exact(ops::Precision::exact);
  Losses out;
  const std::int64_t last = std::int64_t(ids.size()) - 1;
  for (std::int64_t begin = 0; begin < last; begin += kRows) {
    const std::int64_t end = std::min(last, begin + kRows);
    const Tensor logits = model.logits(pass.hidden.rows(begin, end));
    const std::size_t width = std::size_t(logits.dim(-1));
    for (std::int64_t r = begin; r < end; ++r) {
      const std::span<const float> row = logits.values().subspan(std::size_t(r - begin) * width, width);
      const std::int32_t id = ids[std::size_t(r) + 1];
      out.positions.push_back({.position = r + 1, .id = id, .loss = -log_probability(row, id), .rank = rank(row, id)});
    }
  }
  return out;
}

Losses masked_losses(const models::Model& model, const Input& input, std::span<const std::int64_t> positions, std::int32_t mask, const Cancel* cancel) {
  check_vocabulary(model);
  Losses out{.positions = {}, .passes = int(positions.size())};
  for (const std::int64_t at : positions) {
    Input masked = input;
    const std::int32_t id = std::exchange(masked.ids[std::size_t(at)], mask);
    const Tensor logits = logits_at(model, pass(model, masked, {.cancel = cancel}), at);
    out.positions.push_back({.position = at, .id = id, .loss = -log_probability(logits.values(), id), .rank = rank(logits.values(), id)});
  }
  return out;
}

Tensor lens(const models::Model& model, const Pass& pass, std::int64_t position) {
  check_vocabulary(model);
  const models::Info info = model.info();
  const std::string_view site = residual_site(info);
  const std::int64_t count = info.layers + 1;
  Tensor rows({count, info.width});
  for (int layer = -1; layer < info.layers; ++layer) {
    const Tensor* const residual = pass.find(site, layer);
    check(residual, "the lens needs the residual stream of layer {}, which was not kept", layer);
    std::copy_n(residual->data() + position * info.width, info.width, rows.data() + (layer + 1) * info.width);
  }
  const ops::PrecisionScope exact(ops::Precision::exact);
  Instead instead(site, info.layers - 1, rows);
  const Probe::Scope scope(instead);
  ops::Ragged one_each;
  for (std::int64_t i = 0; i < count; ++i) one_each.add(1);
  const std::vector<std::int32_t> ids(std::size_t(count), 0), positions(std::size_t(count), 0);
  const models::Memory memory{.hidden = info.encoder_decoder ? Tensor::zeros({count, info.width}) : Tensor(), .rows = one_each};
  return model.logits(model.hidden({.ids = ids, .positions = positions, .rows = one_each, .memory = info.encoder_decoder ? &memory : nullptr}));
}

Tensor head_of(const Tensor& matrices, std::int64_t head) { return matrices.rows(head, head + 1).reshape({matrices.dim(1), matrices.dim(2)}); }

Sight sight(const Tensor& scores, bool cross) {
  const std::int64_t queries = scores.dim(0), keys = scores.dim(1);
  Sight out{.kind = {}, .pairs = queries * keys};
  bool later = false, cut = false;
  for (std::int64_t i = 0; i < queries; ++i) {
    std::int64_t seen = 0;
    for (std::int64_t j = 0; j < keys; ++j) {
      if (std::isinf(scores.data()[i * keys + j])) continue;
      ++seen;
      later |= j > i;
    }
    cut |= seen < i + 1;
    out.window = std::max(out.window, seen);
    out.seen += seen;
  }
  out.kind = cross ? "cross" : later || keys == 1 ? "bidirectional" : cut ? "window" : "causal";
  if (out.kind != "window") out.window = 0;
  return out;
}

Shares shares(const Pass& pass, const AttentionKind& kind) {
  Shares out;
  double rows = 0;
  for (int layer = 0; layer < kind.layers; ++layer) {
    const Tensor* const weights = pass.find(kind.name + ".weights", layer);
    check(weights, "the weights of {} in layer {} were not kept", kind.name, layer);
    const std::int64_t heads = weights->dim(0), queries = weights->dim(1), keys = weights->dim(2);
    for (std::int64_t h = 0; h < heads; ++h)
      for (std::int64_t i = 0; i < queries; ++i, ++rows)
        for (std::int64_t j = 0; j < keys; ++j) {
          const double weight = weights->data()[(h * queries + i) * keys + j];
          (j == i ? out.self : j < i ? out.earlier : out.later) += weight;
          if (j > i) out.most_later = std::max(out.most_later, weight);
        }
  }
  if (rows > 0) out.self /= rows, out.earlier /= rows, out.later /= rows;
  return out;
}

Change change(std::span<const float> now, std::span<const float> before) {
  double difference = 0, size = 0, size_now = 0, dot = 0;
  for (std::size_t i = 0; i < now.size(); ++i) {
    const double a = now[i], b = before[i];
    difference += (a - b) * (a - b), size += b * b, size_now += a * a, dot += a * b;
  }
  return {.relative = size > 0 ? std::sqrt(difference / size) : 0, .cosine = size > 0 && size_now > 0 ? dot / std::sqrt(size * size_now) : 0};
}

double divergence(std::span<const float> before, std::span<const float> now) {
  const double sum = log_sum(before), sum_now = log_sum(now);
  double out = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const double log_p = double(before[i]) - sum;
    out += std::exp(log_p) * (log_p - (double(now[i]) - sum_now));
  }
  return std::max(out, 0.0);
}

}  // namespace maru::watch

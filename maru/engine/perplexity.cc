// Perplexity by windows; logits are made a few rows at a time, since those of a whole window may take more room than the model.
#include "maru/engine/perplexity.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace maru::engine {
namespace {

constexpr std::int64_t kRows = 64;  // whose logits are held at once

double log_probability(std::span<const float> logits, std::int32_t token) {
  const float top = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float v : logits) sum += std::exp(double(v - top));
  return double(logits[std::size_t(token)] - top) - std::log(sum);
}

// -log p of each token of the window's second half, given all before it.
std::vector<double> surprises(const models::Model& model, std::span<const std::int32_t> ids) {
  ops::Ragged rows;
  rows.add(std::int64_t(ids.size()));
  std::vector<std::int32_t> positions(ids.size());
  std::iota(positions.begin(), positions.end(), 0);
  const Tensor hidden = model.hidden({.ids = ids, .positions = positions, .rows = rows});
  std::vector<double> all;
  const std::int64_t last = std::int64_t(ids.size()) - 1;
  for (std::int64_t begin = std::int64_t(ids.size()) / 2; begin < last; begin += kRows) {
    const std::int64_t end = std::min(last, begin + kRows);
    const Tensor logits = model.logits(hidden.rows(begin, end));
    const std::size_t width = std::size_t(logits.dim(-1));
    for (std::int64_t r = begin; r < end; ++r)
      all.push_back(-log_probability(logits.values().subspan(std::size_t(r - begin) * width, width), ids[std::size_t(r) + 1]));
  }
  return all;
}

}  // namespace

Perplexity perplexity(const models::Model& model, const text::Tokenizer& tokenizer, std::string_view utf8,
    const PerplexityOptions& options) {
  const models::Info info = model.info();
  if (!info.causal || info.encoder_decoder)
    fail(ErrorKind::usage, "perplexity is of models that write text one token after the other; this is none");
  if (options.length < 4 || options.length > info.context)
    fail(ErrorKind::usage, "a window of {} tokens: this model takes 4 to {}", options.length, info.context);
  std::vector<std::int32_t> ids = tokenizer.encode(utf8, {.add_special = true}).ids;
  const bool begins = tokenizer.bos && !ids.empty() && ids[0] == *tokenizer.bos && tokenizer.special_count() > 0;
  const std::int64_t whole = std::int64_t(ids.size()) / options.length;
  if (whole == 0)
    fail(ErrorKind::usage, "the text has {} tokens, fewer than one window of {}; give a longer text or a shorter --length", ids.size(),
         options.length);
  Perplexity found{.windows = options.windows > 0 ? std::min(options.windows, whole) : whole, .tokens = std::int64_t(ids.size())};
  double sum = 0, squares = 0;
  for (std::int64_t w = 0; w < found.windows; ++w) {
    if (options.cancel) options.cancel->check();
    if (options.progress) options.progress({.what = "foretelling", .done = std::uint64_t(w), .total = std::uint64_t(found.windows),
        .unit = "windows"});
    const std::span<std::int32_t> window = std::span(ids).subspan(std::size_t(w * options.length), std::size_t(options.length));
    if (begins) window[0] = *tokenizer.bos;
    for (const double surprise : surprises(model, window)) {
      sum += surprise, squares += surprise * surprise;
      ++found.scored;
    }
  }
  const double n = double(found.scored), mean = sum / n, spread = squares / n - mean * mean;
  found.value = std::exp(mean);
  found.error = found.scored > 1 && spread > 0 ? std::sqrt(spread / (n - 1)) * found.value : 0;
  return found;
}

}  // namespace maru::engine

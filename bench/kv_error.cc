// bench_kv_error MODEL --text FILE [--length 2048] [--windows 4] [--exact]: what rounding keys and values costs. For each type of page the
// mean difference of log p(token) from f32 pages, and the perplexity, over the text's windows; JSON lines.
#include <CLI/CLI.hpp>

#include <cmath>

#include "bench/timing.h"
#include "maru/base/file.h"
#include "maru/engine/pretrained.h"
#include "maru/engine/session.h"

namespace maru::bench {
namespace {

// log p of each of the window's tokens but the first.
std::vector<double> log_probabilities(const models::Model& model, std::span<const std::int32_t> ids, ops::KvType type) {
  constexpr std::size_t kRows = 128;
  engine::Session session(model, type);
  std::vector<double> all;
  for (std::size_t at = 0; at + 1 < ids.size(); at += kRows) {
    const auto part = ids.subspan(at, std::min(kRows, ids.size() - 1 - at));
    const Tensor logits = session.run(part, engine::Session::Rows::all);
    for (std::size_t r = 0; r < part.size(); ++r) {
      const std::span<const float> row = logits.rows(std::int64_t(r), std::int64_t(r) + 1).values();
      const float top = *std::ranges::max_element(row);
      double sum = 0;
      for (const float x : row) sum += std::exp(double(x - top));
      all.push_back(double(row[std::size_t(ids[at + r + 1])] - top) - std::log(sum));
    }
  }
  return all;
}

}  // namespace
}  // namespace maru::bench

int main(int count, char** arguments) {
  using namespace maru;
  CLI::App app("The error of smaller pages of keys and values");
  std::string path, text;
  std::size_t length = 2048, windows = 4;
  bool exact_products = false;
  app.add_option("MODEL", path)->required();
  app.add_option("--text", text)->required();
  app.add_option("--length", length);
  app.add_option("--windows", windows);
  app.add_flag("--exact", exact_products, "Products without rounded activations, whose own noise hides that of the pages");
  CLI11_PARSE(app, count, arguments);
  try {
    const ops::PrecisionScope scope(exact_products ? ops::Precision::exact : ops::Precision::fast);
    const engine::Pretrained pretrained(path);
    const std::vector<std::int32_t> ids = pretrained.tokenizer()->encode(read_file(text, 1 << 28)).ids;
    check(length >= 2 && ids.size() >= length, "{}: {} tokens, fewer than one window of {}", text, ids.size(), length);
    const std::size_t used = std::min(windows, ids.size() / length);
    std::vector<double> exact;
    for (const ops::KvType type : {ops::KvType::f32, ops::KvType::f16, ops::KvType::q8_0}) {
      std::vector<double> all;
      for (std::size_t w = 0; w < used; ++w) {
        const auto window = bench::log_probabilities(pretrained.model(), std::span(ids).subspan(w * length, length), type);
        all.insert(all.end(), window.begin(), window.end());
      }
      if (type == ops::KvType::f32) exact = all;
      double difference = 0, sum = 0;
      for (std::size_t i = 0; i < all.size(); ++i) difference += std::abs(all[i] - exact[i]), sum += all[i];
      const double n = double(all.size());
      const Json line = {{"bench", "kv error"}, {"pages", ops::name_of(type)}, {"exact", exact_products}, {"windows", used}, {"length", length},
                         {"tokens", all.size()}, {"mean_difference", difference / n}, {"perplexity", std::exp(-sum / n)},
                         {"bytes_per_token", engine::kv_bytes_per_token(pretrained.info(), type)}};
      std::printf("%s\n", line.dump().c_str());
      std::fflush(stdout);
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

// The engine against reference implementations on the real default models. MARU_TEST_SMOLLM2 and MARU_TEST_MINILM name them; ./test sets
// both.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "maru/base/json.h"
#include "maru/base/pool.h"
#include "maru/engine/embedder.h"
#include "maru/engine/generator.h"
#include "maru/engine/session.h"

namespace maru::engine {
namespace {

const char* model(const char* variable) {
  const char* path = std::getenv(variable);
  if (!path) MESSAGE(variable, " is not set: this test did not run");
  return path;
}

Json golden(const char* name) { return parse_json(read_file(std::string(MARU_TESTS) + "/golden/" + name), name); }

double log_sum_exp(std::span<const float> x) {
  double top = x[0], sum = 0;
  for (const float v : x) top = std::max(top, double(v));
  for (const float v : x) sum += std::exp(double(v) - top);
  return top + std::log(sum);
}

}  // namespace

TEST_CASE("MiniLM's vectors are the reference's, alone and in any batch") {
  const char* path = model("MARU_TEST_MINILM");
  if (!path) return;
  const Embedder embed(path);
  const Json items = golden("minilm.json")["items"];
  std::vector<std::string> texts;
  for (const Json& item : items) texts.push_back(item["text"]);
  const auto together = embed(texts);
  double worst = 0, apart = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto alone = embed({&texts[i], 1});
    CHECK(together[i].tokens == items[i]["input_ids"].size());
    for (std::size_t d = 0; d < alone[0].vector.size(); ++d) {
      worst = std::max(worst, std::abs(alone[0].vector[d] - items[i]["embedding"][d].get<double>()));
      apart = std::max(apart, double(std::abs(alone[0].vector[d] - together[i].vector[d])));
    }
  }
  MESSAGE("largest difference from the reference ", worst, ", between alone and in a batch ", apart);
  CHECK(worst < 1e-5);
  CHECK(apart == 0);
}

TEST_CASE("SmolLM2 in f32 gives the reference's logits and greedy tokens") {
  const char* path = model("MARU_TEST_SMOLLM2");
  if (!path) return;
  const ops::PrecisionScope exact(ops::Precision::exact);
  const io::ModelFile file = io::open_file(path);
  const auto llama = models::open(file);
  double worst = 0;
  const Json golden_file = golden("smollm2_f32.json");
  REQUIRE(golden_file["items"].size() == 6);
  for (const Json& item : golden_file["items"]) {
    const auto prompt = item["input_ids"].get<std::vector<std::int32_t>>();
    Session session(*llama);
    const Tensor logits = session.run(prompt, Session::Rows::all);
    const std::int64_t last = logits.dim(0) - 1, vocabulary = logits.dim(1);
    for (const Json& pair : item["next_token_top10"])
      worst = std::max(worst, std::abs(logits.data()[last * vocabulary + pair[0].get<std::int64_t>()] - pair[1].get<double>()));
    for (const Json& pair : item["position0_top10"]) worst = std::max(worst, std::abs(logits.data()[pair[0].get<std::int64_t>()] - pair[1].get<double>()));
    for (std::size_t i = 0; i < item["last_logits_first8"].size(); ++i)
      worst = std::max(worst, std::abs(logits.data()[last * vocabulary + std::int64_t(i)] - item["last_logits_first8"][i].get<double>()));
    for (std::size_t i = 0; i < item["prompt_nll"].size(); ++i) {
      const std::span<const float> row = logits.rows(std::int64_t(i), std::int64_t(i) + 1).values();
      worst = std::max(worst, std::abs(log_sum_exp(row) - double(row[std::size_t(prompt[i + 1])]) - item["prompt_nll"][i].get<double>()));
    }
    Tensor row = logits.rows(last, last + 1);
    for (std::size_t step = 0; step < item["greedy_ids"].size(); ++step) {
      const std::int32_t id = std::int32_t(std::ranges::max_element(row.values()) - row.values().begin());
      if (item["greedy_margins"][step].get<double>() < 0.01) break;
      CHECK(id == item["greedy_ids"][step].get<std::int32_t>());
      if (id != item["greedy_ids"][step].get<std::int32_t>()) break;
      row = session.run({&id, 1});
    }
  }
  MESSAGE("largest difference of a logit or a log-probability ", worst);
  CHECK(worst < 5e-4);
}

TEST_CASE("SmolLM2 with eight-bit activations stays as near to f32 as the best peer") {
  const char* path = model("MARU_TEST_SMOLLM2");
  if (!path) return;
  const io::ModelFile file = io::open_file(path);
  const auto llama = models::open(file);
  double error = 0;
  std::size_t count = 0;
  const Json golden_file = golden("smollm2_q4_1.json");
  for (const Json& item : golden_file["items"]) {
    if (!item.contains("ref_fp32_top5")) continue;
    auto ids = item["prompt_token_ids"].get<std::vector<std::int32_t>>();
    const std::size_t prompt = ids.size();
    for (const Json& id : item["completion_token_ids"]) ids.push_back(id);
    Session session(*llama);
    const Tensor logits = session.run(ids, Session::Rows::all);
    for (std::size_t i = 0; i < item["first8_positions"].size(); ++i) {
      const std::int64_t position = item["first8_positions"][i];
      const std::string key = std::to_string(position);
      if (!item["ref_fp32_top5"].contains(key)) continue;
      const std::span<const float> row = logits.rows(std::int64_t(prompt) - 1 + position, std::int64_t(prompt) + position).values();
      const double total = log_sum_exp(row);
      std::vector<std::int32_t> top(row.size());
      for (std::size_t t = 0; t < top.size(); ++t) top[t] = std::int32_t(t);
      std::ranges::partial_sort(top, top.begin() + 5, [&](auto a, auto b) { return row[std::size_t(a)] > row[std::size_t(b)]; });
      for (const Json& reference : item["ref_fp32_top5"][key]) {
        const std::int32_t id = reference["id"];
        if (std::find(top.begin(), top.begin() + 5, id) == top.begin() + 5) continue;
        error += std::abs(double(row[std::size_t(id)]) - total - reference["logprob"].get<double>());
        ++count;
      }
    }
  }
  REQUIRE(count > 300);
  MESSAGE("mean absolute error of log-probabilities ", error / double(count), " over ", count);
  CHECK(error / double(count) <= 0.097);
}

TEST_CASE("chunks, threads and neighbours change no logit") {
  const char* path = model("MARU_TEST_SMOLLM2");
  if (!path) return;
  const io::ModelFile file = io::open_file(path);
  const auto llama = models::open(file);
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(std::int32_t(1000 + 37 * i));
  Session whole(*llama), parts(*llama), single(*llama);
  const Tensor a = whole.run(ids);
  parts.run(std::span(ids).first(33));
  parts.run(std::span(ids).subspan(33, 66));
  const Tensor b = parts.run(std::span(ids).last(1));
  const int threads = thread_count();
  set_thread_count(1);
  const Tensor c = single.run(ids);
  set_thread_count(threads);
  bool same = true;
  for (std::int64_t i = 0; i < a.size(); ++i) same = same && a.data()[i] == b.data()[i] && a.data()[i] == c.data()[i];
  CHECK(same);
}

}  // namespace maru::engine

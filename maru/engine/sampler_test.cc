// Each control of the sampler on logits small enough to know the answer.
#include "maru/engine/sampler.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>

#include "tests/scratch.h"

namespace maru::engine {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

// How often each token comes in `draws` draws.
std::map<std::int32_t, int> counts(const Sampling& sampling, const std::vector<float>& logits, int draws = 4000) {
  Sampler sampler(sampling);
  std::map<std::int32_t, int> found;
  for (int i = 0; i < draws; ++i) {
    std::vector<float> copy = logits;
    ++found[sampler.pick(copy, {})];
  }
  return found;
}

std::vector<float> logs(std::initializer_list<float> probabilities) {
  std::vector<float> out;
  for (const float p : probabilities) out.push_back(std::log(p));
  return out;
}

const Sampling kPlain{.temperature = 1, .top_k = 0, .top_p = 1};

}  // namespace

TEST_CASE("greedy takes the first of the likeliest") {
  Sampler sampler({.temperature = 0});
  std::vector<float> logits{1, 3, 3, 2};
  CHECK(sampler.pick(logits, {}) == 1);
}

TEST_CASE("temperature 1 draws by probability, higher evens out, lower sharpens") {
  const auto logits = logs({0.1f, 0.2f, 0.7f});
  auto found = counts(kPlain, logits);
  CHECK(std::abs(found[0] - 400) < 80);
  CHECK(std::abs(found[2] - 2800) < 120);
  Sampling hot = kPlain, cold = kPlain;
  hot.temperature = 10;
  cold.temperature = 0.2f;
  CHECK(counts(hot, logits)[0] > 1000);
  CHECK(counts(cold, logits)[2] > 3950);
}

TEST_CASE("top-k, top-p and min-p leave out the unlikely") {
  const auto logits = logs({0.05f, 0.15f, 0.3f, 0.5f});
  Sampling top_k = kPlain, top_p = kPlain, min_p = kPlain;
  top_k.top_k = 2;
  top_p.top_p = 0.75f;   // 0.5 is not enough, 0.5 + 0.3 is
  min_p.min_p = 0.25f;   // of 0.5: 0.125
  for (const Sampling& sampling : {top_k, top_p}) {
    const auto found = counts(sampling, logits);
    CHECK(found.size() == 2);
    CHECK(found.contains(2));
    CHECK(found.contains(3));
  }
  const auto found = counts(min_p, logits);
  CHECK(found.size() == 3);
  CHECK_FALSE(found.contains(0));
}

TEST_CASE("the repetition penalty counts a token once and works on both signs") {
  Sampler sampler({.temperature = 0, .repeat_penalty = 2});
  std::vector<float> logits{3, 2, -1};
  const std::int32_t recent[] = {0, 0, 0, 2};
  CHECK(sampler.pick(logits, recent) == 1);
  CHECK(logits[0] == doctest::Approx(1.5));
  CHECK(logits[2] == doctest::Approx(-2));
}

TEST_CASE("a seed is a sequence") {
  const std::vector<float> logits(100, 0.0f);
  const auto sequence = [&](std::uint64_t seed) {
    Sampling sampling = kPlain;
    sampling.seed = seed;
    Sampler sampler(sampling);
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 50; ++i) {
      std::vector<float> copy = logits;
      ids.push_back(sampler.pick(copy, {}));
    }
    return ids;
  };
  CHECK(sequence(5) == sequence(5));
  CHECK(sequence(5) != sequence(6));
}

TEST_CASE("a masked token is never drawn, and nothing left is an error") {
  const auto found = counts(kPlain, {0, kNever, 0});
  CHECK_FALSE(found.contains(1));
  Sampler sampler(kPlain);
  std::vector<float> none{kNever, kNever}, broken{std::nanf(""), 1};
  CHECK(testing::error_of([&] { sampler.pick(none, {}); }).contains("no token is left"));
  CHECK(testing::error_of([&] { sampler.pick(broken, {}); }).contains("not finite"));
}

TEST_CASE("settings out of range are usage errors that name themselves") {
  const auto refused = [](const Sampling& sampling, std::string_view name) {
    const auto make = [&] { Sampler sampler(sampling); };
    return testing::refuses(ErrorKind::usage, make) && testing::error_of(make).starts_with(name);
  };
  CHECK(refused({.temperature = -1}, "temperature"));
  CHECK(refused({.temperature = std::nanf("")}, "temperature"));
  CHECK(refused({.top_k = -1}, "top_k"));
  CHECK(refused({.top_p = 1.5f}, "top_p"));
  CHECK(refused({.min_p = -0.1f}, "min_p"));
  CHECK(refused({.repeat_penalty = 0}, "repeat_penalty"));
  CHECK(refused({.max_tokens = 0}, "max_tokens"));
}

}  // namespace maru::engine

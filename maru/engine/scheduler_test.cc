// Many requests at once on a tiny model: an answer is the same alone and among others, however the batch was put together.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <ranges>

#include "maru/base/pool.h"
#include "maru/engine/generator.h"
#include "maru/engine/heard_test.h"

namespace maru::engine {

TEST_CASE("an answer is the same alone, among fifteen others, in any pieces, with any number of threads, and after giving its place up") {
  std::vector<GenerationRequest> requests;
  for (int i = 0; i < 16; ++i) requests.push_back(request(i));
  // Some share beginnings.
  for (int i : {3, 7, 11}) requests[std::size_t(i)].prompt = request(99, 40).prompt;
  requests[7].prompt.push_back(9);
  std::vector<Heard> expected;
  for (const auto& r : requests) expected.push_back(alone(r));
  struct Mix {
    std::int64_t piece;
    int threads;
    std::size_t tokens, running;
  };
  const int threads = thread_count();
  for (const auto& [piece, threads_used, tokens, running] : {Mix{0, 2, 100000, 64}, {1, 1, 100000, 64}, {7, 2, 100000, 5}, {64, 1, 128, 64}, {200, 2, 112, 16}}) {
    CAPTURE(piece);
    CAPTURE(tokens);
    set_thread_count(threads_used);
    SchedulerOptions options = kByHand;
    options.piece = piece;
    options.cache_bytes = bytes_of(std::int64_t(tokens));
    options.running = running;
    Scheduler scheduler(model(), options);
    for (int round = 0; round < 2; ++round) {  // the second time, prefixes are known
      std::vector<Ears> ears(requests.size());
      for (std::size_t i = 0; i < requests.size(); ++i) scheduler.submit(requests[i], listener(ears[i]));
      while (scheduler.step()) {}
      for (std::size_t i = 0; i < requests.size(); ++i) {
        CAPTURE(i);
        CHECK(ears[i][0] == expected[i]);
        CHECK(ears[i][0].ends == 1);
        if (round == 1 && tokens > 1000) CHECK(ears[i][0].usage.cached == std::int64_t(requests[i].prompt.size() - 1) / 16 * 16);
      }
      CHECK(only_prefixes_are_left(scheduler));
    }
    if (tokens < 1000) CHECK(scheduler.stats().preempted > 0);
    scheduler.forget_prefixes();
    scheduler.step();
    CHECK(scheduler.stats().cache_bytes == 0);
  }
  set_thread_count(threads);
}

TEST_CASE("the scheduler writes what the generator writes") {
  const Generator generator(model());
  SchedulerOptions options = kByHand;
  options.cache_type = ops::KvType::f32;
  for (int i = 0; i < 4; ++i) {
    const GenerationRequest r = request(i);
    Scheduler scheduler(model(), options);
    const Heard heard = run(scheduler, r)[0];
    const Generation expected = generator(r.prompt, r.sampling);
    CHECK(heard.ids == expected.ids);
    CHECK(heard.text == expected.text);
    CHECK(heard.finish == expected.finish);
  }
}

TEST_CASE("each choice is the answer to a request of its own with the next seed") {
  GenerationRequest r = request(5, 37);
  r.choices = 3;
  Scheduler scheduler(model(), kByHand);
  const Ears ears = run(scheduler, r);
  REQUIRE(ears.size() == 3);
  r.choices = 1;
  for (int i = 0; i < 3; ++i, ++r.sampling.seed) {
    CHECK(ears.at(i) == alone(r));
    CHECK(ears.at(i).usage.seed == r.sampling.seed);
  }
  CHECK(only_prefixes_are_left(scheduler));
}

TEST_CASE("requests with one beginning that come together read it once") {
  GenerationRequest a = request(1, 100), b = a;
  b.prompt.back() = a.prompt.back() == 5 ? 6 : 5;
  b.sampling.seed = 77;
  SchedulerOptions options = kByHand;
  options.piece = 16;
  Scheduler scheduler(model(), options);
  Ears first, second;
  scheduler.submit(a, listener(first));
  scheduler.submit(b, listener(second));
  while (scheduler.step()) {}
  CHECK(first[0].usage.cached == 0);
  CHECK(second[0].usage.cached == 96);
  CHECK(second[0] == alone(b));
  b.scope = "another's";
  CHECK(run(scheduler, b)[0].usage.cached == 0);
}

TEST_CASE("a full context forgets the older half behind what is kept, and says how much") {
  GenerationRequest r = request(2, 40);
  r.context = 48;
  r.keep = 10;
  r.when_full = GenerationRequest::WhenFull::drop_oldest;
  r.sampling.max_tokens = 60;
  const Heard expected = alone(r);
  CHECK(expected.ids.size() == 60);
  CHECK(expected.finish == Finish::length);
  CHECK_FALSE(expected.context_full);
  CHECK(expected.usage.dropped == 3 * 19);  // at 8, 27 and 46 tokens of answer
  SchedulerOptions options = kByHand;
  options.piece = 3;
  Scheduler scheduler(model(), options);
  CHECK(run(scheduler, r)[0] == expected);
  // What follows is what follows those tokens: a fresh request with what was kept writes the same.
  GenerationRequest fresh = r;
  fresh.prompt = {r.prompt.begin(), r.prompt.begin() + 10};
  fresh.prompt.insert(fresh.prompt.end(), r.prompt.begin() + 29, r.prompt.end());
  fresh.prompt.insert(fresh.prompt.end(), expected.ids.begin(), expected.ids.begin() + 8);
  fresh.sampling.temperature = 0;
  r.sampling.temperature = 0;
  r.sampling.repeat_penalty = fresh.sampling.repeat_penalty = 1;
  r.sampling.presence_penalty = fresh.sampling.presence_penalty = 0;
  const Heard greedy = alone(r);
  std::ranges::copy(greedy.ids | std::views::take(8), fresh.prompt.end() - 8);
  fresh.sampling.max_tokens = 19;
  CHECK(alone(fresh).ids == Ids(greedy.ids.begin() + 8, greedy.ids.begin() + 27));
}

TEST_CASE("a short prompt does not wait for a long one, which comes to its end too") {
  SchedulerOptions options = kByHand;
  options.piece = 16;
  Ears slow, quick;  // what still writes at the end is told so, too
  Scheduler scheduler(model(), options);
  scheduler.submit(request(1, 200), listener(slow));
  scheduler.step();
  int steps = 0;
  for (int i = 0; i < 100 && slow[0].ids.empty(); ++i, ++steps) {
    scheduler.submit(request(100 + i, 12), listener(quick));
    scheduler.step();
    CHECK_FALSE(quick[0].ids.empty());
  }
  CHECK(steps <= 200 / 4);
}

TEST_CASE("packed weights: the real small model writes the same alone, among others and in other pieces") {
  const char* const path = std::getenv("MARU_TEST_SMOLLM2");
  if (!path) MESSAGE("MARU_TEST_SMOLLM2 is not set: this test did not run");
  if (!path) return;
  const auto opened = std::make_shared<const Pretrained>(path);
  std::vector<GenerationRequest> requests;
  for (int i = 0; i < 5; ++i) {
    GenerationRequest r;
    const std::string text = fmt::format("Once upon a time there were {} small boats on a wide river, and", i + 2);
    r.prompt = opened->tokenizer()->encode(text, {.add_special = false}).ids;
    r.sampling = {.temperature = 1, .seed = std::uint64_t(i), .max_tokens = 8 + i, .logprobs = 3};
    requests.push_back(std::move(r));
  }
  std::vector<Heard> expected;
  for (const std::int64_t piece : {0, 5, 40}) {
    SchedulerOptions options = kByHand;
    options.piece = piece;
    Scheduler together(opened, options);
    std::vector<Ears> ears(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (piece == 0) {
        Scheduler scheduler(opened, options);
        expected.push_back(run(scheduler, requests[i])[0]);
      }
      together.submit(requests[i], listener(ears[i]));
    }
    while (together.step()) {}
    for (std::size_t i = 0; i < requests.size(); ++i) CHECK(ears[i][0] == expected[i]);
  }
}

}  // namespace maru::engine

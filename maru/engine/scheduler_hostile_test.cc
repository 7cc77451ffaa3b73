// Requests that cannot run, go wrong, are too many or are given up: each is told so, the others do not notice, and nothing leaks.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <thread>

#include "maru/engine/heard_test.h"

namespace maru::engine {

TEST_CASE("a prompt that leaves no room, and a request that can never fit, are refused with the counts") {
  Scheduler scheduler(model(), kByHand);
  GenerationRequest r = request(1, kContext - 1);
  r.sampling.max_tokens = -1;
  const Heard last = run(scheduler, r)[0];
  CHECK(last.ids.size() == 1);
  CHECK(last.finish == Finish::length);
  CHECK(last.context_full);
  for (const int length : {kContext, kContext + 1}) {
    const auto submit = [&] { scheduler.submit(request(1, length), {}); };
    CHECK(testing::refuses(ErrorKind::limit, submit));
    CHECK(testing::error_of(submit).contains(fmt::format("the prompt has {} tokens and the context {}", length, kContext)));
  }
  r = request(1, 10);
  r.context = kContext + 1;
  CHECK(testing::refuses(ErrorKind::limit, [&] { scheduler.submit(r, {}); }));
  r.context = 12;
  r.sampling.max_tokens = 30;
  CHECK(run(scheduler, r)[0].ids.size() == 2);
  r.prompt = {1, kVocabulary};
  CHECK(testing::error_of([&] { scheduler.submit(r, {}); }).contains("token 1 is 61"));
  r.prompt = {};
  CHECK(testing::error_of([&] { scheduler.submit(r, {}); }).contains("no tokens"));
  SchedulerOptions small = kByHand;
  small.cache_bytes = bytes_of(64);
  Scheduler tight(model(), small);
  GenerationRequest big = request(1, 60);
  big.sampling.max_tokens = 5;
  CHECK(testing::error_of([&] { tight.submit(big, {}); }).contains("65 tokens need"));
  big.sampling.max_tokens = 4;
  CHECK(run(tight, big)[0] == alone(big));
}

TEST_CASE("settings out of range are refused by name") {
  Scheduler scheduler(model(), kByHand);
  const auto refused = [&](const Sampling& sampling, std::string_view name) {
    GenerationRequest r = request(1, 5);
    r.sampling = sampling;
    const auto submit = [&] { scheduler.submit(r, {}); };
    return testing::refuses(ErrorKind::usage, submit) && testing::error_of(submit).starts_with(name);
  };
  CHECK(refused({.temperature = 1e30f}, "temperature: expected 0 to 100"));
  CHECK(refused({.temperature = INFINITY}, "temperature"));
  CHECK(refused({.typical_p = 1.1f}, "typical_p"));
  CHECK(refused({.repeat_last_n = -2}, "repeat_last_n: expected -1 or 0"));
  CHECK(refused({.presence_penalty = 1e9f}, "presence_penalty"));
  CHECK(refused({.frequency_penalty = std::nanf("")}, "frequency_penalty"));
  CHECK(refused({.logit_bias = {{kVocabulary, 1.0f}}}, "logit_bias: the token 61 is not in the vocabulary"));
  CHECK(refused({.logit_bias = {{1, INFINITY}}}, "logit_bias of token 1"));
  CHECK(refused({.max_tokens = 0}, "max_tokens"));
  CHECK(refused({.max_tokens = -2}, "max_tokens"));
  CHECK(refused({.logprobs = 21}, "logprobs"));
  CHECK(refused({.stop = {""}}, "stop"));
  CHECK(refused({.stop = std::vector<std::string>(1000, "x")}, "stop"));
}

TEST_CASE("numbers that are not finite, and listeners that throw, end that one answer only") {
  Scheduler scheduler(model(), kByHand);
  std::vector<GenerationRequest> requests;
  for (int i = 20; i < 24; ++i) requests.push_back(request(i)), requests.back().sampling.max_tokens = 20;
  requests[1].sampling.mask = [](std::string_view so_far, std::span<float> logits) {
    if (so_far.size() > 5) logits[3] = std::nanf("");
  };
  std::vector<Ears> ears(4);
  for (std::size_t i = 0; i < 4; ++i) {
    Listener l = listener(ears[i]);
    if (i == 2) l.on_token = [told = l.on_token](const TokenEvent& e) { told(e), throw std::runtime_error("gone"); };
    scheduler.submit(requests[i], l);
  }
  while (scheduler.step()) {}
  CHECK(ears[0][0] == alone(requests[0]));
  CHECK(ears[3][0] == alone(requests[3]));
  CHECK(ears[1][0].finish == Finish::error);
  CHECK(ears[1][0].error.contains("not finite"));
  CHECK(ears[2][0].finish == Finish::error);
  CHECK(ears[2][0].error.contains("gone"));
  CHECK(ears[2][0].ids.size() == 1);
  CHECK(only_prefixes_are_left(scheduler));
}

TEST_CASE("a constraint that cannot begin, or that allows nothing, ends its own request only") {
  struct Fixed : Constraint {
    bool begins = true;
    void mask(std::span<float> logits) override { std::ranges::fill(logits, -INFINITY); }
    void accept(std::int32_t) override {}
    bool may_end() const override { return false; }
    std::unique_ptr<Constraint> copy() const override {
      if (!begins) throw std::runtime_error("no memory");
      return std::make_unique<Fixed>(*this);
    }
  };
  Scheduler scheduler(model(), kByHand);
  std::vector<Ears> ears(3);
  for (std::size_t i = 0; i < 3; ++i) {
    GenerationRequest r = request(30);
    auto fixed = std::make_shared<Fixed>();
    fixed->begins = i != 0;
    if (i < 2) r.constraint = fixed;
    scheduler.submit(r, listener(ears[i]));
  }
  while (scheduler.step()) {}
  CHECK(ears[0][0].error == "the request could not begin: no memory");
  CHECK(ears[1][0].error.contains("no token is left to choose from"));
  CHECK(ears[2][0] == alone(request(30)));
  CHECK(only_prefixes_are_left(scheduler));
}

TEST_CASE("a full queue refuses, keys take turns, and the cancelled leave") {
  SchedulerOptions options = kByHand;
  options.waiting = 6;
  options.running = 1;
  Scheduler scheduler(model(), options);
  std::string order;
  std::vector<Scheduler::Ticket> tickets;
  const auto submit = [&](std::string key, char name) {
    GenerationRequest r = request(1, 5);
    r.key = std::move(key);
    r.sampling.max_tokens = 2;
    tickets.push_back(scheduler.submit(r, {.on_token = {}, .on_end = [&order, name](const EndEvent& e) {
                                             order += e.finish == Finish::cancelled ? '-' : '+';
                                             order += name;
                                           }}));
  };
  for (const char name : {'a', 'b', 'c', 'd'}) submit("one", name);
  submit("two", 'x');
  submit("three", 'y');
  CHECK(testing::refuses(ErrorKind::busy, [&] { submit("two", 'z'); }));
  scheduler.cancel(tickets[2]);
  scheduler.cancel(12345);
  while (scheduler.step()) {}
  CHECK(order == "-c+a+x+y+b+d");
  CHECK(scheduler.stats().refused == 1);
  CHECK(scheduler.drain(std::chrono::milliseconds(0)));
  CHECK(testing::error_of([&] { submit("one", 'e'); }).contains("is being ended"));
}

TEST_CASE("a request that is cancelled while it reads or writes gives its pages back at the next step") {
  SchedulerOptions options = kByHand;
  options.piece = 8;
  options.prefix_share = 0;
  for (const int steps : {1, 5, 13, 20}) {
    Scheduler scheduler(model(), options);
    Ears ears;
    GenerationRequest r = request(1, 100);
    r.sampling.max_tokens = 100;
    r.choices = 2;
    const auto ticket = scheduler.submit(r, listener(ears));
    for (int i = 0; i < steps; ++i) scheduler.step();
    CHECK(scheduler.stats().cache_bytes > 0);
    scheduler.cancel(ticket);
    scheduler.step();
    CHECK(scheduler.stats().cache_bytes == 0);
    CHECK(ears[0].finish == Finish::cancelled);
    CHECK(ears[1].finish == Finish::cancelled);
    CHECK_FALSE(scheduler.step());
  }
}

TEST_CASE("a storm of requests and cancellations leaks nothing, and whoever stays gets his answer") {
  SchedulerOptions options;
  options.cache_bytes = bytes_of(640);
  options.waiting = 1000;
  Scheduler scheduler(model(), options);
  std::mt19937 random(11);
  std::vector<Ears> ears(300);
  std::vector<GenerationRequest> requests;
  std::vector<bool> cancelled;
  for (int i = 0; i < 300; ++i) {
    requests.push_back(request(i % 20));
    requests.back().choices = 1 + int(random() % 2);
    requests.back().key = std::to_string(random() % 3);
    cancelled.push_back(random() % 10 < 8);
    const auto ticket = scheduler.submit(requests.back(), listener(ears[std::size_t(i)]));
    if (random() % 4 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
    if (cancelled.back()) scheduler.cancel(ticket - random() % std::min<std::uint64_t>(ticket, 2));
  }
  REQUIRE(scheduler.drain(std::chrono::seconds(60)));
  CHECK(only_prefixes_are_left(scheduler));
  std::map<int, Heard> expected;
  for (std::size_t i = 0; i < ears.size(); ++i) {
    CHECK(int(ears[i].size()) == requests[i].choices);
    for (auto& [choice, heard] : ears[i]) CHECK(heard.ends == 1);
    if (ears[i][0].finish != Finish::length) continue;
    if (!expected.contains(int(i) % 20)) expected[int(i) % 20] = alone(request(int(i) % 20));
    CHECK(ears[i][0] == expected[int(i) % 20]);
  }
}

TEST_CASE("what runs and waits when the scheduler goes is told that it is cancelled") {
  std::vector<Ears> ears(5);
  {
    SchedulerOptions options;
    options.running = 2;
    Scheduler scheduler(model(), options);
    for (auto& e : ears) {
      GenerationRequest r = request(1, 20);
      r.sampling.max_tokens = 200;
      scheduler.submit(r, listener(e));
    }
  }
  for (auto& e : ears) CHECK(e[0].ends == 1);
  CHECK(ears.back()[0].finish == Finish::cancelled);
}

TEST_CASE("a listener may let the scheduler go") {
  for (const bool own_thread : {true, false}) {
    std::promise<void> gone;
    std::vector<Ears> ears(3);
    SchedulerOptions options = kByHand;
    options.own_thread = own_thread;
    options.running = 2;
    auto scheduler = std::make_shared<Scheduler>(model(), options);
    Scheduler* const plain = scheduler.get();
    for (std::size_t i = 0; i < 3; ++i) {
      GenerationRequest r = request(1, 20);
      r.sampling.max_tokens = i == 0 ? 3 : 100;
      Listener l = listener(ears[i]);
      if (i == 0) l.on_end = [told = l.on_end, held = scheduler](const EndEvent& e) { told(e); };
      if (i == 2) l.on_end = [told = l.on_end, &gone](const EndEvent& e) { told(e), gone.set_value(); };
      plain->submit(std::move(r), std::move(l));
    }
    scheduler.reset();
    if (!own_thread)
      while (ears[0].empty() || !ears[0][0].finish) plain->step();
    gone.get_future().wait();
    CHECK(ears[0][0].finish == Finish::length);
    for (const std::size_t i : {1, 2}) {
      CHECK(ears[i][0].finish == Finish::cancelled);
      CHECK(ears[i][0].ends == 1);
    }
  }
}

}  // namespace maru::engine

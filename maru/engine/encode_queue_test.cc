// Vectors do not depend on who else is in the batch; a text that fails fails alone; who is cancelled leaves.
#include "maru/engine/encode_queue.h"

#include <doctest/doctest.h>

#include <cmath>
#include <future>

#include "maru/engine/tiny_model_test.h"
#include "maru/ops/ops.h"

namespace maru::engine {
namespace {

// A tiny encoder without a tokenizer: the vectors are those of its first rows.
std::vector<Embedding> encode(std::span<const EmbedInput* const> inputs) {
  static const auto model = models::open(io::open_file(kGoldens / "bert_base"));
  ops::Ragged rows;
  std::vector<std::int32_t> ids, positions;
  for (const EmbedInput* input : inputs) {
    check(input->ids[0] != 1, "this one fails");
    rows.add(std::ssize(input->ids));
    for (std::size_t i = 0; i < input->ids.size(); ++i) ids.push_back(input->ids[i]), positions.push_back(std::int32_t(i));
  }
  const Tensor pooled = ops::normalise(ops::mean_pool(model->hidden({.ids = ids, .positions = positions, .rows = rows}), rows));
  std::vector<Embedding> out;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const float* from = pooled.data() + std::int64_t(i) * pooled.dim(1);
    out.push_back({.vector = {from, from + pooled.dim(1)}});
    if (inputs[i]->ids[0] == 2) out.back().vector[0] = std::nanf("");
  }
  return out;
}

EmbedInput text(int number) {
  EmbedInput input;
  for (int i = 0; i < 1 + number % 13; ++i) input.ids.push_back(3 + (number * 7 + i * 5) % 40);
  return input;
}

std::vector<EmbedInput> texts(int first, int count) {
  std::vector<EmbedInput> all;
  for (int i = 0; i < count; ++i) all.push_back(text(first + i));
  return all;
}

std::vector<float> alone(int number) {
  const EmbedInput input = text(number), *const inputs[] = {&input};
  return encode(inputs)[0].vector;
}

}  // namespace

TEST_CASE("texts of many requests have the vectors that they have alone, bit by bit") {
  EncodeQueue queue(encode, {.waiting = 1000, .batch_tokens = 64, .own_thread = false});
  std::vector<std::vector<Encoded>> heard(6);
  for (int i = 0; i < 6; ++i)
    queue.submit(texts(i * 10, 1 + i * 3), [&heard, i](std::vector<Encoded> found) { heard[std::size_t(i)] = std::move(found); });
  while (queue.step()) {}
  for (int i = 0; i < 6; ++i) {
    REQUIRE(heard[std::size_t(i)].size() == std::size_t(1 + i * 3));
    for (int j = 0; j < 1 + i * 3; ++j) CHECK(heard[std::size_t(i)][std::size_t(j)].embedding.vector == alone(i * 10 + j));
  }
  CHECK(queue.waiting() == 0);
}

TEST_CASE("a text that fails, or has numbers that are not finite, fails alone") {
  EncodeQueue queue(encode, {.own_thread = false});
  auto mixed = texts(0, 5);
  mixed[1].ids[0] = 1;
  mixed[3].ids[0] = 2;
  std::vector<Encoded> found, other;
  queue.submit(mixed, [&](std::vector<Encoded> all) { found = std::move(all); });
  queue.submit(texts(50, 1), [&](std::vector<Encoded> all) { other = std::move(all); });
  while (queue.step()) {}
  REQUIRE(found.size() == 5);
  CHECK(found[1].error.value().what() == std::string("this one fails"));
  CHECK(std::string(found[3].error.value().what()).contains("not finite"));
  for (const int i : {0, 2, 4}) CHECK(found[std::size_t(i)].embedding.vector == alone(i));
  CHECK(other.at(0).embedding.vector == alone(50));
}

TEST_CASE("a short request does not wait for a long one; a full queue refuses; the cancelled leave") {
  EncodeQueue queue(encode, {.waiting = 50, .batch_tokens = 8, .own_thread = false});
  std::vector<Encoded> slow{{}}, quick;
  int told = 0;
  const auto ticket = queue.submit(texts(0, 45), [&](std::vector<Encoded> all) { slow = std::move(all), ++told; });
  queue.submit(texts(50, 1), [&](std::vector<Encoded> all) { quick = std::move(all); });
  const auto more = [&] { queue.submit(texts(0, 10), {}); };
  CHECK(testing::refuses(ErrorKind::busy, more));
  CHECK(testing::error_of(more).contains("46 texts wait already and 10 more came, 50 may wait"));
  queue.step();
  queue.step();
  CHECK(quick.size() == 1);
  CHECK(told == 0);
  queue.cancel(ticket);
  CHECK(queue.step());
  CHECK(told == 1);
  CHECK(slow.empty());
  CHECK(queue.waiting() == 0);
  CHECK_FALSE(queue.step());
}

TEST_CASE("requests from several threads are all answered, or told at the end that they are not") {
  std::vector<std::future<std::size_t>> answers;
  {
    EncodeQueue queue(encode, {.batch_tokens = 32});
    for (int i = 0; i < 20; ++i) {
      auto promise = std::make_shared<std::promise<std::size_t>>();
      answers.push_back(promise->get_future());
      queue.submit(texts(i, 3), [promise](std::vector<Encoded> all) { promise->set_value(all.size()); });
    }
    CHECK(answers[0].get() == 3);
  }
  for (std::size_t i = 1; i < answers.size(); ++i) {
    const std::size_t count = answers[i].get();
    CHECK((count == 3 || count == 0));
  }
}

TEST_CASE("a listener may let the queue go") {
  auto queue = std::make_shared<EncodeQueue>(encode, EncodeOptions{.batch_tokens = 1});
  std::promise<std::size_t> first, second;
  EncodeQueue* const plain = queue.get();
  plain->submit(texts(0, 1), [held = queue, &first](std::vector<Encoded> all) mutable { first.set_value(all.size()); });
  plain->submit(texts(0, 500), [&second](std::vector<Encoded> all) { second.set_value(all.size()); });
  queue.reset();
  CHECK(first.get_future().get() == 1);
  CHECK(second.get_future().get() == 0);
}

}  // namespace maru::engine

// Tensors, what is derived from them, the buffer pool, the tape and the probe.
#include "maru/tensor/tensor.h"

#include <doctest/doctest.h>

#include <limits>
#include <thread>

#include "maru/tensor/probe.h"
#include "maru/tensor/tape.h"
#include "tests/scratch.h"

namespace maru {
namespace {

std::vector<float> counted(std::int64_t n) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < n; ++i) values.push_back(float(i));
  return values;
}

}  // namespace

TEST_CASE("a shape counts, compares and reads well") {
  CHECK(Shape{}.size() == 1);
  CHECK(Shape{2, 3, 4}.size() == 24);
  CHECK(Shape{2, 3, 4}.rows() == 6);
  CHECK(Shape{2, 3}[-1] == 3);
  CHECK(Shape{7, 384}.text() == "[7, 384]");
  CHECK(Shape{2, 3} == Shape{2, 3});
  CHECK_FALSE(Shape{2, 3} == Shape{3, 2});
}

TEST_CASE("a shape that no memory holds is refused before memory is taken") {
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max() / 2;
  CHECK_FALSE(testing::error_of([&] { Tensor(Shape{huge, 3}); }).empty());
  CHECK_FALSE(testing::error_of([&] { Tensor(Shape{huge}); }).empty());
  CHECK_FALSE(testing::error_of([] { Tensor(Shape{1 << 30, 1 << 30, 1 << 30}); }).empty());
  CHECK_FALSE(testing::error_of([&] { Tensor(Shape{0, huge, 3}); }).empty());
  CHECK_FALSE(testing::error_of([] { Tensor(Shape{-1, 2}); }).empty());
  CHECK_FALSE(testing::error_of([] { Shape{1, 1, 1, 1, 1}; }).empty());
}

TEST_CASE("rows and reshape look at the same numbers; a copy of the handle too") {
  const Tensor t = Tensor::of({3, 4}, counted(12));
  const Tensor middle = t.rows(1, 2), flat = t.reshape({12}), handle = t;
  t.data()[5] = 50;
  CHECK(middle.data()[1] == 50);
  CHECK(flat.data()[5] == 50);
  CHECK(handle.data()[5] == 50);
  CHECK(middle.shape() == Shape{1, 4});
  CHECK_FALSE(testing::error_of([&] { t.reshape({5}); }).empty());
  CHECK_FALSE(testing::error_of([&] { t.rows(2, 4); }).empty());
  CHECK_FALSE(testing::error_of([&] { t.rows(2, 1); }).empty());
  CHECK_FALSE(testing::error_of([] { Tensor::of({3}, counted(2)); }).empty());
}

TEST_CASE("a view needs just the bytes of its shape and format") {
  const quant::Format& format = *quant::find("Q8_0");
  const std::vector<std::byte> bytes(format.bytes * 2);
  CHECK(Tensor::view({2, 32}, &format, bytes, {}).decoded().data()[0] == 0);
  CHECK_FALSE(testing::error_of([&] { Tensor::view({3, 32}, &format, bytes, {}); }).empty());
  CHECK_FALSE(testing::error_of([&] { Tensor::view({1, 32}, &format, bytes, {}); }).empty());
  CHECK_FALSE(testing::error_of([&] { Tensor::view({2, 32}, nullptr, bytes, {}); }).empty());
}

TEST_CASE("rows of a packed tensor are its blocks") {
  const Tensor packed = Tensor::of({4, 32}, counted(128)).encoded(*quant::find("Q8_0"));
  const Tensor all = packed.decoded(), last = packed.rows(3, 4).decoded();
  CHECK(last.shape() == Shape{1, 32});
  for (int i = 0; i < 32; ++i) CHECK(last.data()[i] == all.data()[96 + i]);
  CHECK_FALSE(testing::error_of([] { Tensor::of({2, 31}, counted(62)).encoded(*quant::find("Q8_0")); }).empty());
}

TEST_CASE("what is derived is made once for each part of a storage, also by many threads") {
  const Tensor t = Tensor::of({4, 4}, counted(16));
  std::atomic<int> made = 0;
  const auto derive = [&](const Tensor& from) { return from.derived<float>([&] { return ++made, std::make_shared<float>(from.data()[0]); }); };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back([&] { CHECK(*derive(t) == 0); });
  }
  CHECK(made == 1);
  CHECK(*derive(t.rows(2, 4)) == 8);
  CHECK(*derive(t.rows(2, 3)) == 8);
  CHECK(made == 3);
}

TEST_CASE("buffers are used again, never past the cap, and may be freed by another thread") {
  const float* first = nullptr;
  {
    const Tensor t({1000});
    first = t.data();
  }
  const Tensor again({1000});
  CHECK(again.data() == first);
  CHECK(reinterpret_cast<std::uintptr_t>(again.data()) % 64 == 0);
  {
    Tensor moved({5000});
    std::jthread([taken = std::move(moved)]() mutable { taken = Tensor(); }).join();
  }
  std::vector<Tensor> many;
  for (int i = 0; i < 40; ++i) many.emplace_back(Shape{1 << 20});
  many.clear();
  const PoolState state = buffer_pool();
  CHECK(state.held_bytes <= state.cap_bytes);
}

TEST_CASE("every tensor has an id of its own, which outlives no buffer") {
  std::uint64_t old = 0;
  {
    const Tensor t({64});
    old = t.id();
  }
  const Tensor again({64});
  CHECK(again.id() != old);
  CHECK(again.rows(0, 1).id() != again.id());
}

TEST_CASE("gradients are kept by id: a buffer used again inherits none") {
  Tape tape;
  Grads grads;
  {
    Tensor x = Tensor::zeros({8});
    x.set_trainable(true);
    grads.add(x, Tensor::of({8}, counted(8)));
  }
  Tensor y = Tensor::zeros({8});
  y.set_trainable(true);
  CHECK_FALSE(grads.find(y));
}

TEST_CASE("an inner tape records, the outer one goes on after it") {
  Tensor x = Tensor::of({1}, counted(1));
  x.set_trainable(true);
  Tape outer;
  CHECK(Tape::recording(x) == &outer);
  {
    Tape inner;
    CHECK(Tape::recording(x) == &inner);
  }
  CHECK(Tape::recording(x) == &outer);
  Tensor y = Tensor::zeros({1});
  outer.record(y, [](const Tensor&, Grads&) { fail(ErrorKind::internal, "no derivative"); });
  CHECK_FALSE(testing::error_of([&] { outer.backward(y); }).empty());
  CHECK(Tape::recording(x) == &outer);
  CHECK_FALSE(testing::error_of([&] { outer.backward(Tensor::zeros({2})); }).empty());
}

TEST_CASE("a probe sees what is tapped, may put another in its stead, and ends with its scope") {
  struct Doubling : Probe {
    std::vector<std::string> seen;
    Tensor see(Site site, Tensor value) override {
      seen.emplace_back(site.name);
      Tensor twice(value.shape());
      for (std::int64_t i = 0; i < value.size(); ++i) twice.data()[i] = 2 * value.data()[i];
      return twice;
    }
  } probe;
  const Tensor t = Tensor::of({2}, counted(2));
  CHECK(tap({"idle"}, t).id() == t.id());
  {
    const Probe::Scope scope(probe);
    CHECK(tap({"model.norm"}, t).data()[1] == 2);
    std::jthread([&] { CHECK(tap({"another thread"}, t).id() == t.id()); }).join();
  }
  CHECK(tap({"idle"}, t).id() == t.id());
  CHECK(probe.seen == std::vector<std::string>{"model.norm"});
}

}  // namespace maru

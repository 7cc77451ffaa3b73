// A session over each type of page, on tiny golden checkpoints.
#include "maru/engine/session.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "maru/io/model_file.h"

namespace maru::engine {

TEST_CASE("in every type of page a session gives the same bits however its ids are cut, and smaller types stay near") {
  for (const std::string golden : {"llama", "qwen3", "gemma3_text"}) {
    CAPTURE(golden);
    const io::ModelFile file = io::open_file(std::string(MARU_TESTS) + "/golden/models/" + golden);
    const auto model = models::open(file);
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 40; ++i) ids.push_back(std::int32_t((7 + 31 * i) % model->info().vocabulary));
    ids.resize(std::min(ids.size(), std::size_t(model->info().context)));
    std::vector<float> exact;
    for (const ops::KvType type : {ops::KvType::f32, ops::KvType::f16, ops::KvType::q8_0}) {
      CAPTURE(ops::name_of(type));
      Session whole(*model, type), parts(*model, type);
      const Tensor expected = whole.run(ids, Session::Rows::all);
      std::vector<float> joined;
      for (std::size_t at = 0, n = 1; at < ids.size(); at += n, n = n % 7 + 3) {
        const Tensor logits = parts.run(std::span(ids).subspan(at, std::min(n, ids.size() - at)), Session::Rows::all);
        joined.insert(joined.end(), logits.values().begin(), logits.values().end());
      }
      CHECK(std::ranges::equal(joined, expected.values()));
      if (type == ops::KvType::f32) exact = joined;
      double difference = 0, size = 0;
      for (std::size_t i = 0; i < joined.size(); ++i) {
        difference += std::abs(double(joined[i] - exact[i]));
        size += std::abs(double(exact[i]));
      }
      CHECK(difference <= 0.02 * size);
      CHECK((difference > 0) == (type != ops::KvType::f32));
      parts.truncate(ids.size() / 2);
      const Tensor again = parts.run(std::span(ids).subspan(ids.size() / 2));
      CHECK(std::equal(again.values().begin(), again.values().end(), expected.values().end() - again.size()));
    }
  }
}

TEST_CASE("what a token's keys and values take follows from the model's shape and the type of page") {
  const models::Info info{.layers = 30, .kv_heads = 3, .head = 64};
  CHECK(kv_bytes_per_token(info, ops::KvType::f32) == 30 * 3 * 2 * 64 * 4);
  CHECK(kv_bytes_per_token(info, ops::KvType::f16) == 30 * 3 * 2 * 64 * 2);
  CHECK(kv_bytes_per_token(info, ops::KvType::q8_0) == 30 * 3 * 2 * 68);
}

}  // namespace maru::engine

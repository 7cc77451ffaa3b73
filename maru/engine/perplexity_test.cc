// Perplexity over a model whose probabilities are known.
#include "maru/engine/perplexity.h"

#include <doctest/doctest.h>

#include <cmath>

#include "maru/base/json.h"
#include "tests/scratch.h"

namespace maru::engine {
namespace {

using testing::error_of;

// Letters a to h are tokens 0 to 7.
std::shared_ptr<const text::Tokenizer> letters() {
  return text::tokenizer_from_json_text(R"({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}, "post_processor": null,
    "decoder": {"type": "ByteLevel"}, "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
    "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
    "vocab": {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "f": 5, "g": 6, "h": 7}, "merges": []}})",
                                        "letters.json");
}

// Gives the letter after the current one e times the chance of each other, where its position is at least `from`; else all are alike.
struct Alphabet final : models::Model {
  std::int32_t from = 0;
  mutable std::vector<std::int64_t> lengths;
  models::Info info() const override {
    models::Info info;
    info.vocabulary = 8, info.context = 16, info.causal = true;
    return info;
  }
  Tensor hidden(const models::Batch& batch) const override {
    lengths.push_back(batch.rows.rows());
    Tensor h({std::int64_t(batch.ids.size()), 2});
    for (std::size_t i = 0; i < batch.ids.size(); ++i) h.data()[2 * i] = float(batch.ids[i]),
        h.data()[2 * i + 1] = float(batch.positions[i]);
    return h;
  }
  Tensor answer(models::Head, const Tensor& hidden, const ops::Ragged&) const override {
    Tensor logits = Tensor::zeros({hidden.dim(0), 8});
    for (std::int64_t r = 0; r < hidden.dim(0); ++r)
      if (hidden.data()[2 * r + 1] >= float(from)) logits.data()[r * 8 + (std::int64_t(hidden.data()[2 * r]) + 1) % 8] = 1;
    return logits;
  }
};

}  // namespace

TEST_CASE("perplexity is of the second half of each window, given all before it") {
  const auto tokenizer = letters();
  const std::string text = "abcdefghabcdefghabcdefghabc";  // three windows of 8, and a rest
  Alphabet model;
  const double each = (7 + std::exp(1.0)) / std::exp(1.0);
  const Perplexity found = perplexity(model, *tokenizer, text, {.length = 8});
  CHECK(found.windows == 3);
  CHECK(found.scored == 9);  // positions 4, 5 and 6 foretell the three behind them
  CHECK(found.tokens == 27);
  CHECK(found.value == doctest::Approx(each));
  CHECK(found.error == doctest::Approx(0));
  CHECK(model.lengths == std::vector<std::int64_t>{8, 8, 8});
  // What the first half foretells does not count: knowing nothing at positions 0 to 3 changes nothing, at 4 it does.
  model.from = 4;
  CHECK(perplexity(model, *tokenizer, text, {.length = 8}).value == doctest::Approx(each));
  model.from = 5;
  const Perplexity less = perplexity(model, *tokenizer, text, {.length = 8, .windows = 2});
  CHECK(less.windows == 2);
  CHECK(less.value == doctest::Approx(std::pow(8 * each * each, 1.0 / 3)));
  CHECK(less.error > 0);
}

TEST_CASE("perplexity refuses a text shorter than a window and a window longer than the context") {
  const Alphabet model;
  const auto tokenizer = letters();
  CHECK(error_of([&] { perplexity(model, *tokenizer, "abc", {.length = 8});
      }).contains("the text has 3 tokens, fewer than one window of 8"));
  CHECK(error_of([&] { perplexity(model, *tokenizer, "abcdefgh", {.length = 17}); }).contains("this model takes 4 to 16"));
}

}  // namespace maru::engine

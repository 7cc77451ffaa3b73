#pragma once
// How well a decoder foretells a text: e to the mean of -log p(token), over windows that start anew.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "maru/base/cancel.h"
#include "maru/base/progress.h"
#include "maru/models/models.h"
#include "maru/text/tokenizer.h"

namespace maru::engine {

struct PerplexityOptions {
  std::int64_t length = 512;         // tokens of a window
  std::int64_t windows = 0;          // 0: as many whole ones as the text gives
  OnProgress progress = {};          // "foretelling", in windows
  const Cancel* cancel = nullptr;
};

struct Perplexity {
  double value = 0;
  double error = 0;                  // of `value`: the standard error of the mean, carried over
  std::int64_t windows = 0;
  std::int64_t scored = 0;           // tokens that were foretold
  std::int64_t tokens = 0;           // of the whole text
};

// The positions are llama-perplexity's, so that numbers can be compared: the text is cut into windows without overlap; of a window the
// first half is context, and every later token but the window's first scored one is foretold; where the vocabulary begins a text with a
// token of its own, it takes the place of each window's first.
// Throws Error (usage) when the text is shorter than one window or a window is longer than the model's context.
Perplexity perplexity(const models::Model& model, const text::Tokenizer& tokenizer, std::string_view utf8,
    const PerplexityOptions& options = {});

}  // namespace maru::engine

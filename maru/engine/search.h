#pragma once
// Greedy and beam search through a model: many texts in one call, every step one ragged batch of all their hypotheses, whose caches share
// their past. A text does not depend on the others in the call.
#include <span>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/progress.h"
#include "maru/engine/hypotheses.h"
#include "maru/models/models.h"

namespace maru::engine {

struct SearchCall {
  const Cancel* cancel = nullptr;
  OnProgress progress = {};            // texts done
};

// Continuations of prompts by a decoder. Throws Error (limit) with the counts when a prompt and what may be written exceed the model's
// context, (cancelled) when stopped.
std::vector<std::vector<FoundText>> search(const models::Model& decoder, std::span<const std::vector<std::int32_t>> prompts,
                                           const SearchOptions& options, const SearchCall& call = {});

// What an encoder–decoder writes about sources, which its encoder reads once.
std::vector<std::vector<FoundText>> search_from(const models::Model& model, std::span<const std::vector<std::int32_t>> sources,
                                                const SearchOptions& options, const SearchCall& call = {});

}  // namespace maru::engine

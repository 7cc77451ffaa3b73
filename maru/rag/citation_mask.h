#pragma once
// A mask for the sampler: a citation number that no passage of the context has cannot be written.
#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

#include "maru/rag/text_writer.h"

namespace maru::rag {

// Passages are numbered from 1. The writer is only read while this runs.
std::function<void(std::string_view so_far, std::span<float> logits)> citation_mask(const TextWriter& writer, std::size_t passages);

}  // namespace maru::rag

#pragma once
// What tasks that compare sentences share.
#include "maru/tasks/texts_common.h"

namespace maru::tasks {

// A field that must be a list of texts. Throws Error (usage).
std::vector<std::string> texts_field(std::string_view task, const Json& inputs, std::string_view field);

// The cosine of each text's vector with that of the first, which is left out. A text longer than the embedder is an Error (limit) with the
// counts, or cut where truncation was asked for.
std::vector<float> cosines_with_first(const Request& request, std::string_view task, std::span<const std::string> texts, Outcome& outcome);

}  // namespace maru::tasks

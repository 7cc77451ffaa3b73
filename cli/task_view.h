#pragma once
// What a task gave, for a person: entities in the text, bars for scores, texts as they are. It looks at the shape of the output, not at the
// task's name, so that a new task is shown without a change here.
#include "cli/command.h"

namespace maru::cli {

void show_output(Context& context, const Json& inputs, const Json& output);

// "███████▌  " of `columns` for a share of 0 to 1.
std::string bar(double share, std::size_t columns);
// The text with its entities: coloured, or in brackets behind which the label stands. start and end count code points.
std::string with_entities(std::string_view text, const Json& entities, bool color);

}  // namespace maru::cli

#pragma once
// What the tasks of encoder–decoders share: summarization, translation, text2text-generation. The reference library dropped them in its
// version 5; this keeps version 4's.
#include "maru/tasks/texts_common.h"

namespace maru::tasks {

// Beams, lengths and the like. Null stands for what the model's files say, else 4 beams and 256 new tokens.
std::vector<Argument> rewrite_arguments();

// `settings`: the part of config.json's task_specific_params to follow; `field`: "summary_text".
Outcome rewritten(const Request& request, std::string_view settings, std::string_view field);

}  // namespace maru::tasks

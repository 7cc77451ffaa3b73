// text2text-generation: whatever text a model was trained to write about a text.
#include "maru/tasks/rewrite_common.h"

namespace maru::tasks {
namespace {

Outcome run(const Request& request) { return rewritten(request, "text2text-generation", "generated_text"); }

}  // namespace

Task text2text_generation() {
  return {.name = "text2text-generation",
          .about = phrase("The text that a model was trained to write about a text"),
          .arguments = rewrite_arguments(),
          .hub_model = "google-t5/t5-base",
          .run = run};
}

}  // namespace maru::tasks

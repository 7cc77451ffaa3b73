// summarization: a text in fewer words, by an encoder–decoder that was trained for it.
#include "maru/tasks/rewrite_common.h"

namespace maru::tasks {
namespace {

Outcome run(const Request& request) { return rewritten(request, "summarization", "summary_text"); }

}  // namespace

Task summarization() {
  return {.name = "summarization",
          .about = phrase("A text in fewer words"),
          .arguments = rewrite_arguments(),
          .hub_model = "sshleifer/distilbart-cnn-12-6",
          .run = run};
}

}  // namespace maru::tasks

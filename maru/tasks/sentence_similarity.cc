// sentence-similarity: how near sentences are to a sentence in meaning, as the cosine of their vectors.
#include "maru/tasks/vectors_common.h"

namespace maru::tasks {
namespace {

Outcome run(const Request& request) {
  const Task& task = request.task;
  const Json& inputs = request.inputs;
  if (!inputs.is_object()) fail(ErrorKind::usage, "{}: inputs: expected {{\"source_sentence\": …, \"sentences\": […]}}, got {}", task.name, kind_of(inputs));
  std::vector<std::string> texts = {text_field(task.name, inputs, "source_sentence")};
  for (std::string& one : texts_field(task.name, inputs, "sentences")) texts.push_back(std::move(one));
  Outcome outcome;
  const std::vector<float> near = cosines_with_first(request, task.name, texts, outcome);
  outcome.output = std::vector<double>(near.begin(), near.end());
  return outcome;
}

}  // namespace

Task sentence_similarity() {
  return {.name = "sentence-similarity",
          .about = phrase("How near sentences are to a sentence in meaning: 1 is the same"),
          .arguments = {truncation_argument()},
          .shape = {.fields = {"source_sentence", "sentences"}, .last_repeats = true},
          .local_model = "all-minilm",
          .hub_model = "sentence-transformers/all-MiniLM-L6-v2",
          .run = run};
}

}  // namespace maru::tasks

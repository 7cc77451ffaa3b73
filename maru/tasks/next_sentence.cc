// next-sentence: whether a text goes on with another one. The reference library has the head but no pipeline; results are shaped as those of
// text-classification.
#include "maru/tasks/texts_common.h"

namespace maru::tasks {
namespace {

Outcome run(const Request& request) {
  const Task& task = request.task;
  require(request, task, models::Head::next_sentence);
  const std::vector<std::string> labels = {"is_next", "not_next"};
  const bool list = request.inputs.is_array();
  std::vector<text::Encoding> pairs;
  for (const Json& one : list ? request.inputs : Json::array({request.inputs})) {
    if (!one.is_object()) fail(ErrorKind::usage, "{}: inputs: expected {{\"text\": …, \"text_pair\": …}}, got {}", task.name, kind_of(one));
    pairs.push_back(encode_pair(request, task.name, text_field(task.name, one, "text"), text_field(task.name, one, "text_pair")));
  }
  Outcome outcome{.output = Json::array()};
  for (const Tensor& logits : run_encoder(request, pairs, models::Head::next_sentence))
    outcome.output.push_back(ranked(labels, squashed(logits.values(), Squash::softmax), std::nullopt));
  if (!list) outcome.output = Json(outcome.output.front());
  return outcome;
}

}  // namespace

Task next_sentence() {
  return {.name = "next-sentence",
          .about = phrase("Whether one text goes on with another"),
          .shape = {.fields = {"text", "text_pair"}},
          .hub_model = "google-bert/bert-base-uncased",
          .run = run};
}

}  // namespace maru::tasks

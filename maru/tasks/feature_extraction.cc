// feature-extraction: the last hidden states of a text, one vector a token.
#include "maru/tasks/texts_common.h"

namespace maru::tasks {
namespace {

Outcome run(const Request& request) {
  const Task& task = request.task;
  const Texts texts = texts_of(task.name, request.inputs);
  if (request.model->info().encoder_decoder)
    fail(ErrorKind::invalid, "{}: {} reads the last hidden states of an encoder or a decoder; this model is both", request.model->name(), task.name);
  Outcome outcome;
  const std::vector<text::Encoding> encodings = encode(request, task.name, texts.all, outcome);
  Json all = Json::array();
  for (const Tensor& hidden : run_encoder(request, encodings, std::nullopt)) {
    Json rows = Json::array();
    for (std::int64_t i = 0; i < hidden.dim(0); ++i) {
      const Tensor row = hidden.rows(i, i + 1);
      rows.push_back(std::vector<double>(row.values().begin(), row.values().end()));
    }
    all.push_back(Json::array({std::move(rows)}));  // the reference keeps the axis of the batch
  }
  outcome.output = texts.list ? std::move(all) : Json(all.front());
  return outcome;
}

}  // namespace

Task feature_extraction() {
  return {.name = "feature-extraction",
          .about = phrase("The vectors a model computes for every token of a text"),
          .arguments = {truncation_argument()},
          .local_model = "all-minilm",
          .hub_model = "distilbert/distilbert-base-cased",
          .run = run};
}

}  // namespace maru::tasks

// text-classification: which of the model's labels fits a text. sentiment-analysis is the same task by another name; a model that writes
// answers as a verbaliser.
#include "maru/tasks/texts_common.h"
#include "maru/tasks/verbaliser_common.h"

namespace maru::tasks {
namespace {

Squash squash_of(const Request& request) {
  if (request.arguments.has("function_to_apply")) {
    const std::string name = request.arguments.text("function_to_apply");
    return name == "sigmoid" ? Squash::sigmoid : name == "softmax" ? Squash::softmax : Squash::none;
  }
  const std::string_view problem = request.model->problem_type();
  if (problem == "regression") return Squash::none;
  return problem == "multi_label_classification" || request.model->labels().size() == 1 ? Squash::sigmoid : Squash::softmax;
}

Outcome run(const Request& request) {
  const Task& task = request.task;
  const Texts texts = texts_of(task.name, request.inputs, true);
  const bool asked = request.arguments.given("top_k");
  std::optional<std::size_t> top = 1;
  if (!request.arguments.has("top_k")) top = std::nullopt;
  else top = std::size_t(request.arguments.integer("top_k"));
  Outcome outcome;
  std::vector<std::vector<float>> scores;
  std::vector<std::string> labels = request.model->labels();
  if (request.model->info().causal && !request.model->model().answers(models::Head::sequence)) {
    labels = {"POSITIVE", "NEGATIVE"};
    scores = verbalised_sentiment(request, task.name, texts.all, outcome);
  } else {
    require(request, task, models::Head::sequence);
    const std::vector<text::Encoding> encodings = encode(request, task.name, texts.all, outcome);
    for (const Tensor& logits : run_encoder(request, encodings, models::Head::sequence)) scores.push_back(squashed(logits.values(), squash_of(request)));
  }
  outcome.output = Json::array();
  for (const std::vector<float>& one : scores) {
    const Json all = ranked(labels, one, top);
    outcome.output.push_back(asked ? all : all.front());
  }
  // A list gives a list; a text by itself gives one as well, as the reference has it, and a pair by itself one object.
  if (!texts.list && (asked || request.inputs.is_object())) outcome.output = Json(outcome.output.front());
  return outcome;
}

}  // namespace

Task text_classification() {
  return {.name = "text-classification",
          .aliases = {"sentiment-analysis"},
          .about = phrase("Which of a model's labels fits a text, such as positive or negative"),
          .arguments = {{.name = "top_k", .type = Type::integer, .otherwise = 1, .about = phrase("How many labels to give; all: every one"), .low = 1,
                         .nullable = true},
                        {.name = "function_to_apply", .type = Type::text, .otherwise = nullptr,
                         .about = phrase("How logits become scores; otherwise as the model's kind of problem says"),
                         .choices = {"sigmoid", "softmax", "none"}, .nullable = true},
                        truncation_argument()},
          .local_model = "smollm2",
          .hub_model = "distilbert/distilbert-base-uncased-finetuned-sst-2-english",
          .run = run};
}

}  // namespace maru::tasks

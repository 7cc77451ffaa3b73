// rerank: documents in the order in which they answer a query. A classifier of pairs with one label (a cross-encoder) reads query and
// document together; an embedder compares their vectors, which the result says.
#include <algorithm>
#include <numeric>

#include "maru/tasks/vectors_common.h"

namespace maru::tasks {
namespace {

std::vector<float> cross_encoded(const Request& request, const Task& task, std::span<const std::string> texts, Outcome& outcome) {
  const Shorten shorten = request.arguments.boolean("truncation") ? Shorten::longer : Shorten::neither;
  std::vector<std::size_t> lost;
  std::vector<text::Encoding> pairs;
  for (const std::string& document : texts.subspan(1))
    pairs.push_back(encode_pair(request, task.name, texts[0], document, shorten, &lost.emplace_back(0)));
  if (std::ranges::any_of(lost, [](std::size_t n) { return n > 0; })) outcome.truncated = std::move(lost);
  std::vector<float> scores;
  for (const Tensor& logits : run_encoder(request, pairs, models::Head::sequence)) {
    const Squash how = request.arguments.boolean("raw_scores") ? Squash::none : Squash::sigmoid;
    scores.push_back(squashed(logits.values(), how)[0]);
  }
  return scores;
}

Outcome run(const Request& request) {
  const Task& task = request.task;
  const Json& inputs = request.inputs;
  if (!inputs.is_object()) fail(ErrorKind::usage, "{}: inputs: expected {{\"query\": …, \"documents\": […]}}, got {}", task.name, kind_of(inputs));
  std::vector<std::string> texts = {text_field(task.name, inputs, "query")};
  for (std::string& one : texts_field(task.name, inputs, "documents")) texts.push_back(std::move(one));
  Outcome outcome;
  std::vector<float> scores;
  if (request.model->model().answers(models::Head::sequence)) {
    const std::size_t labels = request.model->labels().size();
    if (labels != 1)
      fail(ErrorKind::invalid, "{}: rerank needs a classifier with one label, the score; this model has {}: use text-classification with it",
           request.model->name(), labels);
    scores = cross_encoded(request, task, texts, outcome);
  } else {
    scores = cosines_with_first(request, task.name, texts, outcome);
    outcome.method = "cosine";
  }
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  if (request.arguments.has("top_k")) order.resize(std::min(order.size(), std::size_t(request.arguments.integer("top_k"))));
  outcome.output = Json::array();
  for (const std::size_t i : order) {
    Json one = {{"index", i}, {"score", double(scores[i])}};
    if (request.arguments.boolean("return_text")) one["text"] = texts[i + 1];
    outcome.output.push_back(std::move(one));
  }
  return outcome;
}

}  // namespace

Task rerank() {
  return {.name = "rerank",
          .about = phrase("Documents in the order in which they answer a query"),
          .arguments = {{.name = "top_k", .type = Type::integer, .otherwise = nullptr, .about = phrase("How many documents to give; otherwise all"),
                         .low = 1, .nullable = true},
                        {.name = "raw_scores", .type = Type::boolean, .otherwise = false, .about = phrase("Logits instead of numbers between 0 and 1")},
                        {.name = "return_text", .type = Type::boolean, .otherwise = false, .about = phrase("Repeat the documents in the result")},
                        truncation_argument()},
          .shape = {.fields = {"query", "documents"}, .last_repeats = true},
          .local_model = "all-minilm",
          .run = run};
}

}  // namespace maru::tasks

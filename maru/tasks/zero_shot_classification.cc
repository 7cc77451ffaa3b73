// zero-shot-classification: which of the caller's own labels fits a text, by a model that judges whether one text follows from another; or
// by a verbaliser where the model writes.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "maru/base/unicode.h"
#include "maru/tasks/texts_common.h"
#include "maru/tasks/verbaliser_common.h"

namespace maru::tasks {
namespace {

// The reference's sentence was made for classifiers; one that names a subject does better with a model that only writes.
constexpr std::string_view kVerbaliserForm = "This text is about {}.";

// The label that says "it follows": the last one where none is named so, which the person is told.
std::size_t entailment(const engine::Pretrained& model, Outcome& outcome) {
  const std::vector<std::string>& labels = model.labels();
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (unicode::lower(labels[i]).starts_with("entail")) return i;
  outcome.notes.push_back(phrase("none of this model's labels is called entailment; the last one, {:?}, is taken for it", labels.back()));
  return labels.size() - 1;
}

std::vector<float> scores_of(const Request& request, std::string_view text, std::span<const std::string> hypotheses, bool multi, std::size_t entails,
                             std::size_t& lost) {
  const Shorten shorten = request.arguments.boolean("truncation") ? Shorten::first : Shorten::neither;
  std::vector<text::Encoding> pairs;
  for (const std::string& hypothesis : hypotheses) pairs.push_back(encode_pair(request, request.task.name, text, hypothesis, shorten, &lost));
  const std::vector<Tensor> logits = run_encoder(request, pairs, models::Head::sequence);
  const std::size_t contradicts = entails == 0 ? request.model->labels().size() - 1 : 0;
  std::vector<float> out;
  for (const Tensor& one : logits) {
    const float yes = one.data()[entails], no = one.data()[contradicts];
    out.push_back(multi ? squashed(std::array{no, yes}, Squash::softmax)[1] : yes);
  }
  return multi ? out : squashed(out, Squash::softmax);
}

Json shown(std::string_view text, std::span<const std::string> labels, std::span<const float> scores) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  std::ranges::reverse(order);  // so the reference sorts: of equals the later label comes first
  Json names = Json::array(), values = Json::array();
  for (const std::size_t i : order) {
    names.push_back(labels[i]);
    values.push_back(double(scores[i]));
  }
  return {{"sequence", text}, {"labels", names}, {"scores", values}};
}

Outcome run(const Request& request) {
  const Task& task = request.task;
  const Texts texts = texts_of(task.name, request.inputs);
  const std::vector<std::string> labels = request.arguments.texts("candidate_labels");
  if (labels.empty()) fail(ErrorKind::usage, "{}: candidate_labels is missing: the labels to choose from, as a list or separated by commas", task.name);
  const std::string form = request.arguments.text("hypothesis_template");
  const std::size_t hole = form.find("{}");
  if (hole == std::string::npos || form.find("{}", hole + 2) != std::string::npos)
    fail(ErrorKind::usage, "{}: hypothesis_template: expected exactly one {{}}, where the label goes, got {:?}", task.name, form);
  const bool multi = request.arguments.boolean("multi_label") || labels.size() == 1;
  Outcome outcome;
  std::vector<std::vector<float>> scores;
  if (request.model->info().causal && !request.model->model().answers(models::Head::sequence)) {
    const bool own_form = request.arguments.given("hypothesis_template");
    scores = verbalised_labels(request, task.name, texts.all, {.labels = labels, .form = own_form ? form : kVerbaliserForm, .multi = multi}, outcome);
    if (!own_form) outcome.notes.push_back(phrase("the sentence that is completed is {:?}; hypothesis_template sets another", kVerbaliserForm));
  } else {
    require(request, task, models::Head::sequence);
    const std::size_t entails = entailment(*request.model, outcome);
    std::vector<std::string> hypotheses;
    for (const std::string& label : labels) hypotheses.push_back(form.substr(0, hole) + label + form.substr(hole + 2));
    std::vector<std::size_t> lost(texts.all.size());
    for (std::size_t i = 0; i < lost.size(); ++i) scores.push_back(scores_of(request, texts.all[i].text, hypotheses, multi, entails, lost[i]));
    if (std::ranges::any_of(lost, [](std::size_t n) { return n > 0; })) outcome.truncated = std::move(lost);
  }
  outcome.output = Json::array();
  for (std::size_t i = 0; i < texts.all.size(); ++i) outcome.output.push_back(shown(texts.all[i].text, labels, scores[i]));
  if (!texts.list) outcome.output = Json(outcome.output.front());
  return outcome;
}

}  // namespace

Task zero_shot_classification() {
  return {.name = "zero-shot-classification",
          .about = phrase("Which of your own labels fits a text"),
          .arguments = {{.name = "candidate_labels", .type = Type::list, .otherwise = nullptr,
                         .about = phrase("The labels to choose from, separated by commas")},
                        {.name = "hypothesis_template", .type = Type::text, .otherwise = "This example is {}.",
                         .about = phrase("The sentence that is judged; the label goes where {{}} stands")},
                        {.name = "multi_label", .type = Type::boolean, .otherwise = false, .about = phrase("Several labels may fit: each is judged by itself")},
                        truncation_argument()},
          .local_model = "smollm2",
          .hub_model = "facebook/bart-large-mnli",
          .run = run};
}

}  // namespace maru::tasks

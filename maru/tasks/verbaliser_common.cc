// The prompt's beginning is run once; each text continues from its keys and values, and each label from the text's.
#include "maru/tasks/verbaliser_common.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "maru/engine/session.h"

namespace maru::tasks {
namespace {

using Ids = std::vector<std::int32_t>;

// A text from which nobody can tell anything. On 200 sentences of the training part of SST-2 it did better than sentences without opinion.
constexpr std::string_view kNeutral = "N/A";

class Verbaliser {
 public:
  Verbaliser(const Request& request, std::string_view task, std::string_view before, std::string_view after, std::vector<std::vector<std::string>> words)
      : request_(request), task_(task), session_(request.model->model()), after_(after) {
    for (const std::vector<std::string>& group : words) {
      groups_.emplace_back();
      for (const std::string& word : group) groups_.back().push_back(ids_of(word));
      for (const Ids& ids : groups_.back()) check(!ids.empty(), "{}: a label is empty", task_);
    }
    const Ids prefix = ids_of(before);
    if (!prefix.empty()) (void)session_.run(prefix, engine::Session::Rows::last, request_.cancel);
    prefix_ = session_.length();
  }

  // log p(words of each label | text), less what the neutral text gives it.
  std::vector<float> calibrated(std::string_view text) {
    if (neutral_.empty()) neutral_ = weighed(kNeutral);
    std::vector<float> out = weighed(text);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] -= neutral_[i];
    return out;
  }

 private:
  Ids ids_of(std::string_view text) const { return request_.model->tokenizer()->encode(text, {.add_special = false}).ids; }

  std::vector<float> weighed(std::string_view text) {
    session_.truncate(prefix_);
    const Ids ids = ids_of(std::string(text) + after_);
    const std::int64_t room = request_.model->info().context - prefix_;
    if (std::int64_t(ids.size()) + kLabelTokens > room)
      fail(ErrorKind::limit, "{}: a text has {} tokens, the model takes {} beside the prompt; shorten it", task_, ids.size(), room - kLabelTokens);
    const Tensor logits = session_.run(ids, engine::Session::Rows::last, request_.cancel);
    const std::int64_t behind = session_.length();
    std::vector<float> out;
    for (const std::vector<Ids>& group : groups_) {
      std::vector<float> each;
      for (const Ids& label : group) each.push_back(likelihood(logits, behind, label));
      out.push_back(log_sum(each));
    }
    return out;
  }

  // log p(label | what was run): the first token from the logits at hand, the others from the cache.
  float likelihood(const Tensor& logits, std::int64_t behind, const Ids& label) {
    float total = log_probability(logits.values(), label[0]);
    if (label.size() == 1) return total;
    session_.truncate(behind);
    const Tensor rest = session_.run(std::span(label).first(label.size() - 1), engine::Session::Rows::all, request_.cancel);
    for (std::size_t i = 1; i < label.size(); ++i) total += log_probability(rest.rows(std::int64_t(i) - 1, std::int64_t(i)).values(), label[i]);
    return total;
  }

  static float log_sum(std::span<const float> values) {
    const float top = std::ranges::max(values);
    float total = 0;
    for (const float v : values) total += std::exp(v - top);
    return top + std::log(total);
  }
  static float log_probability(std::span<const float> logits, std::int32_t id) { return logits[std::size_t(id)] - log_sum(logits); }

  static constexpr std::int64_t kLabelTokens = 64;  // kept free for a label
  const Request& request_;
  std::string task_;
  engine::Session session_;
  std::string after_;
  std::int64_t prefix_ = 0;
  std::vector<std::vector<Ids>> groups_;  // of each label, its words
  std::vector<float> neutral_;
};

void say_so(Outcome& outcome) {
  outcome.method = "verbaliser";
  outcome.notes.push_back(
      phrase("this model writes and is no classifier: the scores are how likely it finds the label's words, less accurate than a classifier's"));
}

void progress(const Request& request, std::size_t done, std::size_t total) {
  if (request.cancel) request.cancel->check();
  if (request.progress) request.progress({.what = "reading", .done = done, .total = total, .unit = "texts"});
}

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n"), end = text.find_last_not_of(" \t\r\n");
  return begin == std::string_view::npos ? std::string() : std::string(text.substr(begin, end - begin + 1));
}

}  // namespace

std::vector<std::vector<float>> verbalised_sentiment(const Request& request, std::string_view task, std::span<const Text> texts, Outcome& outcome) {
  Verbaliser model(request, task, "Text: ", "\nSentiment:", {{" positive"}, {" negative"}});
  say_so(outcome);
  std::vector<std::vector<float>> out;
  for (const Text& one : texts) {
    if (one.pair) fail(ErrorKind::usage, "{}: a pair of texts needs a classifier that was trained on pairs; this model writes", task);
    out.push_back(squashed(model.calibrated(trimmed(one.text)), Squash::softmax));
    progress(request, out.size(), texts.size());
  }
  return out;
}

std::vector<std::vector<float>> verbalised_labels(const Request& request, std::string_view task, std::span<const Text> texts, const OwnLabels& own,
                                                  Outcome& outcome) {
  // "This example is {}." ends before the label; the blank before it belongs to the label's first token.
  std::string_view before = own.form.substr(0, own.form.find("{}"));
  const bool blank = before.ends_with(' ');
  if (blank) before.remove_suffix(1);
  std::vector<std::vector<std::string>> words;
  for (const std::string& label : own.labels) words.push_back({(blank ? " " : "") + label});
  Verbaliser model(request, task, "", "\n" + std::string(before), std::move(words));
  say_so(outcome);
  std::vector<std::vector<float>> out;
  for (const Text& one : texts) {
    const std::vector<float> found = model.calibrated(trimmed(one.text));
    out.push_back(squashed(found, own.multi ? Squash::sigmoid : Squash::softmax));
    progress(request, out.size(), texts.size());
  }
  return out;
}

}  // namespace maru::tasks

// question-answering: the span of a text that answers a question. A text longer than the model is read in windows that overlap.
#include <algorithm>
#include <cmath>

#include "maru/base/unicode.h"
#include "maru/tasks/texts_common.h"

namespace maru::tasks {
namespace {

constexpr int kContext = 1;  // the second text of the pair

struct Span {
  std::size_t first = 0, last = 0;  // tokens
  float score = 0;
};
struct Answer {
  std::string text, lower;
  double score = 0;
  std::size_t start = 0, end = 0;   // code points of the context
};
struct Settings {
  std::size_t top_k, longest;
  bool impossible, whole_words;
};

// Softmax over the tokens that may be part of an answer.
std::vector<float> probabilities(const Tensor& logits, std::int64_t column, const std::vector<bool>& allowed) {
  std::vector<float> out(allowed.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = allowed[i] ? logits.data()[std::int64_t(i) * 2 + column] : -10000.0f;
  return squashed(out, Squash::softmax);
}

// The likeliest spans of one window; `null_score` becomes the least score that any window gives to having no answer.
std::vector<Span> spans_of(const Request& request, const text::Encoding& window, const Tensor& logits, const Settings& settings, double& null_score) {
  const text::Tokenizer& tokenizer = *request.model->tokenizer();
  std::vector<bool> allowed;
  for (std::size_t i = 0; i < window.ids.size(); ++i)
    allowed.push_back(window.sequence[i] == kContext || (tokenizer.classify && window.ids[i] == *tokenizer.classify));
  std::vector<float> start = probabilities(logits, 0, allowed), end = probabilities(logits, 1, allowed);
  if (settings.impossible) null_score = std::min(null_score, double(start[0] * end[0]));
  start[0] = end[0] = 0;
  std::vector<Span> spans;
  for (std::size_t first = 0; first < start.size(); ++first)
    for (std::size_t last = first; last < std::min(first + settings.longest, end.size()); ++last)
      if (const float score = start[first] * end[last]; score > 0 && allowed[first] && allowed[last]) spans.push_back({first, last, score});
  // Words may fold several candidates into one answer, so more are kept than are asked for.
  const std::size_t keep = settings.whole_words ? settings.top_k * 2 + 10 : settings.top_k;
  std::ranges::stable_sort(spans, std::ranges::greater{}, &Span::score);
  if (spans.size() > keep) spans.resize(keep);
  return spans;
}

// The code points of a span, widened to the words it touches as far as the window shows them.
std::array<std::size_t, 2> place_of(const text::Encoding& window, const Span& span, bool whole_words) {
  std::size_t first = span.first, last = span.last;
  if (whole_words && window.words[first] >= 0 && window.words[last] >= 0) {
    const auto same = [&](std::size_t a, std::size_t b) { return window.words[a] == window.words[b] && window.sequence[a] == window.sequence[b]; };
    while (first > 0 && same(first - 1, first)) --first;
    while (last + 1 < window.ids.size() && same(last + 1, last)) ++last;
  }
  return {window.offsets[first][0], window.offsets[last][1]};
}

Json answered(const Request& request, const Task& task, const Json& input) {
  const Arguments& arguments = request.arguments;
  if (!input.is_object()) fail(ErrorKind::usage, "{}: inputs: expected {{\"question\": …, \"context\": …}}, got {}", task.name, kind_of(input));
  const std::string question = text_field(task.name, input, "question"), context = text_field(task.name, input, "context");
  if (question.empty() || context.empty()) fail(ErrorKind::usage, "{}: the {} is empty", task.name, question.empty() ? "question" : "context");
  const text::Tokenizer& tokenizer = *request.model->tokenizer();
  std::size_t most = std::min<std::size_t>(request.model->max_tokens(), 384);
  if (arguments.has("max_seq_len")) most = std::min(request.model->max_tokens(), std::size_t(arguments.integer("max_seq_len")));
  const std::size_t stride = arguments.has("doc_stride") ? std::size_t(arguments.integer("doc_stride")) : std::min<std::size_t>(most / 2, 128);
  if (stride > most) fail(ErrorKind::usage, "{}: doc_stride is {}, more than the {} tokens of a window", task.name, stride, most);
  if (arguments.has("max_question_len")) {
    const std::size_t tokens = tokenizer.encode(question, {.add_special = false, .parse_special = true}).ids.size();
    if (tokens > std::size_t(arguments.integer("max_question_len")))
      fail(ErrorKind::limit, "{}: the question has {} tokens, max_question_len allows {}", task.name, tokens, arguments.integer("max_question_len"));
  }
  const Settings settings{.top_k = std::size_t(arguments.integer("top_k")), .longest = std::size_t(arguments.integer("max_answer_len")),
                          .impossible = arguments.boolean("handle_impossible_answer"), .whole_words = arguments.boolean("align_to_words")};
  const std::vector<text::Encoding> windows = text::windows(tokenizer.encode_pair(question, context, kAsReference), most, stride);
  const std::vector<Tensor> logits = run_encoder(request, windows, models::Head::span);
  const std::u32string letters = unicode::code_points(context);
  std::vector<Answer> answers;
  double null_score = 1000000;
  for (std::size_t i = 0; i < windows.size(); ++i)
    for (const Span& span : spans_of(request, windows[i], logits[i], settings, null_score)) {
      const auto [start, end] = place_of(windows[i], span, settings.whole_words);
      Answer found{.text = unicode::utf8(std::u32string_view(letters).substr(start, end - start)), .lower = {}, .score = span.score, .start = start,
                   .end = end};
      found.lower = unicode::lower(found.text);
      const auto same = std::ranges::find(answers, found.lower, &Answer::lower);
      if (same != answers.end()) same->score += found.score;
      else answers.push_back(std::move(found));
    }
  if (settings.impossible) answers.push_back({.text = {}, .lower = {}, .score = null_score});
  std::ranges::stable_sort(answers, std::ranges::greater{}, &Answer::score);
  if (answers.size() > settings.top_k) answers.resize(settings.top_k);
  Json out = Json::array();
  for (const Answer& one : answers) out.push_back({{"score", one.score}, {"start", one.start}, {"end", one.end}, {"answer", one.text}});
  return out.size() == 1 ? Json(out.front()) : out;
}

Outcome run(const Request& request) {
  const Task& task = request.task;
  require(request, task, models::Head::span);
  Outcome outcome;
  if (!request.inputs.is_array()) {
    outcome.output = answered(request, task, request.inputs);
    return outcome;
  }
  outcome.output = Json::array();
  for (const Json& one : request.inputs) outcome.output.push_back(answered(request, task, one));
  if (outcome.output.size() == 1) outcome.output = Json(outcome.output.front());
  return outcome;
}

}  // namespace

Task question_answering() {
  return {.name = "question-answering",
          .about = phrase("The words of a text that answer a question"),
          .arguments = {{.name = "top_k", .type = Type::integer, .otherwise = 1, .about = phrase("How many answers to give"), .low = 1, .high = 1000},
                        {.name = "doc_stride", .type = Type::integer, .otherwise = nullptr,
                         .about = phrase("Tokens that neighbouring windows share; otherwise half a window, at most 128"), .low = 0, .nullable = true},
                        {.name = "max_answer_len", .type = Type::integer, .otherwise = 15, .about = phrase("Tokens of the longest answer"), .low = 1},
                        {.name = "max_seq_len", .type = Type::integer, .otherwise = nullptr,
                         .about = phrase("Tokens of a window, question included; otherwise as many as the model takes, at most 384"), .low = 4,
                         .nullable = true},
                        {.name = "max_question_len", .type = Type::integer, .otherwise = nullptr, .about = phrase("Tokens that a question may have"),
                         .low = 1, .nullable = true},
                        {.name = "handle_impossible_answer", .type = Type::boolean, .otherwise = false, .about = phrase("Having no answer is one too")},
                        {.name = "align_to_words", .type = Type::boolean, .otherwise = true, .about = phrase("Answers begin and end at words")}},
          .shape = {.fields = {"question", "context"}},
          .hub_model = "distilbert/distilbert-base-cased-distilled-squad",
          .run = run};
}

}  // namespace maru::tasks

// token-classification: a label for every token, joined into entities where asked for. ner is the same task by another name.
#include <algorithm>

#include "maru/base/unicode.h"
#include "maru/tasks/entities_common.h"
#include "maru/tasks/texts_common.h"

namespace maru::tasks {
namespace {

// Tokens of a window as labelled pieces of the text.
std::vector<LabelledToken> labelled(const Request& request, const std::u32string& text, const text::Encoding& encoding, const Tensor& logits) {
  const text::Tokenizer& tokenizer = *request.model->tokenizer();
  const std::string_view continuing = tokenizer.continuing_prefix();
  std::vector<LabelledToken> out;
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
    if (encoding.sequence[i] < 0) continue;  // [CLS], [SEP]: not of the text
    const auto [start, end] = encoding.offsets[i];
    LabelledToken token{.word = std::string(tokenizer.piece(encoding.ids[i])), .id = encoding.ids[i], .start = start, .end = end, .index = i};
    token.scores = squashed(logits.rows(std::int64_t(i), std::int64_t(i) + 1).values(), Squash::softmax);
    const std::u32string_view slice = std::u32string_view(text).substr(start, end - start);
    // A vocabulary that marks the inside of words tells by the spelling; else a blank between the tokens does.
    if (!continuing.empty()) token.inside_word = unicode::length(token.word) != slice.size();
    else token.inside_word = start > 0 && std::u32string_view(text).substr(start - 1, 2).find(U' ') == std::u32string_view::npos;
    if (tokenizer.unknown && token.id == *tokenizer.unknown) {
      token.word = unicode::utf8(slice);
      token.literal = true;
      token.inside_word = false;
    }
    out.push_back(std::move(token));
  }
  return out;
}

Outcome run(const Request& request) {
  const Task& task = request.task;
  require(request, task, models::Head::token);
  const Arguments& arguments = request.arguments;
  const Texts texts = texts_of(task.name, request.inputs);
  const Aggregation aggregation = aggregation_of(arguments.text("aggregation_strategy"));
  const std::vector<std::string> ignored = arguments.texts("ignore_labels");
  std::optional<std::size_t> stride;
  if (arguments.has("stride")) stride = std::size_t(arguments.integer("stride"));
  if (stride && aggregation == Aggregation::none)
    fail(ErrorKind::usage, "{}: stride joins the entities of overlapping windows, so it needs an aggregation_strategy other than none", task.name);
  Outcome outcome;
  Json all = Json::array();
  for (const Text& one : texts.all) {
    const std::vector<text::Encoding> windows =
        stride ? text::windows(request.model->tokenizer()->encode(one.text, kAsReference), request.model->max_tokens(), *stride)
               : encode(request, task.name, {&one, 1}, outcome);
    const std::vector<Tensor> logits = run_encoder(request, windows, models::Head::token);
    const std::u32string text = unicode::code_points(one.text);
    std::vector<Entity> entities;
    for (std::size_t i = 0; i < windows.size(); ++i) {
      const std::vector<LabelledToken> tokens = labelled(request, text, windows[i], logits[i]);
      for (Entity& entity : aggregated(*request.model, tokens, aggregation))
        if (std::ranges::find(ignored, entity.label) == ignored.end()) entities.push_back(std::move(entity));
    }
    if (windows.size() > 1) entities = without_overlaps(std::move(entities));
    Json found = Json::array();
    for (const Entity& entity : entities) found.push_back(entity.json(aggregation));
    all.push_back(std::move(found));
  }
  outcome.output = texts.list ? all : Json(all.front());
  return outcome;
}

}  // namespace

Task token_classification() {
  return {.name = "token-classification",
          .aliases = {"ner"},
          .about = phrase("The names of people, places and organisations in a text, or whatever labels a model gives its tokens"),
          .arguments = {{.name = "aggregation_strategy", .type = Type::text, .otherwise = "none",
                         .about = phrase("How tokens become entities: not at all, neighbours of one label, or whole words first"),
                         .choices = {"none", "simple", "first", "average", "max"}},
                        {.name = "ignore_labels", .type = Type::texts, .otherwise = Json::array({"O"}), .about = phrase("Labels to leave out")},
                        {.name = "stride", .type = Type::integer, .otherwise = nullptr,
                         .about = phrase("Read a text that is longer than the model in windows that share so many tokens"), .low = 0, .nullable = true},
                        truncation_argument()},
          .hub_model = "dbmdz/bert-large-cased-finetuned-conll03-english",
          .run = run};
}

}  // namespace maru::tasks

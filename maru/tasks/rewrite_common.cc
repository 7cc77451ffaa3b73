// Arguments over what the files say over the reference's defaults, then one search for all texts.
#include "maru/tasks/rewrite_common.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "maru/engine/seq2seq.h"

namespace maru::tasks {
namespace {

constexpr int kBeams = 4;
constexpr std::int64_t kNewTokens = 256, kUnsetLength = 20;

engine::SearchOptions options_of(const Request& request, std::string_view settings, Outcome& outcome) {
  const io::ModelFile& file = request.model->file();
  engine::SearchOptions options = engine::search_options(file, settings);
  if (options.beams == 1) options.beams = kBeams;
  if (!options.max_new_tokens && options.max_length.value_or(kUnsetLength) == kUnsetLength) options.max_new_tokens = kNewTokens;
  if (!options.ignored.empty())
    outcome.notes.push_back(phrase("the model's files set {}, which this program does not follow", fmt::format("{}", fmt::join(options.ignored, ", "))));
  const std::vector<std::string> known = engine::search_tasks(file);
  if (!known.empty() && std::ranges::find(known, settings) == known.end())
    outcome.notes.push_back(phrase("this model's config.json says nothing of {}; it has settings for: {}", settings, fmt::format("{}", fmt::join(known, ", "))));
  const Arguments& a = request.arguments;
  if (a.has("num_beams")) options.beams = int(a.integer("num_beams"));
  if (a.has("num_return_sequences")) options.returned = int(a.integer("num_return_sequences"));
  if (a.has("max_new_tokens")) options.max_new_tokens = a.integer("max_new_tokens");
  if (a.has("max_length")) {
    options.max_length = a.integer("max_length");
    if (!a.has("max_new_tokens")) options.max_new_tokens = std::nullopt;
  }
  if (a.has("min_length")) options.min_length = a.integer("min_length");
  if (a.has("length_penalty")) options.length_penalty = float(a.number("length_penalty"));
  if (a.has("repetition_penalty")) options.repetition_penalty = float(a.number("repetition_penalty"));
  if (a.has("no_repeat_ngram_size")) options.no_repeat_ngram_size = a.integer("no_repeat_ngram_size");
  if (a.has("early_stopping")) options.early_stopping = a.boolean("early_stopping") ? engine::EarlyStopping::yes : engine::EarlyStopping::no;
  if (options.returned > options.beams)
    fail(ErrorKind::usage, "{}: num_return_sequences is {}, more than the {} beams", request.task.name, options.returned, options.beams);
  return options;
}

}  // namespace

std::vector<Argument> rewrite_arguments() {
  return {{.name = "max_new_tokens", .type = Type::integer, .otherwise = nullptr, .about = phrase("Tokens to write at most; otherwise as the model's files say, or 256"),
           .low = 1, .nullable = true},
          {.name = "max_length", .type = Type::integer, .otherwise = nullptr, .about = phrase("The same, the decoder's first token counted"), .low = 2,
           .nullable = true},
          {.name = "min_length", .type = Type::integer, .otherwise = nullptr, .about = phrase("No end before so many tokens"), .low = 0, .nullable = true},
          {.name = "num_beams", .type = Type::integer, .otherwise = nullptr,
           .about = phrase("Hypotheses to keep at each step; 1: the likeliest token each time; otherwise as the model's files say, or 4"), .low = 1,
           .high = 64, .nullable = true},
          {.name = "num_return_sequences", .type = Type::integer, .otherwise = nullptr, .about = phrase("How many of them to give"), .low = 1, .high = 64,
           .nullable = true},
          {.name = "length_penalty", .type = Type::number, .otherwise = nullptr, .about = phrase("Above 0 longer texts are preferred"), .low = -100,
           .high = 100, .nullable = true},
          {.name = "repetition_penalty", .type = Type::number, .otherwise = nullptr, .about = phrase("Above 1 tokens come less often again"), .low = 0.01,
           .high = 100, .nullable = true},
          {.name = "no_repeat_ngram_size", .type = Type::integer, .otherwise = nullptr, .about = phrase("No run of so many tokens comes twice; 0: any may"),
           .low = 0, .nullable = true},
          {.name = "early_stopping", .type = Type::boolean, .otherwise = false, .about = phrase("Stop once there are as many texts as beams"),
           .nullable = true},
          truncation_argument()};
}

Outcome rewritten(const Request& request, std::string_view settings, std::string_view field) {
  const Texts texts = texts_of(request.task.name, request.inputs);
  if (!request.model->info().encoder_decoder)
    fail(ErrorKind::invalid, "{}: {} needs a model that reads one text and writes another (an encoder–decoder), and this is none; choose one such as {}",
         request.model->name(), request.task.name, request.task.hub_model);
  require(request, request.task, models::Head::vocabulary);
  Outcome outcome;
  const engine::SearchOptions options = options_of(request, settings, outcome);
  std::vector<std::string> sources;
  for (const Text& one : texts.all) sources.push_back(one.text);
  const engine::Seq2Seq model(request.model->model(), request.model->tokenizer(), request.model->tokenizer());
  const engine::RewriteCall call{.truncate = request.arguments.boolean("truncation"), .max_source_tokens = request.model->max_tokens(),
                                 .cancel = request.cancel, .progress = request.progress};
  Json all = Json::array();
  std::vector<std::size_t> lost;
  bool single = true;
  for (const engine::Rewritten& one : model(sources, options, call)) {
    Json written = Json::array();
    for (const engine::Written& text : one.texts) written.push_back({{field, text.text}});
    single = single && written.size() == 1;
    lost.push_back(one.truncated);
    all.push_back(std::move(written));
  }
  if (std::ranges::any_of(lost, [](std::size_t n) { return n > 0; })) outcome.truncated = std::move(lost);
  if (!texts.list) {
    outcome.output = Json(all.front());
  } else if (single) {  // one text each: a plain list, as the reference has it
    outcome.output = Json::array();
    for (const Json& one : all) outcome.output.push_back(one.front());
  } else {
    outcome.output = std::move(all);
  }
  return outcome;
}

}  // namespace maru::tasks

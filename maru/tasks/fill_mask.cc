// fill-mask: the words that a model expects behind the mask token. Several masks are filled one by one, each with the others still masked.
#include <algorithm>
#include <numeric>

#include "maru/tasks/texts_common.h"

namespace maru::tasks {
namespace {

// The tokens that targets stand for: a piece of the vocabulary, else the first token of the text.
std::vector<std::int32_t> targets_of(const Request& request, Outcome& outcome) {
  const text::Tokenizer& tokenizer = *request.model->tokenizer();
  std::vector<std::int32_t> ids;
  for (const std::string& target : request.arguments.texts("targets")) {
    std::optional<std::int32_t> id = tokenizer.id(target);
    if (!id) {
      const std::vector<std::int32_t> pieces = tokenizer.encode(target, {.add_special = false, .parse_special = true}).ids;
      if (pieces.empty()) {
        outcome.notes.push_back(phrase("target {:?} has no token in this vocabulary and is left out", target));
        continue;
      }
      id = pieces.front();
      outcome.notes.push_back(phrase("target {:?} is no single token of this vocabulary: {:?} stands for it", target, tokenizer.piece(*id)));
    }
    if (std::ranges::find(ids, *id) == ids.end()) ids.push_back(*id);
  }
  if (ids.empty()) fail(ErrorKind::usage, "fill-mask: targets: none of them has a token in this model's vocabulary");
  std::ranges::sort(ids);
  return ids;
}

Json filled(const text::Tokenizer& tokenizer, const std::vector<std::int32_t>& ids, std::size_t at, std::int32_t id, float score, bool single) {
  std::vector<std::int32_t> whole = ids;
  whole[at] = id;
  if (tokenizer.padding) std::erase(whole, *tokenizer.padding);
  // With one mask the special tokens are noise; with several the others must still be seen.
  return {{"score", double(score)}, {"token", id}, {"token_str", tokenizer.decode({&id, 1}, false)}, {"sequence", tokenizer.decode(whole, single)}};
}

Json best_of(const Request& request, const text::Encoding& encoding, const Tensor& logits, std::size_t at, bool single,
             std::span<const std::int32_t> targets) {
  const auto row = std::int64_t(at);
  const std::vector<float> scores = squashed(logits.rows(row, row + 1).values(), Squash::softmax);
  std::vector<std::int32_t> order(targets.begin(), targets.end());
  if (targets.empty()) {
    order.resize(scores.size());
    std::iota(order.begin(), order.end(), 0);
  }
  const std::size_t count = std::min(order.size(), std::size_t(request.arguments.integer("top_k")));
  std::ranges::partial_sort(order, order.begin() + std::ptrdiff_t(count), [&](std::int32_t a, std::int32_t b) {
    const float pa = scores[std::size_t(a)], pb = scores[std::size_t(b)];
    return pa != pb ? pa > pb : a < b;
  });
  Json out = Json::array();
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(filled(*request.model->tokenizer(), encoding.ids, at, order[i], scores[std::size_t(order[i])], single));
  return out;
}

Outcome run(const Request& request) {
  const Task& task = request.task;
  require(request, task, models::Head::vocabulary);
  const text::Tokenizer& tokenizer = *request.model->tokenizer();
  const std::optional<std::int32_t> mask = request.model->info().causal ? std::nullopt : tokenizer.mask;
  if (!mask)
    fail(ErrorKind::invalid, "{}: this model's tokenizer has no mask token, so it was not trained to fill one; choose one such as {}",
         request.model->name(), task.hub_model);
  const Texts texts = texts_of(task.name, request.inputs);
  Outcome outcome;
  std::vector<std::int32_t> targets;
  if (request.arguments.has("targets")) targets = targets_of(request, outcome);
  const std::vector<text::Encoding> encodings = encode(request, task.name, texts.all, outcome);
  for (std::size_t i = 0; i < encodings.size(); ++i)
    if (std::ranges::find(encodings[i].ids, *mask) == encodings[i].ids.end())
      fail(ErrorKind::usage, "fill-mask: text {} has no mask; write {} where the word is to be found", i + 1, tokenizer.piece(*mask));
  const std::vector<Tensor> logits = run_encoder(request, encodings, models::Head::vocabulary);
  Json all = Json::array();
  for (std::size_t i = 0; i < encodings.size(); ++i) {
    const std::vector<std::int32_t>& ids = encodings[i].ids;
    const bool single = std::ranges::count(ids, *mask) == 1;
    Json masks = Json::array();
    for (std::size_t at = 0; at < ids.size(); ++at)
      if (ids[at] == *mask) masks.push_back(best_of(request, encodings[i], logits[i], at, single, targets));
    all.push_back(single ? Json(masks.front()) : masks);
  }
  // A list of one text gives that text's result, as the reference has it.
  outcome.output = all.size() == 1 ? Json(all.front()) : all;
  return outcome;
}

}  // namespace

Task fill_mask() {
  return {.name = "fill-mask",
          .about = phrase("The words that a model expects at the mask in a text"),
          .arguments = {{.name = "top_k", .type = Type::integer, .otherwise = 5, .about = phrase("How many words to give for each mask"), .low = 1},
                        {.name = "targets", .type = Type::texts, .otherwise = nullptr, .about = phrase("Only these words are weighed"), .nullable = true},
                        truncation_argument()},
          .hub_model = "distilbert/distilroberta-base",
          .run = run};
}

}  // namespace maru::tasks

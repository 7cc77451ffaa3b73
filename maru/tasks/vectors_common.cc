// Sentences compared by the embedder, which pools and normalises as the model's files say.
#include "maru/tasks/vectors_common.h"

#include "maru/engine/embedder.h"

namespace maru::tasks {

std::vector<std::string> texts_field(std::string_view task, const Json& inputs, std::string_view field) {
  const auto at = inputs.find(field);
  if (at == inputs.end()) fail(ErrorKind::usage, "{}: inputs: the field {:?} is missing", task, field);
  if (!at->is_array()) fail(ErrorKind::usage, "{}: inputs: {}: expected a list of texts, got {}", task, field, kind_of(*at));
  std::vector<std::string> texts;
  for (const Json& one : *at) {
    if (!one.is_string()) fail(ErrorKind::usage, "{}: inputs: {}[{}]: expected a text, got {}", task, field, texts.size(), kind_of(one));
    texts.push_back(one.get<std::string>());
  }
  return texts;
}

std::vector<float> cosines_with_first(const Request& request, std::string_view task, std::span<const std::string> texts, Outcome& outcome) {
  const engine::Embedder embedder(request.model);
  const std::vector<engine::Embedding> vectors = embedder(texts, {.cancel = request.cancel, .progress = request.progress});
  bool any = false;
  std::vector<std::size_t> lost;
  for (const engine::Embedding& one : vectors) {
    lost.push_back(one.truncated);
    if (one.truncated == 0) continue;
    if (!request.arguments.boolean("truncation"))
      fail(ErrorKind::limit, "{}: text {} has {} tokens, the model takes {}; shorten it, or ask for truncation", task, lost.size(),
           one.tokens + one.truncated, embedder.max_tokens());
    any = true;
  }
  if (any) outcome.truncated = std::move(lost);
  std::vector<float> out;
  for (std::size_t i = 1; i < vectors.size(); ++i) {
    float sum = 0;
    for (std::size_t k = 0; k < vectors[0].vector.size(); ++k) sum += vectors[0].vector[k] * vectors[i].vector[k];
    out.push_back(sum);
  }
  return out;
}

}  // namespace maru::tasks

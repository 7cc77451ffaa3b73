// Pairs and words put together from single texts.
#include "maru/tasks/tokens_common.h"

#include <algorithm>

namespace maru::tasks {
namespace {

// Where a new word begins: for vocabularies that mark what continues a word, at every other piece; else behind a blank.
void number_words(const engine::Pretrained& model, Tokens& tokens, std::size_t from) {
  const std::string_view continuing = continuing_prefix(model);
  std::int32_t word = -1;
  for (std::size_t i = from; i < tokens.ids.size(); ++i) {
    const std::string_view piece = model.tokenizer()->piece(tokens.ids[i]);
    const bool continues = continuing.empty() ? !piece.starts_with("Ġ") && !piece.starts_with("▁") : piece.starts_with(continuing);
    if (word < 0 || !continues) ++word;
    tokens.words.push_back(word);
  }
}

void add_special(Tokens& tokens, std::int32_t id, std::int32_t type) {
  tokens.ids.push_back(id);
  tokens.offsets.push_back({0, 0});
  tokens.types.push_back(type);
  tokens.sequence.push_back(-1);
  tokens.words.push_back(-1);
}

void add_text(const engine::Pretrained& model, Tokens& tokens, std::string_view text, std::int32_t sequence, std::int32_t type) {
  const text::Encoding inner = model.tokenizer()->encode(text, {.add_special = false, .parse_special = true, .offsets = true});
  const std::size_t from = tokens.ids.size();
  tokens.ids.insert(tokens.ids.end(), inner.ids.begin(), inner.ids.end());
  tokens.offsets.insert(tokens.offsets.end(), inner.offsets.begin(), inner.offsets.end());
  tokens.types.resize(tokens.ids.size(), type);
  tokens.sequence.resize(tokens.ids.size(), sequence);
  number_words(model, tokens, from);
}

// What the model's template puts before and behind a text.
struct Around {
  std::vector<std::int32_t> before, after;
};
Around around(const engine::Pretrained& model) {
  const text::Tokenizer& tokenizer = *model.tokenizer();
  const std::vector<std::int32_t> inner = tokenizer.encode("a", {.add_special = false}).ids, whole = tokenizer.encode("a").ids;
  std::size_t at = 0;
  while (at + inner.size() < whole.size() && !std::equal(inner.begin(), inner.end(), whole.begin() + std::ptrdiff_t(at))) ++at;
  return {.before = {whole.begin(), whole.begin() + std::ptrdiff_t(at)}, .after = {whole.begin() + std::ptrdiff_t(at + inner.size()), whole.end()}};
}

}  // namespace

Tokens tokens_of(const engine::Pretrained& model, std::string_view text) {
  const Around added = around(model);
  Tokens tokens;
  for (const std::int32_t id : added.before) add_special(tokens, id, 0);
  add_text(model, tokens, text, 0, 0);
  for (const std::int32_t id : added.after) add_special(tokens, id, 0);
  return tokens;
}

Tokens pair_of(const engine::Pretrained& model, std::string_view first, std::string_view second) {
  const Around added = around(model);
  const bool wordpiece = model.tokenizer()->is_wordpiece();
  const std::int32_t type = wordpiece ? 1 : 0;
  Tokens tokens;
  for (const std::int32_t id : added.before) add_special(tokens, id, 0);
  add_text(model, tokens, first, 0, 0);
  for (int twice = 0; twice < (wordpiece ? 1 : 2); ++twice)  // RoBERTa closes the first text and opens the second
    for (const std::int32_t id : added.after) add_special(tokens, id, 0);
  add_text(model, tokens, second, 1, type);
  for (const std::int32_t id : added.after) add_special(tokens, id, type);
  return tokens;
}

std::optional<std::int32_t> mask_of(const engine::Pretrained& model) {
  const Json config = model.beside("tokenizer_config.json");
  if (const auto at = config.find("mask_token"); at != config.end()) {
    const Json& token = at->is_object() && at->contains("content") ? (*at)["content"] : *at;
    if (token.is_string()) return model.tokenizer()->id(token.get<std::string>());
  }
  for (const std::string_view usual : {"[MASK]", "<mask>"})
    if (const auto id = model.tokenizer()->id(usual); id && model.tokenizer()->special(*id)) return id;
  return std::nullopt;
}

std::string_view continuing_prefix(const engine::Pretrained& model) { return model.tokenizer()->is_wordpiece() ? "##" : ""; }

}  // namespace maru::tasks

// Words first, where the strategy asks for them, then groups.
#include "maru/tasks/entities_common.h"

#include <algorithm>
#include <utility>

#include "maru/base/unicode.h"
#include "maru/tasks/texts_common.h"

namespace maru::tasks {
namespace {

// What is joined: a token or a word, with its label.
struct Part {
  Entity entity;
  std::vector<const LabelledToken*> tokens;
  std::string text;                    // of a word that was put together; else empty
};

// What stands before a word in running text: a blank where the vocabulary's spelling has none, but not before English punctuation.
std::string_view before(const text::Tokenizer& tokenizer, std::string_view word, bool first) {
  constexpr std::string_view kAttached[] = {".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re"};
  if (first || !tokenizer.is_wordpiece()) return "";
  return std::ranges::any_of(kAttached, [&](std::string_view one) { return word.starts_with(one); }) ? "" : " ";
}

// The tokens as running text.
std::string spelled(const text::Tokenizer& tokenizer, std::span<const LabelledToken* const> tokens) {
  if (std::ranges::none_of(tokens, &LabelledToken::literal)) {
    std::vector<std::int32_t> ids;
    for (const LabelledToken* token : tokens) ids.push_back(token->id);
    return tokenizer.decode(ids, false);
  }
  std::string out;
  bool first = true;
  for (const LabelledToken* token : tokens) {
    if (!token->literal) out += tokenizer.bytes(token->id, first);
    else out.append(before(tokenizer, token->word, first)).append(token->word);
    first = false;
  }
  std::size_t replaced = 0;
  return unicode::first_invalid(out) ? unicode::repaired(out, replaced) : out;
}

Part word_of(const engine::Pretrained& model, std::vector<const LabelledToken*> tokens, Aggregation aggregation) {
  const LabelledToken* chosen = tokens.front();
  std::vector<float> scores = chosen->scores;
  if (aggregation == Aggregation::max)
    for (const LabelledToken* token : tokens)
      if (std::ranges::max(token->scores) > std::ranges::max(scores)) scores = token->scores;
  if (aggregation == Aggregation::average) {
    for (std::size_t i = 0; i < scores.size(); ++i) {
      float total = 0;
      for (const LabelledToken* token : tokens) total += token->scores[i];
      scores[i] = total / float(tokens.size());
    }
  }
  const std::size_t label = best(scores);
  Part part{.entity = {.label = model.label(label), .score = scores[label], .index = chosen->index, .word = {}, .start = tokens.front()->start,
                       .end = tokens.back()->end},
            .tokens = std::move(tokens), .text = {}};
  part.text = part.entity.word = spelled(*model.tokenizer(), part.tokens);
  return part;
}

std::vector<Part> parts_of(const engine::Pretrained& model, std::span<const LabelledToken> tokens, Aggregation aggregation) {
  std::vector<Part> parts;
  if (aggregation == Aggregation::none || aggregation == Aggregation::simple) {
    for (const LabelledToken& token : tokens) {
      const std::size_t label = best(token.scores);
      parts.push_back({.entity = {.label = model.label(label), .score = token.scores[label], .index = token.index, .word = token.word,
                                  .start = token.start, .end = token.end},
                       .tokens = {&token}, .text = {}});
    }
    return parts;
  }
  std::vector<const LabelledToken*> word;
  for (const LabelledToken& token : tokens) {
    if (!word.empty() && !token.inside_word) parts.push_back(word_of(model, std::exchange(word, {}), aggregation));
    word.push_back(&token);
  }
  if (!word.empty()) parts.push_back(word_of(model, std::move(word), aggregation));
  return parts;
}

struct Tag {
  bool begins = false;
  std::string_view name;
};
Tag tag_of(std::string_view label) {
  if (label.starts_with("B-")) return {.begins = true, .name = label.substr(2)};
  return {.begins = false, .name = label.starts_with("I-") ? label.substr(2) : label};
}

// Words are text already: they are spelled as the vocabulary's decoder joins whole words.
std::string joined(const text::Tokenizer& tokenizer, std::span<const Part> group) {
  if (group.front().text.empty()) {
    std::vector<const LabelledToken*> tokens;
    for (const Part& part : group) tokens.insert(tokens.end(), part.tokens.begin(), part.tokens.end());
    return spelled(tokenizer, tokens);
  }
  std::string out;
  for (const Part& part : group) out.append(before(tokenizer, part.text, out.empty())).append(part.text);
  return out;
}

Entity group_of(const engine::Pretrained& model, std::span<const Part> group) {
  float total = 0;
  for (const Part& part : group) total += float(part.entity.score);
  const std::string& label = group.front().entity.label;
  const std::size_t dash = label.find('-');
  return {.label = dash == std::string::npos ? label : label.substr(dash + 1), .score = double(total / float(group.size())), .index = 0,
          .word = joined(*model.tokenizer(), group), .start = group.front().entity.start, .end = group.back().entity.end};
}

}  // namespace

Aggregation aggregation_of(std::string_view name) {
  constexpr std::pair<std::string_view, Aggregation> kNames[] = {{"simple", Aggregation::simple}, {"first", Aggregation::first},
                                                                  {"average", Aggregation::average}, {"max", Aggregation::max}};
  for (const auto& [known, aggregation] : kNames)
    if (known == name) return aggregation;
  return Aggregation::none;
}

Json Entity::json(Aggregation aggregation) const {
  if (aggregation == Aggregation::none)
    return {{"entity", label}, {"score", score}, {"index", index}, {"word", word}, {"start", start}, {"end", end}};
  return {{"entity_group", label}, {"score", score}, {"word", word}, {"start", start}, {"end", end}};
}

std::vector<Entity> aggregated(const engine::Pretrained& model, std::span<const LabelledToken> tokens, Aggregation aggregation) {
  const std::vector<Part> parts = parts_of(model, tokens, aggregation);
  std::vector<Entity> out;
  for (std::size_t at = 0; at < parts.size();) {
    std::size_t end = at + 1;
    if (aggregation == Aggregation::none) {
      out.push_back(parts[at].entity);
    } else {
      const std::string_view name = tag_of(parts[at].entity.label).name;
      while (end < parts.size() && tag_of(parts[end].entity.label).name == name && !tag_of(parts[end].entity.label).begins) ++end;
      out.push_back(group_of(model, std::span(parts).subspan(at, end - at)));
    }
    at = end;
  }
  return out;
}

std::vector<Entity> without_overlaps(std::vector<Entity> entities) {
  std::ranges::stable_sort(entities, {}, &Entity::start);
  std::vector<Entity> out;
  for (const Entity& entity : entities) {
    if (out.empty() || entity.start < out.back().start || entity.start >= out.back().end) {
      out.push_back(entity);
      continue;
    }
    const Entity& last = out.back();
    const std::size_t length = entity.end - entity.start, last_length = last.end - last.start;
    if (length > last_length || (length == last_length && entity.score > last.score)) out.back() = entity;
  }
  return out;
}

}  // namespace maru::tasks

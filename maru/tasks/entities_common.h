#pragma once
// From labelled tokens to entities, by the reference's rules for B- and I- labels. Knows nothing of models beside their labels.
#include <span>
#include <string>
#include <vector>

#include "maru/base/json.h"
#include "maru/engine/pretrained.h"

namespace maru::tasks {

enum class Aggregation { none, simple, first, average, max };
Aggregation aggregation_of(std::string_view name);

struct LabelledToken {
  std::string word;                    // as the vocabulary spells it; an unknown one as the text does
  std::int32_t id = 0;
  std::size_t start = 0, end = 0;      // code points of the text
  std::size_t index = 0;               // in the sequence, special tokens counted
  std::vector<float> scores = {};      // of each label, adding up to 1
  bool inside_word = false;            // it continues the word of the token before it
  bool literal = false;                // `word` is text, not a piece of the vocabulary
};

struct Entity {
  std::string label;                   // without B- or I- once it is a group
  double score = 0;
  std::size_t index = 0;
  std::string word;
  std::size_t start = 0, end = 0;
  Json json(Aggregation aggregation) const;
};

// One entity a token with `none`; else tokens (first, average, max: words) of one label that follow each other are one.
std::vector<Entity> aggregated(const engine::Pretrained& model, std::span<const LabelledToken> tokens, Aggregation aggregation);

// Of windows that overlap: of two entities that begin within one another the longer stays, then the surer.
std::vector<Entity> without_overlaps(std::vector<Entity> entities);

}  // namespace maru::tasks

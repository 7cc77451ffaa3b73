#pragma once
// One model on one text in measured facts, for holding an encoder and a decoder against each other. Which words stand around the facts is
// not known here.
#include <optional>
#include <span>

#include "maru/engine/pretrained.h"
#include "maru/watch/measures.h"

namespace maru::watch {

struct Relation {                              // the largest weight of one direction between two tokens of the text
  int layer = 0, head = 0;
  std::int64_t query = 0, key = 0;
  double weight = 0;                           // 0: there is none
};

struct Portrait {
  std::int64_t tokens = 0, parameters = 0;
  Sight sight;                                 // of the first layer
  Shares shares;
  double attended = 0;                         // e to the entropy of a query's weights, the mean: as if it looked at so many keys alike
  Relation to_earlier, to_later;
  // What the other end's word does: the last word is replaced and the first word's vector looked at, and the other way round.
  std::int64_t first = 0, last = 0;            // positions of those words' tokens; equal where the text has only one
  std::int32_t replacement = 0;                // the id that is put in
  Change first_by_last, last_by_first;
  std::optional<Losses> losses;                // empty where the file has no head, or no mask, for its objective
  std::vector<std::int64_t> hidden_shape, logits_shape;  // the batch's axis first; the second empty without such a head
  double pass_ms = 0;                          // the fastest of three passes without anything watched
};

// positions: the text's own tokens, without what the model adds. mask: the id that hides a token from an encoder. The model must be an
// encoder or a decoder. Throws Error (usage) where the text has no token of its own.
Portrait portrait(const engine::Pretrained& model, const Input& input, std::span<const std::int64_t> positions, std::optional<std::int32_t> mask,
                  const Cancel* cancel = nullptr);

}  // namespace maru::watch

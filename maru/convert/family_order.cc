// The tables of changes stand in each family's own file; this reads them.
#include "maru/convert/family_order.h"

#include <algorithm>

namespace maru::convert {

Heads heads_of(const models::Config& c) {
  const std::int64_t width = c.integer("hidden_size", 1, 1 << 20, 0), query = c.integer("num_attention_heads", 1, 1 << 14, 1);
  return {query, c.integer("num_key_value_heads", 1, 1 << 14, query),
          c.integer("head_dim", 1, 1 << 14, std::max<std::int64_t>(1, width / query))};
}

std::int64_t paired_row(std::int64_t row, std::int64_t head, bool from_gguf) {
  const std::int64_t first = row / head * head, at = row % head, half = head / 2;
  if (from_gguf) return first + (at < half ? 2 * at : 2 * (at - half) + 1);
  return first + (at % 2 == 0 ? at / 2 : half + at / 2);
}

std::function<std::int64_t(std::int64_t row)> source_row(const models::Architecture& family, std::string_view name, const Heads& heads,
                                                         bool from_gguf) {
  for (const models::GgufChange& change : family.gguf_changes)
    if (name.ends_with(change.ending) && change.kind != models::GgufChange::plus_one)
      return [head = heads.head, from_gguf](std::int64_t row) { return paired_row(row, head, from_gguf); };
  return {};
}

}  // namespace maru::convert

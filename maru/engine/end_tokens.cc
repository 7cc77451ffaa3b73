// Every place that may name a token that ends text is looked into.
#include "maru/engine/end_tokens.h"

#include <algorithm>
#include <limits>

#include "maru/base/json.h"

namespace maru::engine {
namespace {

using Ids = std::vector<std::int32_t>;

constexpr std::string_view kEnds[] = {"<|im_end|>",      "<|endoftext|>", "<|eot_id|>", "<|eom_id|>",
                                      "<|end_of_text|>", "</s>",          "<|end|>",    "<end_of_turn>"};
constexpr std::size_t kMostBytes = 16 << 20;

void add_from(const Json& json, const std::filesystem::path& path, Ids& ids) {
  if (!json.is_object() || !json.contains("eos_token_id") || json["eos_token_id"].is_null()) return;
  const Json& found = json["eos_token_id"];
  const auto add = [&](const Json& id) {
    check(id.is_number_integer() && id.get<std::int64_t>() >= 0 && id.get<std::int64_t>() <= std::numeric_limits<std::int32_t>::max(),
          "{}: eos_token_id: expected a token's id or a list of them, got {}", path.string(), dump(found));
    ids.push_back(id.get<std::int32_t>());
  };
  if (found.is_array()) std::ranges::for_each(found, add);
  else add(found);
}

}  // namespace

Ids end_tokens(const io::ModelFile& file, const text::Tokenizer& tokenizer) {
  Ids ids;
  if (tokenizer.eos) ids.push_back(*tokenizer.eos);
  if (file.gguf) {
    for (const std::string_view key : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"})
      if (file.metadata.has(key)) ids.push_back(std::int32_t(file.metadata.integer(key, 0, std::numeric_limits<std::int32_t>::max())));
  } else {
    const auto folder = std::filesystem::is_directory(file.path) ? file.path : file.path.parent_path();
    for (const char* const name : {"generation_config.json", "config.json"}) {
      const auto path = folder / name;
      if (std::filesystem::exists(path)) add_from(parse_json(read_file(path, kMostBytes), path.string()), path, ids);
    }
  }
  for (const std::string_view piece : kEnds)
    if (const auto id = tokenizer.id(piece); id && tokenizer.special(*id)) ids.push_back(*id);
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return ids;
}

}  // namespace maru::engine

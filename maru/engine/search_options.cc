// Search options from a model's files, every value checked as it is read.
#include "maru/engine/search_options.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "maru/base/file.h"
#include "maru/base/json.h"

namespace maru::engine {
namespace {

constexpr std::int64_t kMostLength = 1 << 24, kMostId = 1 << 24;
constexpr std::size_t kMostJson = std::size_t{16} << 20;

// Keys that change the text and that a search does not follow; harmless with the value beside them, or with null, false and 0.
constexpr std::pair<std::string_view, double> kNotFollowed[] = {
    {"do_sample", 0},        {"num_beam_groups", 1},  {"diversity_penalty", 0}, {"encoder_repetition_penalty", 1}, {"sequence_bias", 0},
    {"guidance_scale", 1},   {"constraints", 0},      {"force_words_ids", 0},   {"exponential_decay_length_penalty", 0},
    {"penalty_alpha", 0},    {"stop_strings", 0},     {"max_time", 0},          {"watermarking_config", 0},
    {"remove_invalid_values", 0}, {"prompt_lookup_num_tokens", 0}, {"dola_layers", 0}, {"token_healing", 0}};

// One object of a file; its keys are read by the members' names.
struct Reader {
  const Json& json;
  std::string where;

  const Json* find(std::string_view key) const {
    const auto at = json.find(key);
    return at == json.end() || at->is_null() ? nullptr : &*at;
  }
  std::int64_t integer(const Json& value, std::string_view key, std::int64_t low, std::int64_t high) const {
    check(value.is_number_integer(), "{}: {}: expected a whole number, got {}", where, key, kind_of(value));
    // Above a signed integer's range nlohmann gives the bits of an unsigned one.
    const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t(INT64_MAX);
    const std::int64_t v = huge ? INT64_MAX : value.get<std::int64_t>();
    check(v >= low && v <= high, "{}: {} is {}, expected {} to {}", where, key, v, low, high);
    return v;
  }
  template <class T>
  void read(std::string_view key, T& to, std::int64_t low, std::int64_t high) const {
    if (const Json* v = find(key)) to = static_cast<T>(integer(*v, key, low, high));
  }
  void read(std::string_view key, std::optional<std::int64_t>& to) const {
    if (const Json* v = find(key)) to = integer(*v, key, 1, kMostLength);
  }
  void read(std::string_view key, std::optional<std::int32_t>& to) const {
    if (const Json* v = find(key)) to = std::int32_t(integer(*v, key, 0, kMostId));
  }
  void read(std::string_view key, float& to, float low) const {
    const Json* v = find(key);
    if (!v) return;
    check(v->is_number(), "{}: {}: expected a number, got {}", where, key, kind_of(*v));
    const double number = v->get<double>();
    check(std::isfinite(number) && number > double(low) && number < 1e6, "{}: {} is {}, expected a number above {}", where, key, number,
          low);
    to = float(number);
  }
  void read(std::string_view key, bool& to) const {
    const Json* v = find(key);
    if (!v) return;
    check(v->is_boolean(), "{}: {}: expected true or false, got {}", where, key, kind_of(*v));
    to = v->get<bool>();
  }
  void read(std::string_view key, std::string& to) const {
    const Json* v = find(key);
    if (!v) return;
    check(v->is_string(), "{}: {}: expected a text, got {}", where, key, kind_of(*v));
    to = v->get<std::string>();
  }
  std::vector<std::int32_t> ids(const Json& value, std::string_view key) const {
    if (!value.is_array()) return {std::int32_t(integer(value, key, 0, kMostId))};
    std::vector<std::int32_t> all;
    for (const Json& id : value) all.push_back(std::int32_t(integer(id, key, 0, kMostId)));
    return all;
  }
  void read(std::string_view key, std::vector<std::int32_t>& to) const {
    if (const Json* v = find(key)) to = ids(*v, key);
  }
  void read(std::string_view key, std::vector<std::vector<std::int32_t>>& to) const {
    const Json* v = find(key);
    if (!v) return;
    check(v->is_array(), "{}: {}: expected an array, got {}", where, key, kind_of(*v));
    to.clear();
    for (const Json& word : *v) {
      check(word.is_array() && !word.empty(), "{}: {}: expected arrays of ids, got {}", where, key, kind_of(word));
      to.push_back(ids(word, key));
    }
  }
  void read(std::string_view key, EarlyStopping& to) const {
    const Json* v = find(key);
    if (!v) return;
    check(v->is_boolean() || *v == "never", "{}: {}: expected true, false or \"never\", got {}", where, key, dump(*v));
    to = !v->is_boolean() ? EarlyStopping::never : v->get<bool>() ? EarlyStopping::yes : EarlyStopping::no;
  }
  bool harmless(std::string_view key, double value) const {
    const Json* v = find(key);
    return !v || (v->is_boolean() && !v->get<bool>()) || (v->is_number() && (v->get<double>() == 0 || v->get<double>() == value)) ||
           (v->is_structured() && v->empty());
  }
};

void read_all(const Reader& r, SearchOptions& o) {
  r.read("num_beams", o.beams, 1, 1024);
  r.read("num_return_sequences", o.returned, 1, 1024);
  r.read("length_penalty", o.length_penalty, -1e6f);
  r.read("early_stopping", o.early_stopping);
  r.read("max_length", o.max_length);
  r.read("max_new_tokens", o.max_new_tokens);
  r.read("min_length", o.min_length, 0, kMostLength);
  r.read("min_new_tokens", o.min_new_tokens, 0, kMostLength);
  r.read("no_repeat_ngram_size", o.no_repeat_ngram_size, 0, kMostLength);
  r.read("encoder_no_repeat_ngram_size", o.encoder_no_repeat_ngram_size, 0, kMostLength);
  r.read("repetition_penalty", o.repetition_penalty, 0.0f);
  r.read("bad_words_ids", o.bad_words_ids);
  r.read("suppress_tokens", o.suppress_tokens);
  r.read("begin_suppress_tokens", o.begin_suppress_tokens);
  r.read("forced_bos_token_id", o.forced_bos_token_id);
  r.read("forced_eos_token_id", o.forced_eos_token_id);
  r.read("eos_token_id", o.eos_token_id);
  r.read("decoder_start_token_id", o.decoder_start_token_id);
  r.read("renormalize_logits", o.renormalize_logits);
  r.read("prefix", o.prefix);
  for (const auto& [key, value] : kNotFollowed)
    if (!r.harmless(key, value) && std::ranges::find(o.ignored, key) == o.ignored.end()) o.ignored.emplace_back(key);
}

Json read_object(const std::filesystem::path& path) {
  Json json = parse_json(read_file(path, kMostJson), path.string());
  check(json.is_object(), "{}: expected an object", path.string());
  return json;
}

std::filesystem::path folder_of(const io::ModelFile& file) {
  return std::filesystem::is_directory(file.path) ? file.path : file.path.parent_path();
}

SearchOptions gguf_options(const io::ModelFile& file) {
  SearchOptions o;
  const auto id = [&](std::string_view key) { return file.metadata.integer(key, 0, kMostId, -1); };
  if (const std::int64_t end = id("tokenizer.ggml.eos_token_id"); end >= 0) o.eos_token_id = {std::int32_t(end)};
  const std::string start = fmt::format("{}.decoder_start_token_id", file.metadata.string("general.architecture", ""));
  if (const std::int64_t first = id(start); first >= 0) o.decoder_start_token_id = std::int32_t(first);
  return o;
}

const Json* task_parameters(const Json& config, const std::filesystem::path& path) {
  const auto at = config.find("task_specific_params");
  if (at == config.end() || at->is_null()) return nullptr;
  check(at->is_object(), "{}: task_specific_params: expected an object, got {}", path.string(), kind_of(*at));
  return &*at;
}

}  // namespace

std::int64_t SearchOptions::greatest_length(std::int64_t prompt, std::int64_t positions) const {
  if (max_new_tokens) return prompt + *max_new_tokens;
  if (max_length) return *max_length;
  const std::int64_t length = prompt + 20;
  return positions > 0 ? std::min(length, positions) : length;
}

SearchOptions search_options(const io::ModelFile& file, std::string_view task) {
  if (file.gguf) return gguf_options(file);
  SearchOptions options;
  const std::filesystem::path path = folder_of(file) / "config.json", own = folder_of(file) / "generation_config.json";
  const Json config = read_object(path);
  if (std::filesystem::exists(own)) read_all({read_object(own), own.string()}, options);
  else read_all({config, path.string()}, options);
  Reader{config, path.string()}.read("prefix", options.prefix);
  // Files older than generation_config.json's key name the ids here only.
  if (options.eos_token_id.empty()) Reader{config, path.string()}.read("eos_token_id", options.eos_token_id);
  if (!options.decoder_start_token_id) Reader{config, path.string()}.read("decoder_start_token_id", options.decoder_start_token_id);
  const Json* const tasks = task.empty() ? nullptr : task_parameters(config, path);
  const auto at = tasks ? tasks->find(task) : Json::const_iterator();
  if (!tasks || at == tasks->end()) return options;
  check(at->is_object(), "{}: task_specific_params.{}: expected an object, got {}", path.string(), task, kind_of(*at));
  read_all({*at, fmt::format("{}: task_specific_params.{}", path.string(), task)}, options);
  return options;
}

std::vector<std::string> search_tasks(const io::ModelFile& file) {
  if (file.gguf) return {};
  const std::filesystem::path path = folder_of(file) / "config.json";
  const Json config = read_object(path);
  std::vector<std::string> names;
  if (const Json* const tasks = task_parameters(config, path))
    for (const auto& [name, parameters] : tasks->items()) names.push_back(name);
  return names;
}

}  // namespace maru::engine

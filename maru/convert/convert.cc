// Between safetensors and GGUF. What a family stores differently stands in its own file in maru/models/; here it is only carried out.
#include "maru/convert/convert.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "maru/base/file.h"
#include "maru/convert/family_order.h"
#include "maru/convert/tokenizer.h"
#include "maru/convert/values.h"
#include "maru/models/decoder_common.h"

namespace maru::convert {
namespace {

using models::Architecture;
using models::GgufChange;

const Architecture& architecture_of_gguf(const Architecture& family, const std::string& where) {
  const std::string_view name = family.gguf_as.empty() ? family.name : family.gguf_as;
  for (const Architecture& a : models::all())
    if (a.name == name && !a.gguf_name.empty()) return a;
  fail(ErrorKind::invalid, "{}: GGUF knows no family {}, so this model cannot become one", where, family.name);
}

// `name`: Hugging Face's.
Passage passage_of(const Architecture& family, const std::string& name, const io::StoredTensor& tensor, const Heads& heads, bool from_gguf) {
  Passage passage{.source_row = {}, .added = 0, .transposed = models::is_transposed(family, name)};
  for (const GgufChange& change : family.gguf_changes)
    if (name.ends_with(change.ending) && change.kind == GgufChange::plus_one) passage.added = from_gguf ? -1.0f : 1.0f;
  if (tensor.shape.size() >= 2) passage.source_row = source_row(family, name, heads, from_gguf);  // a bias has one row: turned below
  return passage;
}

// What a weight becomes: vectors are always F32.
std::string type_of(const io::StoredTensor& tensor, const Options& options, bool to_gguf) {
  if (tensor.shape.size() < 2) return "F32";
  if (!options.type.empty()) return options.type;
  const bool plain = tensor.type == "F32" || tensor.type == "F16" || tensor.type == "BF16";
  return plain || to_gguf ? tensor.type : "F32";
}

// A bias of the query or of the key has its pairs in one row: as many rows of one value it can be reordered like a matrix.
io::NewTensor converted(const Architecture& family, const std::string& name, io::StoredTensor tensor, std::string written_name, std::string type,
                        const Heads& heads, bool from_gguf) {
  Passage passage = passage_of(family, name, tensor, heads, from_gguf);
  const std::vector<std::int64_t> shape = tensor.shape;
  const bool paired = std::ranges::any_of(family.gguf_changes, [&](const GgufChange& c) { return c.kind != GgufChange::plus_one && name.ends_with(c.ending); });
  if (!paired || shape.size() != 1) return passed(tensor, std::move(written_name), std::move(type), passage);
  tensor.shape = {shape[0], 1};
  passage.source_row = [head = heads.head, from_gguf](std::int64_t row) { return paired_row(row, head, from_gguf); };
  io::NewTensor out = passed(tensor, std::move(written_name), std::move(type), passage);
  out.shape = shape;
  return out;
}

// What is written lies beside its place until it is whole and checked.
struct Cleared {
  std::filesystem::path path;
  ~Cleared() {
    std::error_code code;
    std::filesystem::remove_all(path, code);
  }
};

// Both files on the same few ids. What one kind of file cannot say (a scale, a window) shows here instead of in somebody's answers.
void check_same(const io::ModelFile& from, const io::ModelFile& to) {
  constexpr std::int64_t kTokens = 32;
  constexpr double kMost = 0.03;   // BF16 rounds to 1 in 256; a setting that was lost costs far more
  const ops::PrecisionScope exact(ops::Precision::exact);
  const auto hidden = [&](const io::ModelFile& file) {
    const std::unique_ptr<models::Model> model = models::open(file);
    const models::Info info = model->info();
    std::vector<std::int32_t> ids, positions;
    for (std::int64_t i = 0; i < std::min(kTokens, info.context); ++i) {
      ids.push_back(std::int32_t((i * 7919 + 1) % info.vocabulary));
      positions.push_back(std::int32_t(i));
    }
    ops::Ragged rows;
    rows.add(std::int64_t(ids.size()));
    return model->hidden({.ids = ids, .positions = positions, .rows = rows});
  };
  const Tensor expected = hidden(from), got = hidden(to);
  double difference = 0, size = 0;
  for (std::int64_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(double(got.data()[i]) - double(expected.data()[i]), 2);
    size += std::pow(double(expected.data()[i]), 2);
  }
  const double error = std::sqrt(difference / std::max(size, 1e-30));
  check(error < kMost, "{}: the other kind of file cannot say all that this model is: its hidden states would be off by {} %, so nothing was written",
        from.path.string(), fmt::format("{:.1f}", error * 100));
}

std::uint64_t size_of_file(const std::filesystem::path& path) { return std::filesystem::file_size(path); }

// ---- to GGUF

bool stretched_by_wavelength(const models::Config& c) {
  return c.string("rope_scaling.rope_type", "") == "llama3" || c.string("rope_parameters.rope_type", "") == "llama3";
}

// A number of config.json as GGUF stores it.
void add_key(std::vector<io::GgufEntry>& out, const std::string& key, const io::Value& value) {
  const bool whole = std::holds_alternative<std::int64_t>(value);
  constexpr std::string_view reals[] = {"epsilon", "freq_base", "freq_base_swa", "factor", "softcapping", "scale_linear"};
  const bool real = std::ranges::any_of(reals, [&](std::string_view ending) { return key.ends_with(ending); });
  if (whole && real) out.push_back(io::gguf_f32(key, float(std::get<std::int64_t>(value))));
  else if (whole && std::get<std::int64_t>(value) >= 0 && std::get<std::int64_t>(value) <= std::numeric_limits<std::uint32_t>::max())
    out.push_back(io::gguf_u32(key, std::uint32_t(std::get<std::int64_t>(value))));
  else if (const auto* number = std::get_if<double>(&value)) out.push_back(io::gguf_f32(key, float(*number)));
  else if (const auto* truth = std::get_if<bool>(&value)) out.push_back(io::gguf_boolean(key, *truth));
  else if (const auto* text = std::get_if<std::string_view>(&value)) out.push_back(io::gguf_text(key, *text));
}

std::vector<io::GgufEntry> keys_of(const io::ModelFile& file, const Architecture& gguf, const models::Config& c) {
  std::vector<io::GgufEntry> out{io::gguf_text("general.architecture", gguf.gguf_name), io::gguf_text("general.name", file.path.filename().string())};
  const Heads heads = heads_of(c);
  for (const auto& [hugging_face, pattern] : gguf.gguf_keys) {
    std::string key(pattern);
    if (const std::size_t hole = key.find("{}"); hole != std::string::npos) key.replace(hole, 2, gguf.gguf_name);
    if (key.starts_with("tokenizer.") || (stretched_by_wavelength(c) && hugging_face.starts_with("rope_scaling."))) continue;
    if (hugging_face == "head_dim" || hugging_face == "value_dim" || hugging_face == "rotary_dim") out.push_back(io::gguf_u32(key, std::uint32_t(heads.head)));
    else if (const io::Value* value = c.metadata().find(c.name(hugging_face))) add_key(out, key, *value);
    else if (hugging_face == "n_inner") out.push_back(io::gguf_u32(key, std::uint32_t(4 * c.integer("n_embd", 1, 1 << 20))));
  }
  if (c.metadata().has("rope_scaling.type") && !c.metadata().has("rope_scaling.rope_type"))
    add_key(out, fmt::format("{}.rope.scaling.type", gguf.gguf_name), *c.metadata().find("rope_scaling.type"));
  if (!c.has("rope_theta") && c.metadata().has("rope_parameters.rope_theta"))
    add_key(out, fmt::format("{}.rope.freq_base", gguf.gguf_name), *c.metadata().find("rope_parameters.rope_theta"));
  return out;
}

// 1: the mean, 2: the first token; sentence-transformers' layout says which.
std::uint32_t pooling_of(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "1_Pooling" / "config.json";
  if (!std::filesystem::exists(path)) return 1;
  const Json config = parse_json(read_file(path, 1 << 20), path.string());
  return config.is_object() && config.value("pooling_mode_cls_token", Json(false)) == Json(true) ? 2 : 1;
}

}  // namespace

Report to_gguf(const std::filesystem::path& folder, const std::filesystem::path& path, const Options& options) {
  const io::ModelFile file = io::open_file(folder);
  check(!file.gguf, "{}: is a GGUF already", folder.string());
  const models::Info info = models::open(file)->info();  // whole and sound, or an error that says what is not
  const Architecture& family = models::architecture(file);
  const Architecture& gguf = architecture_of_gguf(family, folder.string());
  const models::Config c(file.metadata, false, {});
  Report report{.architecture = std::string(gguf.gguf_name), .tensors = 0, .bytes = 0, .notes = {}};
  const Heads heads = heads_of(c);
  std::vector<io::NewTensor> tensors;
  std::int64_t vocabulary = 0;
  for (const io::StoredTensor& tensor : file.tensors) {
    const std::optional<std::string> name = models::gguf_name(gguf, tensor.name);
    if (!name) {
      // An encoder in a GGUF is there for its vectors; what answers beside them has no place in it.
      check(models::is_unused(family, tensor.name) || !info.causal, "{}: tensor {}: the GGUF of {} has no name for it", folder.string(), tensor.name,
            gguf.gguf_name);
      report.notes.push_back(phrase("{} was left out: a GGUF of {} has no place for it", tensor.name, gguf.gguf_name));
      continue;
    }
    if (*name == "token_embd.weight") vocabulary = tensor.shape[0];
    const std::string hugging_face = *models::hugging_face_name(gguf, *name);
    tensors.push_back(converted(gguf, hugging_face, tensor, *name, type_of(tensor, options, true), heads, false));
  }
  // Llama 3.1's stretched positions are no key in a GGUF but a tensor of what each frequency is divided by.
  Tensor frequencies;
  if (stretched_by_wavelength(c)) {
    frequencies = models::rotary(c, nn::Weights({}), heads.head).factors;
    tensors.push_back({"rope_freqs.weight", {heads.head / 2}, "F32", io::whole(std::as_bytes(frequencies.values()))});
  }
  std::vector<io::GgufEntry> entries = keys_of(file, gguf, c);
  if (!info.causal) {
    entries.push_back(io::gguf_boolean(fmt::format("{}.attention.causal", gguf.gguf_name), false));
    entries.push_back(io::gguf_u32(fmt::format("{}.pooling_type", gguf.gguf_name), pooling_of(folder)));
  }
  std::ranges::move(gguf_tokenizer(folder, vocabulary, report.notes), std::back_inserter(entries));
  const Cleared unfinished{path.string() + ".unfinished"};
  io::write_gguf(unfinished.path, entries, tensors, {.progress = options.progress, .cancel = options.cancel});
  check_same(file, io::open_file(unfinished.path));
  publish(unfinished.path, path);
  report.tensors = tensors.size();
  report.bytes = size_of_file(path);
  return report;
}

// ---- to safetensors

namespace {

// {"rope_scaling.factor": 8} -> {"rope_scaling": {"factor": 8}}
void set_nested(Json& object, std::string_view key, Json value) {
  const std::size_t dot = key.find('.');
  if (dot == std::string_view::npos) object[std::string(key)] = std::move(value);
  else set_nested(object[std::string(key.substr(0, dot))], key.substr(dot + 1), std::move(value));
}

Json config_of(const io::ModelFile& file, const Architecture& family) {
  const io::Metadata& m = file.metadata;
  Json config{{"model_type", family.name}, {"vocab_size", m.strings("tokenizer.ggml.tokens").size()}};
  for (const auto& [hugging_face, pattern] : family.gguf_keys) {
    std::string key(pattern);
    if (const std::size_t hole = key.find("{}"); hole != std::string::npos) key.replace(hole, 2, family.gguf_name);
    constexpr std::string_view only_gguf[] = {"value_dim", "rotary_dim", "rope_scaling.scale_linear"};
    const io::Value* const value = m.find(key);
    if (!value || std::ranges::find(only_gguf, hugging_face) != std::end(only_gguf)) continue;
    if (const auto* whole = std::get_if<std::int64_t>(value)) set_nested(config, hugging_face, *whole);
    else if (const auto* number = std::get_if<double>(value)) set_nested(config, hugging_face, *number);
    else if (const auto* truth = std::get_if<bool>(value)) set_nested(config, hugging_face, *truth);
    else if (const auto* text = std::get_if<std::string_view>(value)) set_nested(config, hugging_face, *text);
  }
  const auto holds = [&](std::string_view name) { return std::ranges::any_of(file.tensors, [&](const io::StoredTensor& t) { return t.name == name; }); };
  config["tie_word_embeddings"] = !holds("output.weight");
  // A GGUF says by its tensors what LLaMA's config.json says by keys.
  // Gemma's scores are scaled by a key of its own, which a GGUF leaves to the size of a head.
  if (family.gguf_name == "gemma3") config["query_pre_attn_scalar"] = heads_of(models::Config(m, true, family.gguf_keys, family.gguf_name)).head;
  if (holds("blk.0.attn_q.bias")) config["attention_bias"] = true;
  if (holds("blk.0.ffn_up.bias") && holds("blk.0.ffn_gate.bias")) config["mlp_bias"] = true;
  for (const auto& [gguf, json] : {std::pair{"bos", "bos_token_id"}, {"eos", "eos_token_id"}, {"padding", "pad_token_id"}})
    if (const std::string key = fmt::format("tokenizer.ggml.{}_token_id", gguf); m.has(key)) config[json] = m.integer(key, 0, 1 << 24);
  return config;
}

}  // namespace

Report to_safetensors(const std::filesystem::path& path, const std::filesystem::path& folder, const Options& options) {
  check(!std::filesystem::exists(folder), "{}: is there already; name a new folder", folder.string());
  const io::ModelFile file = io::open_file(path);
  check(file.gguf, "{}: is no GGUF", path.string());
  models::open(file);
  const Architecture& family = models::architecture(file);
  const Heads heads = heads_of(models::Config(file.metadata, true, family.gguf_keys, family.gguf_name));
  const JsonTokenizer tokenizer = json_tokenizer(file.metadata);
  Report report{.architecture = std::string(family.name), .tensors = 0, .bytes = 0, .notes = {}};
  std::vector<io::NewTensor> tensors;
  std::size_t decoded = 0;
  for (const io::StoredTensor& tensor : file.tensors) {
    const std::optional<std::string> name = models::hugging_face_name(family, tensor.name);
    check(name.has_value(), "{}: tensor {}: safetensors of {} have no name for it", path.string(), tensor.name, family.name);
    const std::string type = type_of(tensor, options, false);
    decoded += tensor.shape.size() > 1 && type != tensor.type;
    tensors.push_back(converted(family, *name, tensor, *name, type, heads, true));
  }
  if (decoded > 0) report.notes.push_back(phrase("{} of {} weights were written in another type than the GGUF has them in", decoded, tensors.size()));
  const Cleared cleared{folder.string() + ".unfinished"};
  const std::filesystem::path& unfinished = cleared.path;
  std::error_code code;
  std::filesystem::create_directories(unfinished, code);
  if (code) fail(ErrorKind::io, "{}: cannot be made: {}", unfinished.string(), code.message());
  write_file(unfinished / "config.json", dump(config_of(file, family), 2) + "\n");
  write_file(unfinished / "tokenizer.json", dump(tokenizer.tokenizer) + "\n");
  write_file(unfinished / "tokenizer_config.json", dump(tokenizer.config, 2) + "\n");
  io::write_safetensors(unfinished / "model.safetensors", tensors, {{"format", "pt"}}, {.progress = options.progress, .cancel = options.cancel});
  report.bytes = size_of_file(unfinished / "model.safetensors");
  check_same(file, io::open_file(unfinished));
  std::filesystem::rename(unfinished, folder, code);
  if (code) fail(ErrorKind::io, "{}: cannot be made: {}", folder.string(), code.message());
  report.tensors = tensors.size();
  return report;
}

}  // namespace maru::convert

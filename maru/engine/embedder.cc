// An encoder with its tokenizer and the pooling that its files name (sentence-transformers' layout).
#include "maru/engine/embedder.h"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "maru/base/unicode.h"
#include "maru/base/json.h"
#include "maru/models/models.h"

namespace maru::engine {
namespace {

enum class Pooling { mean, first };

constexpr std::int64_t kBatchTokens = 2048;  // of one ragged call

// Mean unless 1_Pooling/config.json says otherwise. A mode this program lacks is an error, not a mean in silence.
Pooling find_pooling(const Pretrained& opened) {
  const Json config = opened.beside("1_Pooling/config.json");
  const std::filesystem::path folder = opened.folder();
  if (config.contains("pooling_mode") && config["pooling_mode"].is_string()) {
    const auto mode = config["pooling_mode"].get<std::string>();
    check(mode == "mean" || mode == "cls", "{}/1_Pooling/config.json: pooling_mode '{}' is not supported, only mean and cls", folder.string(), mode);
    return mode == "cls" ? Pooling::first : Pooling::mean;
  }
  Pooling pooling = Pooling::mean;
  for (const auto& [key, value] : config.items())
    if (key.starts_with("pooling_mode_") && value.is_boolean() && value.get<bool>()) {
      check(key == "pooling_mode_mean_tokens" || key == "pooling_mode_cls_token", "{}/1_Pooling/config.json: {} is not supported, only mean and cls",
            folder.string(), key);
      pooling = key == "pooling_mode_cls_token" ? Pooling::first : Pooling::mean;
    }
  return pooling;
}

// NAME.pooling_type: 1 the mean, 2 the first token.  llama.cpp's llama_pooling_type
Pooling gguf_pooling(const io::Metadata& metadata) {
  const std::string key = fmt::format("{}.pooling_type", metadata.string("general.architecture"));
  if (!metadata.has(key)) return Pooling::mean;
  const std::int64_t type = metadata.integer(key, 0, 1 << 20);
  check(type == 0 || type == 1 || type == 2, "{}: {} is {}: only the mean (1) and the first token (2) are supported", metadata.where(), key, type);
  return type == 2 ? Pooling::first : Pooling::mean;
}

}  // namespace

struct Embedder::Parts {
  std::shared_ptr<const Pretrained> opened;
  Pooling pooling = Pooling::mean;
  std::size_t limit = 512;
  mutable std::string fingerprint;
};

Embedder::Embedder(const std::filesystem::path& path) : Embedder(std::make_shared<const Pretrained>(path)) {}

Embedder::Embedder(std::shared_ptr<const Pretrained> opened) : parts_(std::make_unique<Parts>()) {
  Parts& p = *parts_;
  p.opened = std::move(opened);
  (void)p.opened->tokenizer();
  const models::Info& info = p.opened->info();
  const std::filesystem::path folder = p.opened->folder();
  check(!info.causal && !info.encoder_decoder, "{}: this model writes text and gives no vectors; choose an encoder, such as all-minilm",
        p.opened->file().path.string());
  p.pooling = p.opened->file().gguf ? gguf_pooling(p.opened->file().metadata) : find_pooling(*p.opened);
  p.limit = std::size_t(info.context);
  const Json sentence = p.opened->beside("sentence_bert_config.json");
  if (sentence.contains("max_seq_length") && !sentence["max_seq_length"].is_null()) {
    check(sentence["max_seq_length"].is_number_integer(), "{}/sentence_bert_config.json: max_seq_length: expected an integer", folder.string());
    const auto limit = sentence["max_seq_length"].get<std::int64_t>();
    check(limit >= 3 && limit <= info.context, "{}/sentence_bert_config.json: max_seq_length is {}, expected 3 to the model's {} positions", folder.string(), limit, info.context);
    p.limit = std::size_t(limit);
  }
}
Embedder::~Embedder() = default;
Embedder::Embedder(Embedder&&) noexcept = default;

// Cut at the limit, the closing special token kept.
EmbedInput Embedder::prepare(std::string_view text, bool parse_special) const {
  const Parts& p = *parts_;
  EmbedInput input{.ids = p.opened->tokenizer()->encode(text, {.parse_special = parse_special}).ids};
  if (input.ids.size() <= p.limit) return input;
  input.truncated = input.ids.size() - p.limit;
  const std::int32_t closing = input.ids.back();
  input.ids.resize(p.limit);
  if (p.opened->tokenizer()->separator) input.ids.back() = closing;
  return input;
}

std::vector<Embedding> Embedder::encode(std::span<const EmbedInput* const> inputs) const {
  const Parts& p = *parts_;
  const ops::PrecisionScope exact(ops::Precision::exact);
  ops::Ragged rows;
  std::vector<std::int32_t> ids, positions;
  for (const EmbedInput* const input : inputs) {
    check(!input->ids.empty() && input->ids.size() <= p.limit, "a text of {} tokens: expected 1 to {}", input->ids.size(), p.limit);
    rows.add(std::int64_t(input->ids.size()));
    ids.insert(ids.end(), input->ids.begin(), input->ids.end());
    positions.resize(ids.size());
    std::iota(positions.end() - std::ptrdiff_t(input->ids.size()), positions.end(), 0);
  }
  const Tensor hidden = p.opened->model().hidden({.ids = ids, .positions = positions, .rows = rows});
  const std::vector<std::int64_t> firsts(rows.start.begin(), rows.start.end() - 1);
  const Tensor pooled = ops::normalise(p.pooling == Pooling::mean ? ops::mean_pool(hidden, rows) : ops::gather(hidden, firsts));
  std::vector<Embedding> out(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const float* from = pooled.data() + std::int64_t(i) * pooled.dim(1);
    out[i] = {.vector = {from, from + pooled.dim(1)}, .tokens = inputs[i]->ids.size(), .truncated = inputs[i]->truncated};
  }
  return out;
}

std::vector<Embedding> Embedder::operator()(std::span<const std::string> texts, const EmbedOptions& options) const {
  std::vector<Embedding> out;
  while (out.size() < texts.size()) {
    if (options.cancel) options.cancel->check();
    std::vector<EmbedInput> inputs;
    for (std::int64_t tokens = 0; out.size() + inputs.size() < texts.size() && (inputs.empty() || tokens < kBatchTokens);
         tokens += std::ssize(inputs.back().ids))
      inputs.push_back(prepare(texts[out.size() + inputs.size()], options.parse_special));
    std::vector<const EmbedInput*> pointers;
    for (const EmbedInput& input : inputs) pointers.push_back(&input);
    std::ranges::move(encode(pointers), std::back_inserter(out));
    if (options.progress) options.progress({.what = "embedding", .done = out.size(), .total = texts.size(), .unit = "texts"});
  }
  return out;
}

int Embedder::dimensions() const { return int(parts_->opened->info().width); }
std::size_t Embedder::max_tokens() const { return parts_->limit; }
const text::Tokenizer& Embedder::tokenizer() const { return *parts_->opened->tokenizer(); }

std::string Embedder::fingerprint() const {
  const Parts& p = *parts_;
  if (p.fingerprint.empty()) {
    std::string identity = fmt::format("pooling {} limit {}\n", int(p.pooling), p.limit);
    for (const auto& file : p.opened->file().files) {
      // In the store a blob's name is its sha256; elsewhere the bytes are read once.
      const std::string name = std::filesystem::canonical(file->path()).filename().string();
      const bool hashed = name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
      identity += (hashed ? name : sha256_file(file->path())) + "\n";
    }
    p.fingerprint = sha256(std::as_bytes(std::span(identity)));
  }
  return p.fingerprint;
}

double Embedder::unreadable(std::string_view text) const {
  const text::Tokenizer& t = *parts_->opened->tokenizer();
  const auto ids = t.encode(text, {.add_special = false}).ids;
  if (ids.empty()) return 0;
  std::size_t lost = 0;
  for (const std::int32_t id : ids) {
    std::string_view piece = t.piece(id);
    if (piece.starts_with("##")) piece.remove_prefix(2);
    std::size_t at = 0;
    const char32_t c = piece.empty() ? U' ' : unicode::next(piece, at);
    lost += (t.unknown && id == *t.unknown) || (at == piece.size() && c >= 0x250 && unicode::is_letter(c));
  }
  return double(lost) / double(ids.size());
}

}  // namespace maru::engine

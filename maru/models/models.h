#pragma once
// Architectures: one file each, found by the name that a model file gives.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "maru/io/model_file.h"
#include "maru/nn/layers.h"

namespace maru::models {

// What a call computes on: prefill, decode and embedding are the same call.
struct Batch {
  std::span<const std::int32_t> ids, positions;
  const ops::Ragged& rows;
  std::span<const std::int32_t> token_types = {};      // empty: all 0
  std::span<ops::KvCache* const> caches = {};           // empty, or one a sequence
};

struct Info {
  int layers = 0;
  std::int64_t width = 0, heads = 0, kv_heads = 0, head = 0, vocabulary = 0, context = 0;
  bool causal = false;                                  // a decoder, with logits
};

class Model {
 public:
  virtual ~Model() = default;
  virtual Info info() const = 0;
  virtual Tensor hidden(const Batch& batch) const = 0;          // [rows, width]
  // Throws Error for a model without a head over its vocabulary.
  virtual Tensor logits(const Tensor& hidden) const;            // [rows, vocabulary]
};

// config.json's keys by their own names; a GGUF's through the architecture's table. Values are checked as they are read.
class Config {
 public:
  Config(const io::Metadata& metadata, bool gguf, std::span<const std::pair<std::string_view, std::string_view>> gguf_keys)
      : metadata_(metadata), gguf_(gguf), gguf_keys_(gguf_keys) {}
  bool gguf() const { return gguf_; }
  bool has(std::string_view key) const { return metadata_.has(name(key)); }
  std::int64_t integer(std::string_view key, std::int64_t low, std::int64_t high) const { return metadata_.integer(name(key), low, high); }
  std::int64_t integer(std::string_view key, std::int64_t low, std::int64_t high, std::int64_t otherwise) const {
    return metadata_.integer(name(key), low, high, otherwise);
  }
  float positive(std::string_view key) const;                    // finite and above 0
  float positive(std::string_view key, float otherwise) const { return has(key) ? positive(key) : otherwise; }
  bool boolean(std::string_view key, bool otherwise) const { return metadata_.boolean(name(key), otherwise); }
  std::string_view string(std::string_view key, std::string_view otherwise) const { return metadata_.string(name(key), otherwise); }
  const io::Metadata& metadata() const { return metadata_; }
  std::string name(std::string_view key) const;                  // the key as the file spells it

 private:
  const io::Metadata& metadata_;
  bool gguf_;
  std::span<const std::pair<std::string_view, std::string_view>> gguf_keys_;
};

struct Architecture {
  std::string_view name;                                         // model_type of config.json
  std::string_view gguf_name = {};                               // general.architecture; empty: not in GGUF
  // Hugging Face's name -> GGUF's; "{}" stands for the layer's number.
  std::span<const std::pair<std::string_view, std::string_view>> gguf_tensors = {}, gguf_keys = {};
  std::span<const std::string_view> prefixes = {};               // that files may put before every name: "bert."
  std::span<const std::string_view> unused = {};                 // tensors of heads that this program does not run: what their names start with
  std::unique_ptr<Model> (*make)(const nn::Weights&, const Config&);
};
std::span<const Architecture> all();                             // the generated table

// The model in an opened file. Weights are mapped and frozen. Throws Error that lists what is missing, left over, or out of range.
std::unique_ptr<Model> open(const io::ModelFile& file);
const Architecture& architecture(const io::ModelFile& file);

}  // namespace maru::models

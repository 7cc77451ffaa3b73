#pragma once
// Architectures: one file each, found by the name that a model file gives.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "maru/io/model_file.h"
#include "maru/nn/layers.h"

namespace maru::models {

// What an encoder gave, for the decoder that reads it.
struct Memory {
  Tensor hidden;                                       // [rows, width]; empty when `caches` hold its keys and values already
  ops::Ragged rows;
  std::vector<ops::KvCache*> caches = {};              // empty, or one a sequence: keys and values of cross-attention
};

// What a call computes on: prefill, decode and embedding are the same call.
struct Batch {
  std::span<const std::int32_t> ids, positions;        // positions count from 0 in every family
  const ops::Ragged& rows;
  std::span<const std::int32_t> token_types = {};      // empty: all 0
  std::span<ops::KvCache* const> caches = {};           // empty, or one a sequence
  const Memory* memory = nullptr;                      // for the decoder of an encoder–decoder
  Tensor images = {};                                  // [images, channels, height, width] for a model that sees; ids are empty
};

// What a checkpoint can be asked beside its hidden states.
enum class Head {
  vocabulary,      // [rows, vocabulary]: the next token, or the one behind a mask
  pooled,          // [sequences, width]
  sequence,        // [sequences, labels]
  token,           // [rows, labels]
  span,            // [rows, 2]: where an answer starts and ends
  next_sentence,   // [sequences, 2]: 0 when the second text follows the first
  replaced,        // [rows, 1]: whether a token was replaced (ELECTRA)
};
std::string_view name_of(Head head);

struct Info {
  int layers = 0;
  std::int64_t width = 0, heads = 0, kv_heads = 0, head = 0, vocabulary = 0, context = 0;
  bool causal = false;                                  // a decoder: it writes text
  bool encoder_decoder = false;                         // it reads one text and writes another
  std::vector<Head> answers = {};                       // the heads that the file holds
  std::int64_t image_size = 0, channels = 0;            // of a model that sees; an image takes `context` rows
  // Of an encoder–decoder. The sizes above are its decoder's, and its `context` holds for both sides.
  int encoder_layers = 0;
  std::int32_t decoder_start = -1;                      // the id that the decoder starts with; -1: the file does not say
  bool unbounded = false;                               // positions are relative: texts longer than `context` run
};

class Model {
 public:
  virtual ~Model() = default;
  virtual Info info() const = 0;
  // The last hidden states [rows, width]; of an encoder–decoder, its decoder's, which reads batch.memory.
  virtual Tensor hidden(const Batch& batch) const = 0;
  // The encoder's hidden states of an encoder–decoder. Throws Error for other models.
  virtual Tensor encode(const Batch& batch) const;
  // What a head says of hidden states. Throws Error for a head that the file does not hold.
  virtual Tensor answer(Head head, const Tensor& hidden, const ops::Ragged& rows) const;
  Tensor logits(const Tensor& hidden) const { return answer(Head::vocabulary, hidden, {}); }
  bool answers(Head head) const;
};

// config.json's keys by their own names; a GGUF's through the architecture's table. Values are checked as they are read.
class Config {
 public:
  Config(const io::Metadata& metadata, bool gguf, std::span<const std::pair<std::string_view, std::string_view>> gguf_keys,
         std::string_view gguf_name = {})
      : metadata_(metadata), gguf_(gguf), gguf_keys_(gguf_keys), gguf_name_(gguf_name) {}
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
  std::int64_t vocabulary() const;                               // vocab_size, or how many tokens a GGUF lists
  std::int64_t labels() const;                                   // of a classifier: what id2label or num_labels says, else 2
  bool made_for(std::string_view task) const;                    // architectures[0] ends like this: "ForTokenClassification"
  // "gelu", "gelu_new", "relu" …; throws Error naming one that this program does not know.
  ops::Activation activation(std::string_view key, std::string_view otherwise) const {
    return activation_named(string(key, otherwise), key);
  }
  ops::Activation activation_named(std::string_view value, std::string_view key) const;
  // Throws Error unless a width can be shared by so many heads.
  void check_heads(std::int64_t width, std::int64_t heads) const;
  // The key as the file spells it; a model that also sees keeps its decoder's keys below text_config.
  std::string name(std::string_view key) const;

 private:
  const io::Metadata& metadata_;
  bool gguf_;
  std::span<const std::pair<std::string_view, std::string_view>> gguf_keys_;
  std::string_view gguf_name_;
};

// What the two kinds of files store differently in a tensor whose name ends so.
struct GgufChange {
  enum Kind {
    query_pairs,  // rows of each query head reordered, so that the pairs that turn together lie side by side
    key_pairs,    // the same of key heads
    plus_one,     // GGUF adds the 1 of (1 + w)
  };
  std::string_view ending;
  Kind kind;
};

struct Architecture {
  std::string_view name;                                         // model_type of config.json
  std::span<const std::string_view> aliases = {};                // other model_types of the same shape
  std::string_view gguf_name = {};                               // general.architecture; empty: not in GGUF
  // Hugging Face's name -> GGUF's; "{}" stands for the layer's number, and in a key for gguf_name.
  std::span<const std::pair<std::string_view, std::string_view>> gguf_tensors = {}, gguf_keys = {};
  std::span<const std::string_view> prefixes = {};               // that files may put before every name: "bert."
  // Tensors that this program does not run: what their names without prefix start with, "{}" for the layer's number.
  std::span<const std::string_view> unused = {};
  std::span<const std::string_view> transposed = {};             // weights that safetensors store [in, out]; GGUF never does
  std::span<const GgufChange> gguf_changes = {};                 // what GGUF stores otherwise, the transposed weights aside
  std::string_view gguf_as = {};                                 // the architecture whose GGUF this family is written as: "llama"
  std::unique_ptr<Model> (*make)(const nn::Weights&, const Config&);
};
std::span<const Architecture> all();                             // the generated table

// How a tensor of a safetensors file is called in the GGUF of its family, and the other way; nothing for one that the family does not
// name. Prefixes are optional.
std::optional<std::string> gguf_name(const Architecture& architecture, std::string_view name);
std::optional<std::string> hugging_face_name(const Architecture& architecture, std::string_view gguf_name);
bool is_unused(const Architecture& architecture, std::string_view name);       // of Architecture::unused
bool is_transposed(const Architecture& architecture, std::string_view name);   // of Architecture::transposed

// The model in an opened file. Throws Error that lists what is missing, left over, or out of range.
struct OpenOptions {
  bool trainable = false;                                        // false: weights are mapped and frozen; true: copied as f32
  std::function<void(const std::string& name, const Tensor&)> each = {};  // told every tensor that the model took, by Hugging Face's name
};
std::unique_ptr<Model> open(const io::ModelFile& file, const OpenOptions& options = {});
const Architecture& architecture(const io::ModelFile& file);

}  // namespace maru::models

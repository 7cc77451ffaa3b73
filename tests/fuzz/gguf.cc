// Fuzzes GGUF files: what opens has tensors inside the file, and its tokenizer, if it has one, reads text.
#include "maru/io/model_file.h"
#include "maru/text/tokenizer.h"
#include "tests/fuzz/bytes.h"
#include "tests/fuzz/fuzz.h"

namespace maru::fuzz {
namespace {

Bytes header(std::uint64_t tensors, std::uint64_t keys) {
  Bytes file;
  file.out = "GGUF";
  file.number(std::uint32_t{3}).number(tensors).number(keys);
  return file;
}

void texts(Bytes& file, std::string_view key, const std::vector<std::string>& values) {
  file.text(key).number(std::uint32_t{9}).number(std::uint32_t{8}).number(std::uint64_t(values.size()));
  for (const std::string& value : values) file.text(value);
}

void types(Bytes& file, std::size_t count, std::int32_t first) {
  file.text("tokenizer.ggml.token_type").number(std::uint32_t{9}).number(std::uint32_t{5}).number(std::uint64_t(count));
  for (std::size_t i = 0; i < count; ++i) file.number(std::int32_t(i == 0 ? first : 1));
}

void tensor(Bytes& file, std::string_view name, std::uint64_t columns, std::uint64_t rows, std::uint32_t type, std::uint64_t offset) {
  file.text(name).number(std::uint32_t{2}).number(columns).number(rows).number(type).number(offset);
}

std::string model() {
  Bytes file = header(3, 8);
  file.text("general.architecture").number(std::uint32_t{8}).text("llama");
  file.text("general.alignment").number(std::uint32_t{4}).number(std::uint32_t{32});
  file.text("llama.block_count").number(std::uint32_t{4}).number(std::uint32_t{2});
  file.text("llama.eps").number(std::uint32_t{6}).number(1e-5f);
  file.text("a.flag").number(std::uint32_t{7}).number(std::uint8_t{1});
  file.text("a.large").number(std::uint32_t{10}).number(std::uint64_t{1} << 40);
  file.text("a.list").number(std::uint32_t{9}).number(std::uint32_t{12}).number(std::uint64_t{2}).number(1.5).number(-2.0);
  texts(file, "a.texts", {"x", "é"});
  tensor(file, "token_embd.weight", 32, 2, 3, 0);    // Q4_1: 20 bytes for 32
  tensor(file, "blk.0.attn_q.weight", 8, 2, 0, 64);  // F32
  tensor(file, "output_norm.weight", 4, 1, 30, 128); // BF16
  file.pad(32);
  file.out.append(64 + 64 + 8, '\1');
  return file.out;
}

std::string byte_level() {
  Bytes file = header(0, 7);
  file.text("tokenizer.ggml.model").number(std::uint32_t{8}).text("gpt2");
  file.text("tokenizer.ggml.pre").number(std::uint32_t{8}).text("smollm");
  texts(file, "tokenizer.ggml.tokens", {"<|im_end|>", "a", "b", "ab", "Ġ", "Ġa", "1"});
  types(file, 7, 3);
  texts(file, "tokenizer.ggml.merges", {"a b", "Ġ a"});
  file.text("tokenizer.ggml.eos_token_id").number(std::uint32_t{4}).number(std::uint32_t{0});
  file.text("tokenizer.ggml.add_bos_token").number(std::uint32_t{7}).number(std::uint8_t{0});
  return file.out;
}

std::string wordpiece() {
  Bytes file = header(0, 6);
  file.text("tokenizer.ggml.model").number(std::uint32_t{8}).text("bert");
  texts(file, "tokenizer.ggml.tokens", {"[UNK]", "[CLS]", "[SEP]", "▁a", "b", "▁1"});
  types(file, 6, 2);
  file.text("tokenizer.ggml.unknown_token_id").number(std::uint32_t{4}).number(std::uint32_t{0});
  file.text("tokenizer.ggml.cls_token_id").number(std::uint32_t{4}).number(std::uint32_t{1});
  file.text("tokenizer.ggml.seperator_token_id").number(std::uint32_t{4}).number(std::uint32_t{2});
  return file.out;
}
}  // namespace

std::vector<std::string> seeds() { return {model(), byte_level(), wordpiece()}; }

std::vector<std::string> words() {
  return {"GGUF", "general.alignment", "split.count", "tokenizer.ggml.model", "tokenizer.ggml.tokens", "tokenizer.ggml.scores",
          "tokenizer.ggml.token_type", "tokenizer.ggml.bos_token_id", "llama-bpe", "qwen2", "gpt2", "bert", "<|im_end|>", "\xff", "Ġ"};
}

void attempt(std::string_view input) {
  const io::ModelFile model = io::open_gguf(file("model.gguf", input));
  const std::span<const std::byte> all = model.files.at(0)->bytes();
  unsigned touched = 0;
  for (const io::StoredTensor& tensor : model.tensors) {
    claim(tensor.bytes.data() >= all.data() && tensor.bytes.size() <= all.size(), "a tensor lies outside the file");
    std::uint64_t count = 1;
    for (const std::int64_t dim : tensor.shape) count *= std::uint64_t(dim);
    claim(io::stored_bytes(tensor.type, count) == tensor.bytes.size(), "a tensor's bytes do not fit its shape");
    for (const std::byte b : tensor.bytes) touched += unsigned(b);
  }
  claim(touched <= 255u * input.size(), "tensors overlap");
  if (!model.metadata.has("tokenizer.ggml.model")) return;
  const auto tokenizer = text::tokenizer_from_gguf(model.metadata);
  const text::Encoding encoded = tokenizer->encode("a ab 1\n<|im_end|> é한\xf0\x9f\x98\x80", {.parse_special = true, .offsets = true});
  for (const std::int32_t id : encoded.ids) claim(id >= 0 && id < tokenizer->vocabulary(), "an id is outside the vocabulary");
  tokenizer->decode(encoded.ids);
}

}  // namespace maru::fuzz

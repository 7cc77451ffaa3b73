// Fuzzes safetensors files and the config.json beside them: an input that begins with a brace is the config.
#include "maru/io/model_file.h"
#include "tests/fuzz/bytes.h"
#include "tests/fuzz/fuzz.h"

namespace maru::fuzz {
namespace {

constexpr std::string_view kConfig =
    R"({"model_type": "bert", "hidden_size": 4, "eps": 1e-12, "tie": true, "names": ["a", "b"], "rope": {"theta": 10000.0, "factors": [1, 2.5]}, "none": null})";

std::string tensors(std::string_view header, std::size_t data) {
  Bytes file;
  file.text(header);
  file.out.append(data, '\2');
  return file.out;
}

std::string usual() {
  return tensors(
      R"({"__metadata__": {"format": "pt"}, "a.weight": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}, )"
      R"("a.bias": {"dtype": "F16", "shape": [4], "data_offsets": [16, 24]}, "n": {"dtype": "I64", "shape": [], "data_offsets": [24, 32]}}   )",
      32);
}
}  // namespace

std::vector<std::string> seeds() {
  return {usual(), tensors(R"({"é": {"dtype": "BF16", "shape": [1, 0, 3], "data_offsets": [0, 0]}})", 0), tensors("{}", 0),
          std::string(kConfig)};
}

std::vector<std::string> words() {
  return {"\"dtype\":",
          "\"shape\":",
          "\"data_offsets\":",
          "[0,0]",
          "\"F64\"",
          "\"U8\"",
          "\"BOOL\"",
          "18446744073709551615",
          "-1",
          "1e999",
          "4294967296",
          "{",
          "}",
          "[",
          "]",
          ",",
          "\\u0000",
          "\\ud800",
          "null",
          "\xff",
          "__metadata__"};
}

void attempt(std::string_view input) {
  const bool config = input.starts_with('{');
  static const std::string good = usual();
  file("config.json", config ? input : kConfig);
  const io::ModelFile model = io::open_safetensors(file("model.safetensors", config ? std::string_view(good) : input));
  const std::span<const std::byte> all = model.files.at(0)->bytes();
  unsigned touched = 0;
  for (const io::StoredTensor& tensor : model.tensors) {
    claim(tensor.bytes.empty() || (tensor.bytes.data() >= all.data() && tensor.bytes.size() <= all.size()),
          "a tensor lies outside the file");
    for (const std::byte b : tensor.bytes) touched += unsigned(b);
  }
  claim(touched <= 255u * all.size(), "tensors overlap");
}

}  // namespace maru::fuzz

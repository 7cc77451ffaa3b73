// Fuzzes files of torch.save, in both forms; the real ones of tests/golden/torch are the seeds.
#include <filesystem>

#include "maru/base/file.h"
#include "maru/io/torch.h"
#include "tests/fuzz/fuzz.h"

namespace maru::fuzz {

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  for (const char* name : {"module.old.pt", "tied.old.pt", "views.old.pt", "shapes.old.pt", "parameter.old.pt", "tied.zip.pt",
      "views.zip.pt",
                           "checkpoint.zip.pt", "wide_types.zip.pt", "protocol_4.zip.pt"})
    out.push_back(read_file(std::filesystem::path(MARU_TESTS) / "golden" / "torch" / name));
  return out;
}

std::vector<std::string> words() {
  return {"ctorch._utils\n_rebuild_tensor_v2\n", "ctorch._utils\n_rebuild_tensor_v3\n", "ctorch._utils\n_rebuild_parameter\n",
      "ccollections\nOrderedDict\n",
          "ctorch\nSize\n", "ctorch\nFloatStorage\n", "ctorch.storage\nUntypedStorage\n", "ctorch\nfloat8_e4m3fn\n", "cos\nsystem\n",
              "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f",
          "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\xff", "J\xff\xff\xff\x7f", "}", "]", ")", "(", "t", "R", "Q", "s", "u", "e", "b", ".",
              "\x85", "\x86", "\x93", "\x94",
          "PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07", "\xff\xff\xff\xff"};
}

void attempt(std::string_view input) {
  const io::ModelFile model = io::open_torch(file("m.pt", input));
  const std::span<const std::byte> all = model.files.at(0)->bytes();
  unsigned touched = 0;
  std::uint64_t copied = 0;
  for (const io::StoredTensor& tensor : model.tensors) {
    const std::span<const std::byte> held = tensor.file->bytes();
    claim(tensor.bytes.empty() || (tensor.bytes.data() >= held.data() &&
        tensor.bytes.data() + tensor.bytes.size() <= held.data() + held.size()),
          "a tensor lies outside its file");
    if (tensor.file != model.files[0]) copied += tensor.bytes.size();
    for (const std::byte b : tensor.bytes) touched += unsigned(b);
  }
  claim(copied <= all.size(), "more was copied than the file holds");
  static volatile unsigned seen;
  seen = touched;
}

}  // namespace maru::fuzz

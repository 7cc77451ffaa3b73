// Which format a path is: told by what it holds, not by its name, since a store may keep files under their digests.
#include "maru/io/model_file.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "maru/io/torch.h"
#include "maru/io/types.h"

namespace maru::io {
namespace {

namespace fs = std::filesystem;

// Weights that other programs read, and where the same model may be had for this one.
void refuse_foreign(const fs::path& folder) {
  struct Foreign {
    std::string_view name, of;
  };
  constexpr Foreign known[] = {{"tf_model.h5", "TensorFlow"}, {"tf_model.h5.index.json", "TensorFlow"}, {"saved_model.pb", "TensorFlow"},
                               {"model.ckpt.index", "TensorFlow"}, {"flax_model.msgpack", "Flax"}, {"flax_model.msgpack.index.json",
                                   "Flax"},
                               {"model.onnx", "ONNX"}, {"onnx/model.onnx", "ONNX"}, {"model.keras", "Keras"}, {"model.weights.h5", "Keras"},
                               {"model.h5", "Keras"}, {"rust_model.ot", "rust-bert"}, {"openvino_model.xml", "OpenVINO"}};
  std::error_code code;
  for (const Foreign& one : known)
    if (fs::exists(folder / one.name, code))
      fail(ErrorKind::invalid,
          "{}: holds {}, which is {}'s; this program reads model.safetensors, pytorch_model.bin and .gguf: take a revision of the "
           "model that has one of them, or load it in {} and save it as safetensors", folder.string(), one.name, one.of, one.of);
}

ModelFile open_folder(const fs::path& folder) {
  std::error_code code;
  for (const char* name : {"model.safetensors", "model.safetensors.index.json"}) {
    if (fs::exists(folder / name, code)) return open_safetensors(folder);
  }
  if (holds_torch(folder)) return open_torch(folder);
  std::vector<fs::path> found;
  fs::directory_iterator entry(folder, code);
  for (; !code && entry != fs::directory_iterator(); entry.increment(code)) {
    if (entry->path().extension() == ".gguf") found.push_back(entry->path());
  }
  if (code) fail(ErrorKind::io, "{}: could not be listed: {}", folder.string(), system_reason(code.value()));
  if (found.size() == 1) return open_gguf(found[0]);
  if (found.empty()) {
    refuse_foreign(folder);
    fail(ErrorKind::not_found,
        "{}: holds no model: expected model.safetensors or pytorch_model.bin (or the .index.json of one), or one .gguf file",
         folder.string());
  }
  std::sort(found.begin(), found.end());
  fail(ErrorKind::invalid, "{}: holds {} .gguf files; name the one to use, such as {}", folder.string(), found.size(), found[0].string());
}

}  // namespace

ModelFile open_file(const fs::path& path) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (!fs::exists(status)) fail(ErrorKind::not_found, "{}: no such file or folder", path.string());
  if (fs::is_directory(status)) return open_folder(path);
  const auto file = MappedFile::open(path);
  const std::string_view text(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
  if (text.starts_with("GGUF") || path.extension() == ".gguf") return open_gguf(path);
  if (is_torch(file->bytes())) return open_torch(path);
  if (path.extension() == ".safetensors" || (text.size() > 8 && text[8] == '{')) return open_safetensors(path);
  fail(ErrorKind::invalid, "{}: is neither a GGUF nor a safetensors file nor one of torch.save", path.string());
}

std::uint64_t stored_bytes(std::string_view type, std::uint64_t count) {
  const StoredType* stored = type_by_name(type);
  return stored ? bytes_of(*stored, count).value_or(0) : 0;
}

}  // namespace maru::io

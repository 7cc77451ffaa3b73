// pytorch_model.bin, alone or in shards, and other dictionaries of tensors that torch.save wrote, as a model file.
#include "maru/io/torch.h"

#include <cstring>
#include <iterator>
#include <system_error>
#include <utility>

#include "maru/io/config.h"
#include "maru/io/shards.h"
#include "maru/io/torch_tensors.h"
#include "maru/io/torch_zip.h"

namespace maru::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFileName = "pytorch_model.bin", kIndexName = "pytorch_model.bin.index.json";

bool is_tar(std::span<const std::byte> bytes) { return bytes.size() > 262 && std::memcmp(bytes.data() + 257, "ustar", 5) == 0; }

void add_file(const fs::path& path, ModelFile& model, std::vector<Phrase>& notes) {
  model.files.push_back(MappedFile::open(path));
  const auto& mapped = model.files.back();
  check(!is_tar(mapped->bytes()), "{}: is a tar file, as torch.save wrote them before 2017; save it again with a newer torch",
      path.string());
  check(is_torch(mapped->bytes()), "{}: is no file of torch.save: it begins neither like a zip file nor like torch's older format",
      path.string());
  auto tensors = torch_tensors(mapped, notes);
  std::move(tensors.begin(), tensors.end(), std::back_inserter(model.tensors));
}

}  // namespace

bool is_torch(std::span<const std::byte> bytes) { return is_zip(bytes) || is_torch_legacy(bytes) || is_tar(bytes); }

bool holds_torch(const fs::path& folder) {
  std::error_code code;
  const auto has = [&](std::string_view name) { return fs::exists(folder / name, code); };
  return !has("model.safetensors") && !has("model.safetensors.index.json") && (has(kFileName) || has(kIndexName));
}

ModelFile open_torch(const fs::path& path, std::vector<Phrase>* notes) {
  std::vector<Phrase> unread;
  const auto add = [said = notes ? notes : &unread](const fs::path& file, ModelFile& to) { add_file(file, to, *said); };
  ModelFile model;
  model.path = path;
  std::error_code code;  // what cannot be looked at is reported when it is opened
  const bool folder = fs::is_directory(path, code);
  const fs::path config = (folder ? path : path.parent_path()) / "config.json";
  model.metadata = Metadata(config.string());
  if (fs::exists(config, code)) {
    read_config(config, model);
  } else if (folder) {
    fail(ErrorKind::not_found, "{}: config.json is missing; a folder of a model has it beside the weights", path.string());
  }
  if (!folder) add(path, model);
  else if (fs::exists(path / kFileName, code)) add(path / kFileName, model);
  else add_shards(path / kIndexName, ".bin", add, model);
  return model;
}

}  // namespace maru::io

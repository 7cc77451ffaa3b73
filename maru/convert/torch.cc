// A folder whose weights torch.save wrote, as the same folder with safetensors. The bytes of the weights stay unless another type is asked
// for.
#include <algorithm>
#include <array>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/convert/convert.h"
#include "maru/convert/values.h"
#include "maru/io/torch.h"
#include "maru/io/writers.h"

namespace maru::convert {
namespace {

namespace fs = std::filesystem;

// What lies around weights: configurations, vocabularies, templates, the card.
bool goes_along(const fs::path& path) {
  constexpr std::array endings = std::to_array<std::string_view>({".json", ".txt", ".model", ".md", ".jinja"});
  return std::ranges::find(endings, path.extension().string()) != endings.end() && !path.string().ends_with(".index.json");
}

void copy_around(const fs::path& from, const fs::path& to) {
  std::error_code code;
  fs::recursive_directory_iterator entry(from, code);
  for (; !code && entry != fs::recursive_directory_iterator(); entry.increment(code)) {
    if (entry->path().filename().string().starts_with('.')) {
      if (entry->is_directory()) entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file() || !goes_along(entry->path())) continue;
    const fs::path place = to / entry->path().lexically_relative(from);
    fs::create_directories(place.parent_path(), code);
    if (!code) fs::copy_file(entry->path(), place, code);
    if (code) break;
  }
  if (code) fail(ErrorKind::io, "{}: the files around the weights could not be copied: {}", from.string(), code.message());
}

struct Unfinished {
  fs::path path;
  ~Unfinished() {
    std::error_code code;
    fs::remove_all(path, code);
  }
};

}  // namespace

Report torch_to_safetensors(const fs::path& folder, const fs::path& out, const Options& options) {
  check(!fs::exists(out), "{}: is there already; name a new folder", out.string());
  std::vector<Phrase> notes;
  const io::ModelFile file = io::open_torch(folder, &notes);
  Report report{.architecture = std::string(file.metadata.string("model_type", "")), .tensors = file.tensors.size(), .bytes = 0,
      .notes = std::move(notes)};
  std::vector<io::NewTensor> tensors;
  for (const io::StoredTensor& tensor : file.tensors) {
    const bool weight = tensor.type == "F32" || tensor.type == "F16" || tensor.type == "BF16";
    if (weight && !options.type.empty() && tensor.shape.size() > 1) tensors.push_back(passed(tensor, tensor.name, options.type));
    else tensors.push_back({tensor.name, tensor.shape, tensor.type, io::whole(tensor.bytes)});
  }
  const Unfinished unfinished{out.string() + ".unfinished"};
  std::error_code code;
  fs::create_directories(unfinished.path, code);
  if (code) fail(ErrorKind::io, "{}: cannot be made: {}", unfinished.path.string(), code.message());
  copy_around(folder, unfinished.path);
  const fs::path weights = unfinished.path / "model.safetensors";
  io::write_safetensors(weights, tensors, {{"format", "pt"}}, {.progress = options.progress, .cancel = options.cancel});
  report.bytes = fs::file_size(weights);
  fs::rename(unfinished.path, out, code);
  if (code) fail(ErrorKind::io, "{}: cannot be made: {}", out.string(), code.message());
  return report;
}

}  // namespace maru::convert

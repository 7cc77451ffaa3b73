// A folder whose weights torch.save wrote, as the same folder with safetensors. The bytes of the weights stay unless another type is asked
// for.
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/convert/convert.h"
#include "maru/convert/folder.h"
#include "maru/convert/values.h"
#include "maru/io/torch.h"
#include "maru/io/writers.h"

namespace maru::convert {

namespace fs = std::filesystem;

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
  const Unfinished unfinished(out);
  copy_around(folder, unfinished.path());
  const fs::path weights = unfinished.path() / "model.safetensors";
  io::write_safetensors(weights, tensors, {{"format", "pt"}}, {.progress = options.progress, .cancel = options.cancel});
  report.bytes = fs::file_size(weights);
  unfinished.publish(out);
  return report;
}

}  // namespace maru::convert

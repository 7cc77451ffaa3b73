// Row by row: decoded, what the adapters add, encoded. A tensor that no adapter names passes as it lies.
#include "maru/convert/merge.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/pool.h"
#include "maru/convert/adapter.h"
#include "maru/convert/folder.h"
#include "maru/convert/values.h"
#include "maru/io/writers.h"

namespace maru::convert {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kPiece = std::int64_t{1} << 21;  // values that are held at once, or one row of more

struct Sums {
  double added = 0, weights = 0;
};

// The type that a changed weight is written in.
std::string written_type(const io::StoredTensor& tensor) {
  return tensor.type == "F32" || tensor.type == "F16" || tensor.type == "BF16" ? tensor.type : "F16";
}

// One tensor on its way, and what the adapters add to it.
class Merged {
 public:
  Merged(std::string where, const io::StoredTensor& tensor, std::vector<const LowRank*> changes)
      : where_(std::move(where)),
        tensor_(tensor),
        changes_(std::move(changes)),
        from_(tensor.type == "F32" ? nullptr : quant::find(tensor.type)),
        to_(written_type(tensor) == "F32" ? nullptr : quant::find(written_type(tensor))) {
    check(from_ || tensor.type == "F32", "{}: tensor {} is of type {}, which cannot be read", where_, tensor.name, tensor.type);
  }

  Sums write(const io::Put& put) const {
    const std::int64_t rows = tensor_.shape[0], width = tensor_.shape[1];
    std::vector<Factors> factors;
    for (const LowRank* change : changes_) factors.push_back({*change, LowRank::values(change->left), LowRank::values(change->right)});
    const std::int64_t step = std::max<std::int64_t>(1, kPiece / width);
    const std::size_t size = row_bytes(to_, width);
    std::vector<std::byte> buffer;
    std::vector<Sums> of_rows;
    Sums total;
    for (std::int64_t first = 0; first < rows; first += step) {
      const std::int64_t count = std::min(step, rows - first);
      buffer.resize(std::size_t(count) * size);
      of_rows.assign(std::size_t(count), {});
      parallel(count, [&](std::int64_t r) { row(factors, first + r, buffer.data() + std::size_t(r) * size, of_rows[std::size_t(r)]); });
      for (const Sums& one : of_rows) total.added += one.added, total.weights += one.weights;
      put(buffer);
    }
    return total;
  }

 private:
  struct Factors {
    const LowRank& change;
    std::vector<float> left, right;
  };

  void row(const std::vector<Factors>& factors, std::int64_t at, std::byte* out, Sums& sums) const {
    thread_local std::vector<float> values, added, back;
    const std::size_t width = std::size_t(tensor_.shape[1]);
    values.resize(width), back.resize(width), added.assign(width, 0.0f);
    decode_row(from_, tensor_.bytes.data() + std::size_t(at) * row_bytes(from_, std::int64_t(width)), values);
    for (const Factors& one : factors) {
      const LowRank& c = one.change;
      const float* const left = one.left.data() + std::size_t((c.source_row ? c.source_row(at) : at) * c.rank);
      for (std::int64_t k = 0; k < c.rank; ++k) {
        const float factor = c.scale * left[k];
        const float* const right = one.right.data() + std::size_t(k) * width;
        for (std::size_t i = 0; i < width; ++i) added[i] += factor * right[i];
      }
    }
    for (std::size_t i = 0; i < width; ++i) {
      sums.weights += double(values[i]) * double(values[i]), sums.added += double(added[i]) * double(added[i]);
      values[i] += added[i];
    }
    if (to_) to_->encode(values, out);
    else std::memcpy(out, values.data(), width * sizeof(float));
    decode_row(to_, out, back);
    check(std::ranges::all_of(back, [](float v) { return std::isfinite(v); }),
          "{}: tensor {}: row {} with the adapter holds a number that is not finite or too large for {}; the adapter does not belong to "
          "this model",
          where_, tensor_.name, at, to_ ? to_->name : "F32");
  }

  std::string where_;
  const io::StoredTensor& tensor_;
  std::vector<const LowRank*> changes_;
  const quant::Format *from_, *to_;
};

std::vector<io::GgufEntry> entries_of(const io::ModelFile& file, bool widened) {
  std::vector<io::GgufEntry> entries;
  for (const auto& [key, stored] : file.entries) {
    if (key == "general.alignment" || (widened && key == "general.file_type")) continue;
    entries.push_back({std::string(key), std::string(reinterpret_cast<const char*>(stored.data()), stored.size())});
  }
  constexpr std::uint32_t kMostlyF16 = 1;        // llama.cpp's llama_ftype
  if (widened) entries.push_back(io::gguf_u32("general.file_type", kMostlyF16));
  return entries;
}

void write(const io::ModelFile& file, const fs::path& out, std::span<const io::NewTensor> tensors, bool widened,
           const io::WriteOptions& options) {
  if (file.gguf) return io::write_gguf(out, entries_of(file, widened), tensors, options);
  const Unfinished unfinished(out);
  copy_around(file.path, unfinished.path());
  io::write_safetensors(unfinished.path() / "model.safetensors", tensors, {{"format", "pt"}}, options);
  unfinished.publish(out);
}

}  // namespace

MergeReport merge(const fs::path& model, std::span<const fs::path> adapters, const fs::path& out, const MergeOptions& options) {
  check(!fs::exists(out), "{}: is there already; name another one", out.string());
  check(adapters.size() <= kMostAdapters, "{} adapters, at most {} are merged at once", adapters.size(), kMostAdapters);
  const io::ModelFile file = io::open_file(model);
  MergeReport report{.notes = {}};
  std::vector<Adapter> read;
  for (const fs::path& path : adapters) {
    if (options.cancel) options.cancel->check();
    read.push_back(read_adapter(path, file));
    std::ranges::copy(read.back().notes, std::back_inserter(report.notes));
  }
  std::map<std::string, std::vector<const LowRank*>, std::less<>> changes;
  for (const Adapter& adapter : read)
    for (const LowRank& one : adapter.changes) changes[one.tensor].push_back(&one);
  Sums total;
  std::vector<io::NewTensor> tensors;
  for (const io::StoredTensor& tensor : file.tensors) {
    report.bytes_before += tensor.bytes.size();
    const auto change = changes.find(tensor.name);
    if (change == changes.end()) {
      tensors.push_back({tensor.name, tensor.shape, tensor.type, io::whole(tensor.bytes)});
      report.bytes += tensor.bytes.size();
      continue;
    }
    const std::string type = written_type(tensor);
    report.widened += type != tensor.type;
    report.bytes += io::stored_bytes(type, std::uint64_t(tensor.shape[0] * tensor.shape[1]));
    tensors.push_back(
        {tensor.name, tensor.shape, type, [merged = Merged(model.string(), tensor, change->second), &total](const io::Put& put) {
           const Sums sums = merged.write(put);
           total.added += sums.added, total.weights += sums.weights;
         }});
  }
  report.tensors = tensors.size();
  report.changed = changes.size();
  io::WriteOptions how{.progress = {}, .cancel = options.cancel};
  if (options.progress)
    how.progress = [&](Progress progress) {
      progress.what = "merging";
      options.progress(progress);
    };
  write(file, out, tensors, report.widened > 0, how);
  report.change = total.weights > 0 ? std::sqrt(total.added / total.weights) : 0;
  if (report.widened > 0)
    report.notes.push_back(
        phrase("{} of {} weights were quantised and became F16, so that the adapter is not rounded away: {} MB grew to {} MB; "
               "quantise the new model to make it small again",
               report.widened, report.tensors, report.bytes_before / 1'000'000, report.bytes / 1'000'000));
  return report;
}

}  // namespace maru::convert

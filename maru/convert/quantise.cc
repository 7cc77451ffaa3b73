// GGUF to GGUF: what each weight becomes is asked of the recipe; values pass in pieces, so that memory does not grow with the file.
#include "maru/convert/quantise.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>

#include "maru/base/pool.h"
#include "maru/convert/mixtures.h"
#include "maru/convert/values.h"
#include "maru/io/model_file.h"
#include "maru/io/writers.h"
#include "maru/quant/quant.h"

namespace maru::convert {
namespace {

constexpr std::int64_t kPiece = std::int64_t{1} << 21;  // values that are encoded at once, or one row of more

struct Shape {
  std::int64_t rows = 1, width = 1;
};
Shape shape_of(const io::StoredTensor& tensor) {
  Shape shape;
  if (!tensor.shape.empty()) shape.width = tensor.shape.back();
  for (std::size_t i = 0; i + 1 < tensor.shape.size(); ++i) shape.rows *= tensor.shape[i];
  return shape;
}

// A number of the model, or the largest of one per layer.
std::int64_t number(const io::ModelFile& file, std::string_view key, std::int64_t otherwise) {
  const io::Value* const value = file.metadata.find(fmt::format("{}.{}", file.metadata.string("general.architecture", ""), key));
  if (!value) return otherwise;
  if (const auto* one = std::get_if<std::int64_t>(value)) return *one;
  const auto* many = std::get_if<std::vector<std::int64_t>>(value);
  return many && !many->empty() ? *std::ranges::max_element(*many) : otherwise;
}

// Null for f32.
const quant::Format* known(const io::ModelFile& file, const io::StoredTensor& tensor) {
  const quant::Format* const format = tensor.type == "F32" ? nullptr : quant::find(tensor.type);
  check(format || tensor.type == "F32", "{}: tensor {} is of type {}, which cannot be read", file.path.string(), tensor.name, tensor.type);
  return format;
}

// The rows of one tensor on their way from one format to another.
class Rows {
 public:
  Rows(const io::ModelFile& file, const io::StoredTensor& tensor, const quant::Format* from, const quant::Format* to)
      : where_(file.path.string()), tensor_(tensor), from_(from), to_(to), shape_(shape_of(tensor)) {}

  // Gives the bytes to `put`; returns the relative error.
  double write(const io::Put& put) {
    const std::int64_t step = std::max<std::int64_t>(1, kPiece / std::max<std::int64_t>(1, shape_.width));
    const std::size_t size = row_bytes(to_, shape_.width);
    std::vector<std::byte> buffer;
    for (std::int64_t first = 0; first < shape_.rows; first += step) {
      const std::int64_t count = std::min(step, shape_.rows - first);
      buffer.resize(std::size_t(count) * size);
      squares_.assign(std::size_t(count), {});
      parallel(count, [&](std::int64_t r) { encode(first + r, buffer.data() + std::size_t(r) * size, squares_[std::size_t(r)]); });
      // Added up in the order of rows, so that threads change no digit.
      for (const Squares& s : squares_) total_.values += s.values, total_.differences += s.differences;
      put(buffer);
      tensor_.file->forget(tensor_.bytes.subspan(std::size_t(first) * row_bytes(from_, shape_.width),
          std::size_t(count) * row_bytes(from_, shape_.width)));
    }
    return total_.values > 0 ? std::sqrt(total_.differences / total_.values) : 0;
  }

 private:
  struct Squares {
    double values = 0, differences = 0;
  };

  void encode(std::int64_t row, std::byte* out, Squares& squares) const {
    thread_local std::vector<float> values, back;
    values.resize(std::size_t(shape_.width));
    back.resize(values.size());
    decode_row(from_, tensor_.bytes.data() + std::size_t(row) * row_bytes(from_, shape_.width), values);
    check(std::ranges::all_of(values, [](float v) { return std::isfinite(v); }),
          "{}: tensor {}: row {} holds a weight that is not a finite number; such a file cannot be quantised, bring it again", where_,
          tensor_.name, row);
    if (to_) to_->encode(values, out);
    else std::memcpy(out, values.data(), values.size() * sizeof(float));
    decode_row(to_, out, back);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double difference = double(back[i]) - double(values[i]);
      squares.values += double(values[i]) * double(values[i]);
      squares.differences += difference * difference;
    }
    check(std::isfinite(squares.differences), "{}: tensor {}: row {} holds a weight too large for {}; choose BF16 or F32", where_,
          tensor_.name, row, to_ ? to_->name : "F32");
  }

  std::string where_;
  const io::StoredTensor& tensor_;
  const quant::Format *from_, *to_;
  Shape shape_;
  std::vector<Squares> squares_;
  Squares total_;
};

std::vector<QuantisedTensor> planned(const io::ModelFile& file, const Recipe& recipe) {
  const std::int64_t heads = number(file, "attention.head_count", 1);
  const std::int64_t key_heads = std::max<std::int64_t>(1, number(file, "attention.head_count_kv", heads));
  const std::int64_t layers = number(file, "block_count", 0);
  const bool tied = std::ranges::none_of(file.tensors, [](const io::StoredTensor& t) { return t.name == "output.weight"; });
  std::vector<QuantisedTensor> plan;
  for (const io::StoredTensor& t : file.tensors) {
    const Shape shape = shape_of(t);
    const Weight weight{.name = t.name, .rows = shape.rows, .width = shape.width, .layers = layers, .sharing = heads / key_heads,
        .tied = tied};
    QuantisedTensor one{.name = t.name, .shape = t.shape, .from = t.type, .wanted = t.type, .to = t.type, .bytes_before = t.bytes.size()};
    if (is_quantised(weight)) {
      const Choice choice = chosen(recipe, weight);
      one.wanted = choice.wanted, one.to = choice.format;
      if (one.to != one.from) known(file, t);
    }
    one.bytes = std::uint64_t(shape.rows) * row_bytes(quant::find(one.to), shape.width);
    if (one.to == one.from) one.bytes = t.bytes.size();
    plan.push_back(std::move(one));
  }
  return plan;
}

// Keys stay as they lie, but for what this program decides itself.
std::vector<io::GgufEntry> entries_of(const io::ModelFile& file, const Recipe& recipe) {
  std::vector<io::GgufEntry> entries;
  for (const auto& [key, stored] : file.entries) {
    if (key == "general.file_type" || key == "general.quantization_version" || key == "general.alignment") continue;
    entries.push_back({std::string(key), std::string(reinterpret_cast<const char*>(stored.data()), stored.size())});
  }
  entries.push_back(io::gguf_u32("general.file_type", recipe.file_type));
  entries.push_back(io::gguf_u32("general.quantization_version", 2));
  return entries;
}

std::vector<Phrase> notes_on(const std::vector<QuantisedTensor>& plan) {
  std::map<std::pair<std::string, std::string>, std::size_t> fallen, again;
  for (const QuantisedTensor& t : plan) {
    if (t.wanted != t.to) ++fallen[{t.wanted, t.to}];
    const quant::Format* const from = quant::find(t.from);
    if (t.to != t.from && from && from->block > 1) ++again[{t.from, ""}];
  }
  std::vector<Phrase> notes;
  for (const auto& [formats, count] : fallen)
    notes.push_back(phrase("{} of {} tensors: their rows do not fill blocks of {}, they became {} instead of {}", count, plan.size(),
                           quant::find(formats.first)->block, formats.second, formats.first));
  for (const auto& [formats, count] : again)
    notes.push_back(phrase("{} of {} tensors were {} already; quantising them again adds to their error, a file of F16 or F32 gives better ones",
                           count, plan.size(), formats.first));
  return notes;
}

std::string recipe_names() {
  std::string names;
  for (const Recipe& recipe : recipes()) names += (names.empty() ? "" : " ") + std::string(recipe.name);
  return names;
}

void check_out(const io::ModelFile& file, const std::filesystem::path& out, bool overwrite) {
  std::error_code error;
  if (!std::filesystem::exists(out, error)) return;
  for (const auto& in : file.files)
    if (std::filesystem::equivalent(in->path(), out, error))
      fail(ErrorKind::usage, "{} is the file that is read; name another one to write", out.string());
  if (!overwrite) fail(ErrorKind::usage, "{} is there already; name another file, or replace it with --overwrite", out.string());
}

}  // namespace

QuantiseReport quantise(const std::filesystem::path& in, const std::filesystem::path& out, std::string_view type,
    const QuantiseOptions& options) {
  const Recipe* const recipe = find_recipe(type);
  if (!recipe) fail(ErrorKind::usage, "there is no type {:?}; known are {}", type, recipe_names());
  const io::ModelFile file = io::open_file(in);
  check(file.gguf, "{}: is not a GGUF file; maru convert makes one of a folder of safetensors", in.string());
  check_out(file, out, options.overwrite);
  QuantiseReport report{.tensors = planned(file, *recipe), .notes = notes_on(planned(file, *recipe))};
  std::vector<io::NewTensor> tensors;
  for (std::size_t i = 0; i < file.tensors.size(); ++i) {
    const io::StoredTensor& t = file.tensors[i];
    QuantisedTensor& to = report.tensors[i];
    report.weights += std::uint64_t(shape_of(t).rows * shape_of(t).width);
    auto fill = io::whole(t.bytes);
    if (to.to != to.from)
      fill = [&file, &t, &to](const io::Put& put) { to.error = Rows(file, t, known(file, t), quant::find(to.to)).write(put); };
    tensors.push_back({t.name, t.shape, to.to, std::move(fill)});
  }
  io::WriteOptions write{.cancel = options.cancel};
  if (options.progress)
    write.progress = [&](Progress progress) {
      progress.what = "quantising";
      options.progress(progress);
    };
  io::write_gguf(out, entries_of(file, *recipe), tensors, write);
  for (const auto& mapped : file.files) report.bytes_before += mapped->bytes().size();
  report.bytes = std::filesystem::file_size(out);
  return report;
}

}  // namespace maru::convert

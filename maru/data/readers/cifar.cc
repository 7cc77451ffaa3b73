// CIFAR-10 and CIFAR-100 in their binary version: one or two bytes of labels, then 32 by 32 pixels, one colour after the other.
// Source: "Binary version", cs.toronto.edu/~kriz/cifar.html.
#include <algorithm>
#include <fstream>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/data/batch.h"
#include "maru/data/data.h"

namespace maru::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSide = 32, kPixels = kSide * kSide, kPicture = 3 * kPixels;

struct Label {
  std::string_view column, names;  // the names of the classes lie in a file beside
  std::size_t classes;
};
constexpr Label kTen[] = {{"label", "batches.meta.txt", 10}};
constexpr Label kHundred[] = {{"coarse_label", "coarse_label_names.txt", 20}, {"fine_label", "fine_label_names.txt", 100}};

bool is_ten(const std::string& name) { return (name.starts_with("data_batch_") || name == "test_batch.bin") && name.ends_with(".bin"); }

std::span<const Label> labels_of(const fs::path& path) {
  return is_ten(path.filename().string()) ? std::span<const Label>(kTen) : std::span<const Label>(kHundred);
}

std::vector<std::string> names_in(const fs::path& file, std::size_t classes) {
  std::error_code problem;
  if (!fs::is_regular_file(file, problem)) return {};
  std::vector<std::string> names;
  const std::string text = read_file(file, 1 << 16);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string name = text.substr(at, end - at);
    if (name.ends_with('\r')) name.pop_back();
    if (!name.empty()) names.push_back(std::move(name));
    at = end + 1;
  }
  check(names.size() == classes, "{}: {} names of classes, expected {}", file.string(), names.size(), classes);
  return names;
}

class CifarStream final : public Stream {
 public:
  CifarStream(const fs::path& path, const ReadOptions& options)
      : path_(path.string()), options_(options), file_(MappedFile::open(path)), labels_(labels_of(path)), row_(labels_.size() + kPicture) {
    check(file_->bytes().size() % row_ == 0, "{}: {} bytes, expected a multiple of {}; it is cut short, bring it again", path_,
          file_->bytes().size(), row_);
    Schema whole(1);
    whole[0].name = "image";
    whole[0].type = Type::image;
    whole[0].shape = {std::int64_t(kSide), std::int64_t(kSide), 3};
    for (const Label& label : labels_) {
      Field& field = whole.emplace_back();
      field.name = label.column;
      field.type = Type::integer;
      field.labels = names_in(path.parent_path() / label.names, label.classes);
      if (field.labels.empty() && options.note)
        options.note(phrase("{}: no {} is beside it, so classes have no names", path_, label.names));
    }
    chosen_ = chosen(whole, options.columns);
    for (std::size_t i = 0; i < whole.size(); ++i)
      if (chosen_[i]) schema_.push_back(whole[i]);
  }
  const Schema& schema() const override { return schema_; }
  std::optional<std::uint64_t> rows() const override { return all(); }
  std::uint64_t pass(std::uint64_t rows) override {
    const std::uint64_t passed = std::min<std::uint64_t>(rows, all() - at_);
    at_ += passed;
    return passed;
  }

  bool next(Batch& batch) override {
    batch = {};
    if (options_.cancel) options_.cancel->check();
    const std::size_t most = std::max<std::size_t>(options_.batch_rows, 1);
    batch.rows = std::min<std::size_t>(all() - at_, std::clamp<std::size_t>(options_.batch_bytes / row_, 1, most));
    if (batch.rows == 0) return false;
    const auto* begin = reinterpret_cast<const std::uint8_t*>(file_->bytes().data()) + at_ * row_;
    if (chosen_[0]) batch.columns.push_back(pictures(begin, batch.rows));
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      Column column;
      for (std::size_t row = 0; row < batch.rows; ++row) {
        const std::uint8_t label = begin[row * row_ + i];
        check(label < labels_[i].classes, "{}: row {}: {} {}, expected less than {}", path_, at_ + row + 1, labels_[i].column, label,
              labels_[i].classes);
        column.integers.push_back(label);
      }
      if (chosen_[i + 1]) batch.columns.push_back(std::move(column));
    }
    at_ += batch.rows;
    return true;
  }

 private:
  std::size_t all() const { return file_->bytes().size() / row_; }

  // Red, green and blue of each pixel together, as pictures are everywhere else.
  Column pictures(const std::uint8_t* begin, std::size_t rows) const {
    auto block = std::make_shared<std::string>(rows * kPicture, '\0');
    Column column;
    for (std::size_t row = 0; row < rows; ++row) {
      const std::uint8_t* in = begin + row * row_ + labels_.size();
      char* out = block->data() + row * kPicture;
      for (std::size_t pixel = 0; pixel < kPixels; ++pixel)
        for (std::size_t colour = 0; colour < 3; ++colour) out[pixel * 3 + colour] = char(in[colour * kPixels + pixel]);
      column.texts.emplace_back(out, kPicture);
    }
    column.owner = std::move(block);
    return column;
  }

  std::string path_;
  ReadOptions options_;
  std::shared_ptr<const MappedFile> file_;
  std::span<const Label> labels_;
  std::size_t row_;
  Schema schema_;
  std::vector<bool> chosen_;
  std::size_t at_ = 0;
};

// CIFAR-100's files are called train.bin and test.bin, as many others are: the names of its classes must lie beside.
bool recognises(const fs::path& path, std::string_view first) {
  const std::string name = path.filename().string();
  if (first.empty()) return false;
  if (is_ten(name)) return true;
  std::error_code problem;
  return (name == "train.bin" || name == "test.bin") && fs::is_regular_file(path.parent_path() / kHundred[1].names, problem);
}

std::string split_of(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with("test") ? "test" : "train";
}

}  // namespace

Reader cifar_reader() {
  return {.name = "cifar",
          .about = "CIFAR-10 and CIFAR-100 in their binary version",
          .about_ko = "CIFAR-10과 CIFAR-100의 바이너리 판",
          .example = "data_batch_1.bin",
          .recognises = recognises,
          .open = [](const fs::path& path, const ReadOptions& options) -> std::unique_ptr<Stream> {
            return std::make_unique<CifarStream>(path, options);
          },
          .split_of = split_of};
}

}  // namespace maru::data

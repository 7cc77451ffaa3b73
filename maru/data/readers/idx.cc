// IDX files, the format of MNIST: numbers in a box of any dimensions, pictures joined with their labels by the files' names.
// Source: "THE IDX FILE FORMAT", yann.lecun.com/exdb/mnist.
#include <algorithm>
#include <bit>
#include <cstring>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/data/batch.h"
#include "maru/data/byte_source.h"
#include "maru/data/data.h"

namespace maru::data {
namespace {

namespace fs = std::filesystem;

constexpr int kMostDimensions = 8;

enum class Number : std::uint8_t { u8 = 0x08, i8 = 0x09, i16 = 0x0b, i32 = 0x0c, f32 = 0x0d, f64 = 0x0e };

std::size_t size_of(std::uint8_t type) {
  switch (Number(type)) {
    case Number::u8: case Number::i8: return 1;
    case Number::i16: return 2;
    case Number::i32: case Number::f32: return 4;
    case Number::f64: return 8;
  }
  return 0;
}

// Numbers in an IDX file are big-endian.
template <class Bits>
Bits big_endian(const char* at) {
  Bits bits;
  std::memcpy(&bits, at, sizeof bits);
  return std::endian::native == std::endian::little ? std::byteswap(bits) : bits;
}

// One file, read from its begin to its end.
class IdxFile {
 public:
  explicit IdxFile(const fs::path& path, std::size_t max_row_bytes) : path_(path.string()), bytes_(open_bytes(path)) {
    char head[4];
    read(head, sizeof head);
    check(head[0] == 0 && head[1] == 0 && size_of(std::uint8_t(head[2])) != 0,
          "{}: not an IDX file: it begins with {:02x} {:02x} {:02x}", path_, std::uint8_t(head[0]), std::uint8_t(head[1]), std::uint8_t(head[2]));
    number_ = Number(head[2]);
    const int dimensions = std::uint8_t(head[3]);
    check(dimensions >= 1 && dimensions <= kMostDimensions, "{}: {} dimensions, expected 1 to {}", path_, dimensions, kMostDimensions);
    for (int i = 0; i < dimensions; ++i) {
      char size[4];
      read(size, sizeof size);
      shape_.push_back(big_endian<std::uint32_t>(size));
    }
    std::uint64_t row = 1;
    for (std::size_t i = 1; i < shape_.size(); ++i) {
      check(shape_[i] > 0, "{}: dimension {} has size 0", path_, i);
      if (std::uint64_t(shape_[i]) > max_row_bytes / row)
        fail(ErrorKind::limit, "{}: a row of more than {} bytes, the limit", path_, max_row_bytes);
      row *= std::uint64_t(shape_[i]);
    }
    row_numbers_ = std::size_t(row);
    if (row_bytes() > max_row_bytes) fail(ErrorKind::limit, "{}: a row of more than {} bytes, the limit", path_, max_row_bytes);
    check_size(path);
  }

  std::size_t rows() const { return std::size_t(shape_[0]); }
  std::size_t row_bytes() const { return row_numbers_ * size_of(std::uint8_t(number_)); }
  bool ended() const { return at_ == rows(); }
  const std::string& path() const { return path_; }

  Field field() const {
    Field out;
    const bool real = number_ == Number::f32 || number_ == Number::f64;
    const Type number = real ? Type::real : Type::integer;
    const std::size_t dimensions = shape_.size();
    const bool channels = dimensions == 4 && (shape_[3] == 1 || shape_[3] == 3 || shape_[3] == 4);
    out.shape.assign(shape_.begin() + 1, shape_.end());
    if (dimensions == 1) {
      out.type = number;
      out.name = number_ == Number::u8 ? "label" : "value";
    } else if (number_ == Number::u8 && (dimensions == 3 || channels)) {
      out.type = Type::image;
      out.name = "image";
      if (dimensions == 3) out.shape.push_back(1);
    } else {  // all the numbers of a row in one list; the shape says how they stand
      out.type = Type::list;
      out.name = "values";
      out.children.emplace_back();
      out.children[0].type = number;
    }
    return out;
  }

  Column column(std::size_t rows, const Field& field) {
    auto block = std::make_shared<std::string>(rows * row_bytes(), '\0');
    read(block->data(), block->size());
    at_ += rows;
    if (ended()) {
      char more;
      check(bytes_->read(&more, 1) == 0, "{}: holds more than the {} rows that it says it has", path_, this->rows());
    }
    Column out;
    if (field.type == Type::image) {
      for (std::size_t i = 0; i < rows; ++i) out.texts.push_back(std::string_view(*block).substr(i * row_bytes(), row_bytes()));
      out.owner = std::move(block);
      return out;
    }
    if (field.type != Type::list) {
      numbers(*block, out);
      return out;
    }
    for (std::size_t i = 0; i <= rows; ++i) out.offsets.push_back(i * row_numbers_);
    out.children.emplace_back();
    numbers(*block, out.children[0]);
    return out;
  }

 private:
  void read(char* into, std::size_t size) {
    std::size_t held = 0;
    while (held < size) {
      const std::size_t got = bytes_->read(into + held, size - held);
      check(got > 0, "{}: ends early, in row {}; it is cut short, bring it again", path_, at_ + 1);
      held += got;
    }
  }

  // A plain file has its size before it is read; a packed one shows it at the end.
  void check_size(const fs::path& path) {
    if (packed(path)) return;
    const std::uint64_t size = fs::file_size(path), head = 4 + 4 * shape_.size();
    check(row_bytes() <= size && rows() <= (size - head) / row_bytes() && head + rows() * row_bytes() == size,
          "{}: {} rows of {} bytes behind a header of {}, but the file has {} bytes", path_, rows(), row_bytes(), head, size);
  }
  static bool packed(const fs::path& path) {
    const auto file = MappedFile::open(path);
    return file->bytes().size() >= 2 && file->bytes()[0] == std::byte{0x1f} && file->bytes()[1] == std::byte{0x8b};
  }

  void numbers(std::string_view block, Column& out) const {
    const std::size_t size = size_of(std::uint8_t(number_));
    for (std::size_t i = 0; i < block.size(); i += size) {
      const char* at = block.data() + i;
      switch (number_) {
        case Number::u8: out.integers.push_back(std::uint8_t(*at)); break;
        case Number::i8: out.integers.push_back(std::int8_t(*at)); break;
        case Number::i16: out.integers.push_back(std::int16_t(big_endian<std::uint16_t>(at))); break;
        case Number::i32: out.integers.push_back(std::int32_t(big_endian<std::uint32_t>(at))); break;
        case Number::f32: out.reals.push_back(std::bit_cast<float>(big_endian<std::uint32_t>(at))); break;
        case Number::f64: out.reals.push_back(std::bit_cast<double>(big_endian<std::uint64_t>(at))); break;
      }
    }
  }

  std::string path_;
  std::unique_ptr<ByteSource> bytes_;
  Number number_ = Number::u8;
  std::vector<std::int64_t> shape_;
  std::size_t row_numbers_ = 1, at_ = 0;
};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

// "train-images-idx3-ubyte" and "train-labels-idx1-ubyte", each packed or not; nothing where the other is not there.
fs::path partner(const fs::path& path, bool labels) {
  std::string name = path.filename().string();
  const std::string_view own = labels ? "labels" : "images", other = labels ? "images" : "labels";
  if (!name.contains(own)) return {};
  name = replaced(replaced(name, own, other), labels ? "idx1" : "idx3", labels ? "idx3" : "idx1");
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  std::error_code problem;
  for (const std::string& candidate : {name, name + ".gz"})
    if (fs::is_regular_file(path.parent_path() / candidate, problem)) return path.parent_path() / candidate;
  return {};
}

class IdxStream final : public Stream {
 public:
  IdxStream(const fs::path& path, const ReadOptions& options) : options_(options) {
    files_.emplace_back(path, options.max_row_bytes);
    const fs::path labels = partner(path, false);
    if (!labels.empty()) {
      files_.emplace_back(labels, options.max_row_bytes);
      check(files_[0].rows() == files_[1].rows(), "{}: {} rows, but {} has {}", files_[0].path(), files_[0].rows(), files_[1].path(),
            files_[1].rows());
    } else if (path.filename().string().contains("images") && options.note) {
      options.note(phrase("{}: no file of labels is beside it", path.string()));
    }
    for (const IdxFile& file : files_) whole_.push_back(file.field());
    chosen_ = chosen(whole_, options.columns);
    for (std::size_t i = 0; i < whole_.size(); ++i)
      if (chosen_[i]) schema_.push_back(whole_[i]);
  }
  const Schema& schema() const override { return schema_; }
  std::optional<std::uint64_t> rows() const override { return files_[0].rows(); }

  bool next(Batch& batch) override {
    batch = {};
    if (options_.cancel) options_.cancel->check();
    const std::size_t left = files_[0].rows() - at_;
    if (left == 0) return false;
    std::size_t row_bytes = 0;
    for (const IdxFile& file : files_) row_bytes += file.row_bytes();
    const std::size_t most = std::max<std::size_t>(options_.batch_rows, 1);
    batch.rows = std::min(left, std::clamp<std::size_t>(options_.batch_bytes / row_bytes, 1, most));
    for (std::size_t i = 0; i < files_.size(); ++i) {
      Column column = files_[i].column(batch.rows, whole_[i]);
      if (chosen_[i]) batch.columns.push_back(std::move(column));
    }
    at_ += batch.rows;
    return true;
  }

 private:
  ReadOptions options_;
  std::vector<IdxFile> files_;
  Schema whole_, schema_;
  std::vector<bool> chosen_;
  std::size_t at_ = 0;
};

// Labels that lie beside their pictures are read with them.
bool recognises(const fs::path& path, std::string_view first) {
  if (first.size() < 8 || first[0] != 0 || first[1] != 0 || size_of(std::uint8_t(first[2])) == 0) return false;
  const int dimensions = std::uint8_t(first[3]);
  return dimensions >= 1 && dimensions <= kMostDimensions && first.size() >= 4 + 4 * std::size_t(dimensions) && partner(path, true).empty();
}

std::string split_of(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!name.contains("images") && !name.contains("labels")) return {};
  return name.contains("train") ? "train" : name.contains("t10k") || name.contains("test") ? "test" : "";
}

}  // namespace

Reader idx_reader() {
  return {.name = "idx",
          .about = "IDX, the format of MNIST: pictures with their labels, or numbers of any dimensions",
          .about_ko = "IDX(MNIST의 형식): 그림과 라벨, 또는 여러 차원의 수",
          .example = "train-images-idx3-ubyte.gz",
          .recognises = recognises,
          .open = [](const fs::path& path, const ReadOptions& options) -> std::unique_ptr<Stream> {
            return std::make_unique<IdxStream>(path, options);
          },
          .split_of = split_of};
}

}  // namespace maru::data

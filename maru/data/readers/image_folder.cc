// Folders of pictures: a folder per class, or pictures beside a metadata.csv or metadata.jsonl that names them (file_name), or only
// pictures. The pictures stay encoded; whoever needs pixels decodes them (maru/io/image.h).
#include <algorithm>
#include <set>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/data/batch.h"
#include "maru/data/data.h"

namespace maru::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 4'000'000;
constexpr std::size_t kLooked = 1000;  // entries of a folder that recognises() looks at

bool hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

bool is_picture(const fs::path& path) {
  std::string suffix = path.extension().string();
  std::ranges::transform(suffix, suffix.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return suffix == ".png" || suffix == ".jpg" || suffix == ".jpeg";
}

fs::path metadata_of(const fs::path& folder) {
  std::error_code problem;
  for (const char* name : {"metadata.csv", "metadata.jsonl"})
    if (fs::is_regular_file(folder / name, problem)) return folder / name;
  return {};
}

std::set<std::string> folders_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_directory() && !hidden(entry.path())) names.insert(entry.path().filename().string());
  return names;
}

bool tells_split(const fs::path& folder) {
  return splits_of(folder.parent_path(), {folder}, Reader{})[0].name != "all";
}

// The classes by name. The splits of one data set lie side by side and number their classes alike, also where one split lacks some.
std::vector<std::string> classes_of(const fs::path& given) {
  const fs::path folder = fs::absolute(given).lexically_normal();
  const fs::path own = folder.has_filename() ? folder : folder.parent_path();
  std::set<std::string> names = folders_in(own);
  if (names.empty() || !tells_split(own)) return {names.begin(), names.end()};
  for (const auto& entry : fs::directory_iterator(own.parent_path()))
    if (entry.is_directory() && !hidden(entry.path()) && tells_split(entry.path())) names.merge(folders_in(entry.path()));
  return {names.begin(), names.end()};
}

// The encoded picture. What is in it beyond its first bytes is the decoder's matter.
std::string_view load(const fs::path& path, const ReadOptions& options, Arena& arena) {
  std::error_code problem;
  const std::uint64_t size = fs::file_size(path, problem);
  if (problem || !fs::is_regular_file(path)) fail(ErrorKind::not_found, "{}: no such picture", path.string());
  if (size > options.max_row_bytes) fail(ErrorKind::limit, "{}: {} bytes, the limit is {}", path.string(), size, options.max_row_bytes);
  const std::string bytes = read_file(path, options.max_row_bytes);
  check(bytes.starts_with("\x89PNG\r\n\x1a\n") || bytes.starts_with("\xff\xd8\xff"), "{}: is neither PNG nor JPEG", path.string());
  return arena.keep(bytes);
}

// A bad picture is a bad row: an error, or told and passed over.
bool loaded(const fs::path& path, std::uint64_t row, const ReadOptions& options, Arena& arena, std::string_view& out) {
  try {
    out = load(path, options, arena);
    return true;
  } catch (const Error& error) {
    if (!options.skip_bad_rows) throw;
    bad_row(options, {path.string(), row}, error.said());
    return false;
  }
}

// ---- a folder per class, or only pictures

class Pictures final : public Stream {
 public:
  Pictures(const fs::path& folder, const ReadOptions& options) : folder_(folder), options_(options) {
    Schema whole(1);
    whole[0].name = "image";
    whole[0].type = Type::image;
    if (auto classes = classes_of(folder); !classes.empty()) {
      Field& label = whole.emplace_back();
      label.name = "label";
      label.type = Type::integer;
      label.labels = std::move(classes);
      for (std::size_t i = 0; i < label.labels.size(); ++i) list(folder / label.labels[i], std::int64_t(i));
    }
    list_here();
    check(!files_.empty(), "{}: holds no PNG or JPEG pictures", folder.string());
    chosen_ = chosen(whole, options.columns);
    for (std::size_t i = 0; i < whole.size(); ++i)
      if (i < chosen_.size() && chosen_[i]) schema_.push_back(whole[i]);
    if (others_ > 0 && options.note)
      options.note(phrase("{}: files passed over, because they are no PNG or JPEG pictures or in no class: {}", folder.string(), others_));
    chosen_.resize(2);
  }
  const Schema& schema() const override { return schema_; }
  std::optional<std::uint64_t> rows() const override {
    return options_.skip_bad_rows ? std::nullopt : std::optional<std::uint64_t>(files_.size());
  }
  std::uint64_t pass(std::uint64_t rows) override {
    if (options_.skip_bad_rows) return 0;  // which are bad is seen by reading them
    const std::size_t passed = std::size_t(std::min<std::uint64_t>(rows, files_.size() - at_));
    at_ += passed;
    return passed;
  }

  bool next(Batch& batch) override {
    batch = {};
    Builder builder(schema_);
    for (; at_ < files_.size() && !builder.full(options_); ++at_) {
      if (options_.cancel) options_.cancel->check();
      std::string_view bytes;
      std::size_t column = 0;
      if (chosen_[0]) {
        if (!loaded(files_[at_].path, at_ + 1, options_, builder.arena(), bytes)) continue;
        add_text(builder.columns()[column++], bytes);
      }
      if (chosen_[1]) add_integer(builder.columns()[column], files_[at_].label);
      builder.row_done();
    }
    if (builder.rows() == 0) return false;
    batch = builder.finish();
    return true;
  }

 private:
  struct File {
    fs::path path;
    std::int64_t label;
  };

  void add(std::vector<fs::path> found, std::int64_t label) {
    std::ranges::sort(found);
    for (fs::path& path : found) files_.push_back({std::move(path), label});
    if (files_.size() > kMostFiles)
      fail(ErrorKind::limit, "{}: holds more than {} files; name a folder below it", folder_.string(), kMostFiles);
  }
  // All below the folder of a class; a class that another split has may be missing here.
  void list(const fs::path& below, std::int64_t label) {
    std::vector<fs::path> found;
    std::error_code problem;
    if (fs::is_directory(below, problem))
      for (const auto& entry : fs::recursive_directory_iterator(below)) {
        if (!entry.is_regular_file() || hidden(entry.path())) continue;
        if (is_picture(entry.path())) found.push_back(entry.path());
        else ++others_;
        if (found.size() > kMostFiles) break;
      }
    add(std::move(found), label);
  }
  // Pictures beside the folders of classes belong to none.
  void list_here() {
    const bool classes = !files_.empty();
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (!entry.is_regular_file() || hidden(entry.path())) continue;
      if (!classes && is_picture(entry.path())) found.push_back(entry.path());
      else ++others_;
    }
    add(std::move(found), 0);
  }

  fs::path folder_;
  ReadOptions options_;
  Schema schema_;
  std::vector<bool> chosen_;
  std::vector<File> files_;
  std::uint64_t others_ = 0;
  std::size_t at_ = 0;
};

// ---- pictures named by a table

// The rows of metadata.csv or metadata.jsonl, with the picture in place of its name.
class Named final : public Stream {
 public:
  Named(const fs::path& folder, const fs::path& metadata, const ReadOptions& options) : folder_(folder), options_(options) {
    ReadOptions inner = options;
    inner.columns.clear();
    const std::string_view format = metadata.extension() == ".csv" ? "csv" : "jsonl";
    const auto reader = std::ranges::find(readers(), format, &Reader::name);
    check(reader != readers().end(), "{}: cannot be read: there is no reader for {}", metadata.string(), format);
    rows_ = reader->open(metadata, inner);
    const Schema& table = rows_->schema();
    name_ = index_of(table, "file_name");
    check(table[name_].type == Type::text, "{}: the column file_name holds {}, not text", metadata.string(), type_text(table[name_]));
    whole_ = table;
    whole_[name_] = {};
    whole_[name_].name = "image";
    whole_[name_].type = Type::image;
    const std::vector<bool> wanted = chosen(whole_, options.columns);
    for (std::size_t i = 0; i < whole_.size(); ++i)
      if (wanted[i]) schema_.push_back(whole_[i]), columns_.push_back(i);
  }
  const Schema& schema() const override { return schema_; }

  bool next(Batch& batch) override {
    batch = {};
    Builder builder(schema_);
    while (!builder.full(options_)) {
      if (options_.cancel) options_.cancel->check();
      if (at_ == held_.rows) {
        at_ = 0;
        if (!rows_->next(held_)) break;
      }
      add_row(builder, at_++);
      ++row_;
    }
    if (builder.rows() == 0) return false;
    batch = builder.finish();
    return true;
  }

 private:
  // A name leads to a file below the folder, never out of it.
  fs::path path_at(std::size_t row) const {
    const fs::path name(std::string(held_.columns[name_].texts[row]));
    check(held_.columns[name_].has(row) && !name.empty() && name.is_relative() && std::ranges::find(name, "..") == name.end(),
          "{}: row {}: file_name {:?} does not name a picture in this folder", folder_.string(), row_ + 1, name.string());
    return folder_ / name;
  }

  void add_row(Builder& builder, std::size_t row) {
    Batch one = slice(rows_->schema(), held_, row, 1);
    const bool pictures = std::ranges::find(columns_, name_) != columns_.end();
    Arena arena;
    std::string_view bytes;
    if (pictures && !loaded(path_at(row), row_ + 1, options_, arena, bytes)) return;
    one.columns[name_] = {};
    one.columns[name_].texts = {bytes};
    Batch out;
    out.rows = 1;
    for (const std::size_t column : columns_) out.columns.push_back(std::move(one.columns[column]));
    builder.add(out, 0);
  }

  fs::path folder_;
  ReadOptions options_;
  std::unique_ptr<Stream> rows_;
  Schema whole_, schema_;
  std::vector<std::size_t> columns_;
  Batch held_;
  std::size_t name_ = 0, at_ = 0;
  std::uint64_t row_ = 0;
};

// ----

bool holds_pictures(const fs::path& folder) {
  std::size_t looked = 0;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    if (entry.is_regular_file(problem) && is_picture(entry.path()) && !hidden(entry.path())) return true;
    if (++looked > kLooked) break;
  }
  return false;
}

// Pictures here, or in a folder directly below.
bool recognises(const fs::path& path, std::string_view) {
  if (holds_pictures(path)) return true;
  std::size_t looked = 0;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(path, problem)) {
    if (entry.is_directory(problem) && !hidden(entry.path()) && holds_pictures(entry.path())) return true;
    if (++looked > kLooked) break;
  }
  return false;
}

std::unique_ptr<Stream> open_folder(const fs::path& path, const ReadOptions& options) {
  const fs::path metadata = metadata_of(path);
  if (metadata.empty()) return std::make_unique<Pictures>(path, options);
  return std::make_unique<Named>(path, metadata, options);
}

}  // namespace

Reader image_folder_reader() {
  return {.name = "image_folder",
          .about = "PNG and JPEG pictures, a folder per class or named by metadata.csv or metadata.jsonl",
          .about_ko = "PNG와 JPEG 그림: 클래스마다 한 폴더, 또는 metadata.csv나 metadata.jsonl에 적힌 것",
          .example = "pictures/",
          .folders = true,
          .recognises = recognises,
          .open = open_folder};
}

}  // namespace maru::data

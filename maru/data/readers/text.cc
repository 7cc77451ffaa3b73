// Plain text: a row is a line, a paragraph (lines up to an empty one) or the whole file.
#include "maru/base/error.h"
#include "maru/data/batch.h"
#include "maru/data/lines.h"

namespace maru::data {
namespace {

class TextStream : public Stream {
 public:
  TextStream(const std::filesystem::path& path, const ReadOptions& options)
      : options_(options), unit_(options.unit.empty() ? "line" : options.unit), lines_(path, options_), builder_(schema_) {
    chosen(schema_, options_.columns);
    if (unit_ != "line" && unit_ != "paragraph" && unit_ != "document")
      fail(ErrorKind::usage, "a row of text is a line, a paragraph or a document, not {:?}", unit_);
  }
  const Schema& schema() const override { return schema_; }

  bool next(Batch& batch) override {
    batch = {};
    std::string_view row;
    while (!builder_.full(options_) && next_row(row)) {
      add_text(builder_.columns()[0], builder_.arena().keep(row));
      builder_.row_done();
    }
    if (builder_.rows() == 0) return false;
    batch = builder_.finish();
    return true;
  }

  std::uint64_t pass(std::uint64_t rows) override {
    std::uint64_t done = 0;
    for (std::string_view row; done < rows && next_row(row);) ++done;
    return done;
  }

 private:
  bool next_row(std::string_view& row) {
    if (unit_ == "line") return lines_.next(row);
    text_.clear();
    bool any = false;
    for (std::string_view line; lines_.next(line);) {
      if (unit_ == "paragraph" && line.find_first_not_of(" \t") == std::string_view::npos) {
        if (any) break;
        continue;
      }
      if (text_.size() + line.size() > options_.max_row_bytes)
        fail(ErrorKind::limit, "{}:{}: the row is longer than {} bytes; raise --max-row-bytes if it is meant to be", lines_.path().string(),
             lines_.number(), options_.max_row_bytes);
      if (any) text_ += '\n';
      text_ += line;
      any = true;
    }
    row = text_;
    return any;
  }

  const Schema schema_{Field{.name = "text", .type = Type::text}};
  const ReadOptions options_;
  const std::string unit_;
  Lines lines_;
  Builder builder_;
  std::string text_;
};

bool recognises(const std::filesystem::path& path, std::string_view) {
  const std::string extension = path.extension().string();
  return extension == ".txt" || extension == ".text" || extension == ".md";
}

std::unique_ptr<Stream> open(const std::filesystem::path& path, const ReadOptions& options) {
  return std::make_unique<TextStream>(path, options);
}

}  // namespace

Reader text_reader() {
  return {.name = "text", .about = "a line, paragraph or document per row", .about_ko = "한 줄, 한 문단 또는 글 하나가 한 행",
          .example = "train.txt", .settings = "encoding unit", .recognises = recognises, .open = open};
}

}  // namespace maru::data

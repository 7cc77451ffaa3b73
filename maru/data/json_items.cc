// The items of one large JSON array, found by their brackets without reading more of the file than one item.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "maru/base/error.h"
#include "maru/data/byte_source.h"
#include "maru/data/json_rows.h"
#include "maru/data/lines.h"

namespace maru::data {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

class Items : public JsonElements {
 public:
  Items(const std::filesystem::path& path, const ReadOptions& options) : path_(path), options_(options) { rewind(); }

  void rewind() override {
    source_ = open_text(path_, options_.encoding);
    begin_ = at_ = held_ = 0;
    passed_ = 0;
    line_ = 1;
    ended_ = finished_ = false;
    refill();
    if (std::string_view(block_.get(), held_).starts_with("\xef\xbb\xbf")) at_ = 3;
    find_array();
  }

  bool next(std::string_view& element) override {
    if (finished_) return false;
    forget();
    if (peek() == ',') ++at_;
    if (peek() == ']') return finish();
    forget();
    skip_value();
    const char after = peek_from_value();
    if (after != ',' && after != ']') damaged(phrase("expected , or ] behind an item of the array"));
    element = {block_.get() + begin_, value_end_ - begin_};
    return true;
  }

  Place place() const override { return {path_.string(), line_}; }
  std::uint64_t bytes() const override { return passed_ + at_; }

 private:
  [[noreturn]] void damaged(const Phrase& what) {
    forget();
    fail(ErrorKind::invalid, "{}:{}: is not valid JSON: {}", path_.string(), line_, what);
  }

  // What lies before `at_` is done with: its lines are counted.
  void forget() {
    line_ += std::uint64_t(std::count(block_.get() + begin_, block_.get() + at_, '\n'));
    begin_ = at_;
  }

  bool refill() {
    if (ended_) return false;
    if (options_.cancel) options_.cancel->check();
    if (begin_ > 0) {
      std::memmove(block_.get(), block_.get() + begin_, held_ - begin_);
      held_ -= begin_, at_ -= begin_, passed_ += begin_, value_end_ -= std::min(value_end_, begin_);
      begin_ = 0;
    }
    if (held_ > options_.max_row_bytes + kBlock)
      fail(ErrorKind::limit, "{}:{}: the row is longer than {} bytes; raise --max-row-bytes if it is meant to be", path_.string(), line_,
           options_.max_row_bytes);
    if (room_ < held_ + kBlock) {
      room_ = std::max(2 * room_, 2 * kBlock);
      char* moved = static_cast<char*>(std::realloc(block_.get(), room_ + Lines::kPadding));
      if (!moved) throw std::bad_alloc();
      block_.release();
      block_.reset(moved);
    }
    const std::size_t got = source_->read(block_.get() + held_, kBlock);
    held_ += got;
    ended_ = got == 0;
    std::memset(block_.get() + held_, 0, Lines::kPadding);
    return !ended_;
  }

  // The next character that is no white space, not taken; 0 at the end of the file.
  char peek() {
    for (;; ++at_) {
      if (at_ == held_ && !refill()) return 0;
      const char c = block_.get()[at_];
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return c;
    }
  }
  // The same where the item just found must stay.
  char peek_from_value() {
    value_end_ = at_;
    return peek();
  }

  void expect(char wanted, const Phrase& otherwise) {
    if (peek() != wanted) damaged(otherwise);
    ++at_;
  }

  void skip_string() {
    ++at_;
    for (;; ++at_) {
      if (at_ == held_ && !refill()) damaged(phrase("the file ends inside a string"));
      const char c = block_.get()[at_];
      if (c == '"') break;
      if (c == '\\') {
        ++at_;
        if (at_ == held_ && !refill()) damaged(phrase("the file ends inside a string"));
      }
    }
    ++at_;
  }

  // One value of any kind; brackets are counted, the rest is left to the parser.
  void skip_value() {
    std::size_t depth = 0;
    do {
      const char c = peek();
      if (c == 0) damaged(phrase("the file ends inside a value; was it cut off?"));
      if (c == '"') skip_string();
      else if (c == '{' || c == '[') ++depth, ++at_;
      else if (c == '}' || c == ']') {
        if (depth == 0) damaged(phrase("a bracket closes what was not opened"));
        --depth, ++at_;
      } else if (depth > 0) ++at_;
      else skip_scalar();
    } while (depth > 0);
  }
  void skip_scalar() {
    const std::size_t from = at_ - begin_;
    for (;; ++at_) {
      if (at_ == held_ && !refill()) break;
      if (std::string_view(",]}: \n\r\t").contains(block_.get()[at_])) break;
    }
    if (at_ - begin_ == from) damaged(phrase("a value is missing"));
  }

  std::string string_here() {
    if (peek() != '"') damaged(phrase("a key is missing"));
    forget();
    skip_string();
    return {block_.get() + begin_ + 1, at_ - begin_ - 2};
  }

  // To the first item: of the file itself, or of what stands under "data".
  void find_array() {
    const char first = peek();
    if (first == '[') {
      ++at_;
      in_object_ = false;
      return;
    }
    std::string keys;
    if (first == '{') {
      ++at_;
      in_object_ = true;
      while (peek() != '}') {
        const std::string key = string_here();
        expect(':', phrase("expected : behind a key"));
        if (key == "data" && peek() == '[') {
          ++at_;
          return;
        }
        keys += (keys.empty() ? "" : ", ") + key.substr(0, 40);
        skip_dropped();
        if (peek() == ',') ++at_;
        else break;
      }
    }
    if (first == 0) {
      finished_ = true;
      return;
    }
    fail(ErrorKind::invalid, "{}: expected an array of objects, or an object with one under \"data\"; got {}", path_.string(),
         first == '{' ? phrase("an object with {}", keys.substr(0, 200)) : phrase("something else"));
  }

  void skip_dropped() {
    forget();
    skip_value();
    forget();
  }

  // Behind the last item: the rest is looked at, so that a file that was cut off does not pass.
  bool finish() {
    ++at_;
    while (in_object_ && peek() == ',') {
      ++at_;
      string_here();
      expect(':', phrase("expected : behind a key"));
      skip_dropped();
    }
    if (in_object_) expect('}', phrase("the file ends inside a value; was it cut off?"));
    if (peek() != 0) damaged(phrase("something stands behind the end"));
    finished_ = true;
    return false;
  }

  std::filesystem::path path_;
  const ReadOptions options_;
  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<char, decltype(&std::free)> block_{nullptr, &std::free};
  std::size_t room_ = 0, held_ = 0, begin_ = 0, at_ = 0, value_end_ = 0;
  std::uint64_t passed_ = 0, line_ = 1;
  bool ended_ = false, finished_ = false, in_object_ = false;
};

}  // namespace

std::unique_ptr<JsonElements> json_items(const std::filesystem::path& path, const ReadOptions& options) {
  return std::make_unique<Items>(path, options);
}

}  // namespace maru::data

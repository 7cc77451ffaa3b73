// One block of memory that slides over the file; lines are views into it.
#include "maru/data/lines.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/data/batch.h"

namespace maru::data {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

std::string_view trimmed_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Lines::Lines(const std::filesystem::path& path, const ReadOptions& options) : path_(path), options_(options) { rewind(); }

void Lines::rewind() {
  source_ = open_text(path_, options_.encoding);
  held_ = begin_ = at_ = checked_ = 0;
  number_ = lines_ = passed_ = 0;
  ended_ = false;
  refill();
  const std::string_view first(block_.get(), held_);
  if (options_.encoding.empty() && (first.starts_with("\xff\xfe") || first.starts_with("\xfe\xff")))
    fail(ErrorKind::invalid, "{}: is UTF-16, not UTF-8; say --encoding utf-16", path_.string());
  if (first.starts_with("\xef\xbb\xbf")) begin_ = at_ = checked_ = 3;
}

bool Lines::refill() {
  if (ended_) return false;
  if (options_.cancel) options_.cancel->check();
  if (begin_ > 0) {
    std::memmove(block_.get(), block_.get() + begin_, held_ - begin_);
    held_ -= begin_, at_ -= begin_, checked_ -= begin_, passed_ += begin_;
    begin_ = 0;
  }
  if (room_ < held_ + kBlock) {
    room_ = std::max(2 * room_, 2 * kBlock);
    // realloc moves the pages of a large block instead of copying them.
    char* moved = static_cast<char*>(std::realloc(block_.get(), room_ + kPadding));
    if (!moved) throw std::bad_alloc();
    block_.release();
    block_.reset(moved);
  }
  const std::size_t got = source_->read(block_.get() + held_, kBlock);
  held_ += got;
  ended_ = got == 0;
  std::memset(block_.get() + held_, 0, kPadding);
  return !ended_;
}

bool Lines::next(std::string_view& line) {
  for (;;) {
    begin_ = at_;
    number_ = lines_ + 1;
    std::string_view found;
    if (!join(found)) return false;
    line = found;
    if (good(found)) return true;
  }
}

bool Lines::join(std::string_view& longer) {
  std::size_t looked = at_;
  for (;;) {
    const void* end = held_ > looked ? std::memchr(block_.get() + looked, '\n', held_ - looked) : nullptr;
    const std::size_t line_end = end ? std::size_t(static_cast<const char*>(end) - block_.get()) + 1 : held_;
    if (line_end - begin_ > options_.max_row_bytes)
      fail(ErrorKind::limit, "{}:{}: the row is longer than {} bytes; raise --max-row-bytes if it is meant to be", path_.string(), number_,
           options_.max_row_bytes);
    if (end || (ended_ && held_ > at_)) {
      at_ = line_end;
      ++lines_;
      longer = trimmed_end({block_.get() + begin_, at_ - begin_});
      return true;
    }
    if (ended_) return false;
    const std::size_t from_begin = held_ - begin_;  // refill moves what is held
    refill();
    looked = begin_ + from_begin;
  }
}

bool Lines::good(std::string_view text) {
  const std::size_t end = std::size_t(text.data() - block_.get()) + text.size();
  if (end <= checked_) return true;
  // Whole blocks are checked at once; only where one fails, line by line.
  const std::string_view ahead(block_.get() + begin_, held_ - begin_);
  const std::size_t whole = ahead.rfind('\n');
  if (whole != std::string_view::npos && begin_ + whole >= end && simdjson::validate_utf8(ahead.data(), whole)) {
    checked_ = begin_ + whole;
    return true;
  }
  const auto invalid = simdjson::validate_utf8(text.data(), text.size()) ? std::nullopt : unicode::first_invalid(text);
  if (!invalid) return true;
  const std::string_view sample(text.data(), std::min<std::size_t>(held_ - begin_, 65536));
  if (options_.encoding.empty() && could_be(sample, "CP949"))
    fail(ErrorKind::invalid, "{}:{}: is not UTF-8 at byte {} of the line, but could be CP949 (EUC-KR); say --encoding cp949", path_.string(),
         number_, *invalid);
  if (number_ <= told_) return false;
  told_ = number_;
  bad_row(options_, place(), phrase("is not UTF-8 at byte {} of the line; if the file has another encoding, say --encoding NAME", *invalid));
  return false;
}

}  // namespace maru::data

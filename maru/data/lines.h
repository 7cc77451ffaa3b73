#pragma once
// Lines of a text file, read in blocks: UTF-8 is checked, a byte order mark is passed over, a line that is too long is an error before
// memory is taken for it. What a line means is not known here.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>

#include "maru/data/byte_source.h"
#include "maru/data/data.h"

namespace maru::data {

class Lines {
 public:
  static constexpr std::size_t kPadding = 64;  // bytes behind a line that may be read, as simdjson does

  // Options: max_row_bytes, encoding, cancel.
  Lines(const std::filesystem::path& path, const ReadOptions& options);
  // The next line without its end (\n or \r\n), valid until the next call. False at the end of the file; a last line without \n counts.
  // A line that is not UTF-8 is a bad row.
  bool next(std::string_view& line);
  // The line that next() gave and one more behind it, as one text: for quoted line ends, "a,\"b\nc\"". False when there is no more.
  bool join(std::string_view& longer);
  bool good(std::string_view joined);                      // it is UTF-8; else told as a bad row. next() has asked already
  void rewind();
  std::uint64_t number() const { return number_; }         // of the line last begun, from 1
  std::uint64_t bytes() const { return passed_ + at_; }    // read so far, in UTF-8
  Place place() const { return {path_.string(), number_}; }
  const std::filesystem::path& path() const { return path_; }

 private:
  bool refill();                                           // more behind what is held; false at the end of the file

  std::filesystem::path path_;
  const ReadOptions& options_;                   // of the stream that owns this
  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<char, decltype(&std::free)> block_{nullptr, &std::free};
  std::size_t room_ = 0, held_ = 0;              // bytes
  std::size_t begin_ = 0, at_ = 0;               // the line last begun; where the next begins
  std::size_t checked_ = 0;                      // up to here it is UTF-8
  std::uint64_t number_ = 0, lines_ = 0, passed_ = 0;
  std::uint64_t told_ = 0;                       // up to this line bad ones were told, before a rewind
  bool ended_ = false;
};

}  // namespace maru::data

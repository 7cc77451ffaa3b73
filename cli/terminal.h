#pragma once
// What text looks like on a terminal: colour, columns, tables, a progress bar. Everything here returns text or writes to the
// stream it is given; what is worth saying is decided elsewhere.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/progress.h"

namespace maru::cli {

// Thrown when the reader of our standard output went away (a pipe into `head`): the program ends quietly.
struct OutputClosed {};
// Writes all and flushes. Throws OutputClosed, or Error (io) when the system refuses (a full disk).
void write_all(std::FILE* stream, std::string_view text);

bool is_terminal(int descriptor);
int terminal_columns(int descriptor);                   // $COLUMNS, else what the terminal says, else 80
// A terminal that is not "dumb", and neither --no-color nor NO_COLOR (https://no-color.org).
bool wants_color(int descriptor, bool no_color);

enum class Style { plain, bold, dim, red, green, yellow, cyan };
std::string styled(std::string_view text, Style style, bool color);

// Control characters other than newline and tab become U+FFFD, so that no document can steer the terminal.
std::string visible(std::string_view text);
// The text on one line: white space runs become one space; control characters as in visible().
std::string one_line(std::string_view text);
std::string padded(std::string_view text, std::size_t columns);   // with spaces behind
std::string fitted(std::string_view text, std::size_t columns);   // cut with … where it is wider
// Broken at spaces (or inside a word that is wider than a line); every line starts with `indent` spaces.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent);

// Rows under a dim header, columns aligned by what is seen. A column's name that begins with '>' is set to the right.
std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows, bool color);
// Names and values, aligned.
std::string facts(const std::vector<std::pair<std::string, std::string>>& rows, bool color);

// A path as a person would write it here: below the working folder without it, below the home folder with ~.
std::string path_text(std::string_view path);
std::string size_text(std::uint64_t bytes);              // "91.7 MB"
std::string duration_text(std::chrono::nanoseconds span);  // "3.2 s", "2 min 05 s"
std::string count_text(std::uint64_t count);             // "1,234,567"
std::string counted(std::uint64_t count, std::string_view noun);  // English: "1 file", "2,345 files"

// Shows Progress: one line that is redrawn on a terminal, now and then a plain line elsewhere; nothing in the first second.
class ProgressBar {
 public:
  ProgressBar(std::FILE* stream, bool terminal, bool color, bool korean);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  void show(const Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;
  std::string line(Clock::time_point now) const;
  void erase();

  std::FILE* stream_;
  bool terminal_, color_, korean_;
  std::mutex mutex_;  // guards what follows
  std::string what_, unit_;
  std::uint64_t first_ = 0, done_ = 0, total_ = 0;
  Clock::time_point begin_{}, drawn_{};
  bool visible_ = false;
};

}  // namespace maru::cli

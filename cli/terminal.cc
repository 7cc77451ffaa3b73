// Colour, columns, tables and the progress bar.
#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "cli/korean.h"
#include "maru/base/error.h"
#include "maru/base/unicode.h"

namespace maru::cli {

void write_all(std::FILE* stream, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stream) == text.size() && std::fflush(stream) == 0) return;
  if (errno == EPIPE) throw OutputClosed{};
  fail(ErrorKind::io, "standard output: {}", system_reason(errno));
}

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

int terminal_columns(int descriptor) {
  if (const char* given = std::getenv("COLUMNS")) {
    const long columns = std::strtol(given, nullptr, 10);
    if (columns >= 20 && columns <= 1000) return int(columns);
  }
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
  return 80;
}

bool wants_color(int descriptor, bool no_color) {
  if (no_color || !is_terminal(descriptor)) return false;
  const char* never = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return !(never && *never) && terminal && std::string_view(terminal) != "dumb";
}

std::string styled(std::string_view text, Style style, bool color) {
  if (!color || style == Style::plain) return std::string(text);
  constexpr std::string_view kCodes[] = {"0", "1", "2", "31", "32", "33", "36"};
  return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[std::size_t(style)], text);
}

std::string visible(std::string_view text) {
  std::size_t replaced = 0;
  const std::string valid = unicode::repaired(text, replaced);
  std::string out;
  out.reserve(valid.size());
  for (std::size_t at = 0; at < valid.size();) {
    const std::size_t begin = at;
    const char32_t c = unicode::next(valid, at);
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0);
    // Marks that reorder a line would make a quotation read as something else.
    const bool reorders = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    if (control || reorders) out += "\xef\xbf\xbd";
    else out.append(valid, begin, at - begin);
  }
  return out;
}

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : visible(text)) {
    const bool space = c == ' ' || c == '\n' || c == '\t';
    if (!space) out += c;
    else if (!out.empty() && out.back() != ' ') out += ' ';
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string padded(std::string_view text, std::size_t columns) {
  std::string out(text);
  const std::size_t width = unicode::width(text);
  if (width < columns) out.append(columns - width, ' ');
  return out;
}

std::string fitted(std::string_view text, std::size_t columns) {
  if (unicode::width(text) <= columns) return std::string(text);
  std::string out;
  std::size_t used = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    unicode::next(text, at);
    const std::string_view piece = text.substr(begin, at - begin);
    const std::size_t width = unicode::width(piece);
    if (used + width + 1 > columns) break;
    used += width;
    out += piece;
  }
  return out + "…";
}

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
  const std::string margin(indent, ' ');
  const std::size_t room = columns > indent + 10 ? columns - indent : 10;
  std::string out;
  const auto paragraph = [&](std::string_view words) {
    std::string line;
    std::size_t used = 0;
    const auto flush = [&] {
      out += line.empty() ? "\n" : margin + line + "\n";
      line.clear();
      used = 0;
    };
    while (!words.empty()) {
      const std::size_t space = words.find(' ');
      std::string_view word = words.substr(0, space);
      words = space == std::string_view::npos ? std::string_view{} : words.substr(space + 1);
      const std::size_t width = unicode::width(word);
      if (used && used + 1 + width > room) flush();
      if (used) line += ' ', ++used;
      if (width <= room) {
        line += word, used += width;
        continue;
      }
      for (std::size_t at = 0; at < word.size();) {
        const std::size_t begin = at;
        unicode::next(word, at);
        const std::string_view piece = word.substr(begin, at - begin);
        const std::size_t piece_width = unicode::width(piece);
        if (used + piece_width > room) flush();
        line += piece, used += piece_width;
      }
    }
    flush();
  };
  while (true) {
    const std::size_t end = text.find('\n');
    paragraph(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text = text.substr(end + 1);
  }
  out.pop_back();
  return out;
}

std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows, bool color) {
  std::vector<std::size_t> widths;
  std::vector<bool> right;
  std::vector<std::string> names;
  for (const std::string& name : header) {
    right.push_back(name.starts_with('>'));
    names.push_back(right.back() ? name.substr(1) : name);
    widths.push_back(unicode::width(names.back()));
  }
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) widths[i] = std::max(widths[i], unicode::width(row[i]));
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size() && i < widths.size(); ++i) {
      const std::string gap(widths[i] - unicode::width(cells[i]), ' ');
      if (i) out += "  ";
      out += right[i] ? gap + cells[i] : cells[i] + gap;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
  };
  std::string out = styled(line(names), Style::dim, color);
  for (const auto& row : rows) out += "\n" + line(row);
  return out;
}

std::string facts(const std::vector<std::pair<std::string, std::string>>& rows, bool color) {
  std::size_t width = 0;
  for (const auto& [name, value] : rows) width = std::max(width, unicode::width(name));
  std::string out;
  for (const auto& [name, value] : rows) {
    if (!out.empty()) out += '\n';
    std::string margin = "\n" + std::string(width + 2, ' '), lines;
    for (const char c : value) c == '\n' ? lines += margin : lines += c;
    out += styled(padded(name, width + 2), Style::dim, color) + lines;
  }
  return out;
}

std::string path_text(std::string_view path) {
  std::error_code error;
  const auto below = [&](const std::string& folder) {
    return folder.size() > 1 && path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
  };
  const std::string here = std::filesystem::current_path(error).string();
  if (!error && below(here)) return visible(path.substr(here.size() + 1));
  if (const char* home = std::getenv("HOME"); home && below(home)) return visible("~" + std::string(path.substr(std::strlen(home))));
  return visible(path);
}

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = double(bytes);
  for (const std::string_view unit : {"kB", "MB", "GB", "TB"}) {
    value /= 1000;
    if (value < 999.5 || unit == "TB") return value < 9.95 ? fmt::format("{:.1f} {}", value, unit) : fmt::format("{:.0f} {}", value, unit);
  }
  return {};
}

std::string duration_text(std::chrono::nanoseconds span) {
  const double seconds = std::chrono::duration<double>(span).count();
  if (seconds < 0.0995) return fmt::format("{:.1f} ms", seconds * 1e3);
  if (seconds < 9.95) return fmt::format("{:.2f} s", seconds);
  if (seconds < 59.5) return fmt::format("{:.0f} s", seconds);
  const auto whole = std::uint64_t(seconds + 0.5);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string count_text(std::uint64_t count) {
  std::string digits = fmt::format("{}", count);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count_text(count), noun, count == 1 ? "" : "s");
}

ProgressBar::ProgressBar(std::FILE* stream, bool terminal, bool color, bool korean)
    : stream_(stream), terminal_(terminal), color_(color), korean_(korean) {}

ProgressBar::~ProgressBar() { erase(); }

void ProgressBar::show(const Progress& progress) {
  const std::scoped_lock lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (progress.what != what_ || progress.done < done_ || begin_ == Clock::time_point{}) {
    erase();
    what_ = progress.what;
    begin_ = now;
    first_ = progress.done;  // what a resumed download already had says nothing about its rate
    drawn_ = now;
  }
  unit_ = progress.unit;
  done_ = progress.done;
  total_ = progress.total;
  const bool finished = total_ != 0 && done_ >= total_;
  if (finished && !terminal_ && now - begin_ > std::chrono::seconds(1) && visible_) {
    std::fputs((line(now) + "\n").c_str(), stream_);
    visible_ = false;
  }
  if (finished) return erase();
  if (now - begin_ < std::chrono::seconds(1)) return;
  const auto pause = terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10'000);
  if (visible_ && now - drawn_ < pause) return;
  if (!terminal_ && now - drawn_ < pause) return;
  drawn_ = now;
  visible_ = true;
  const auto columns = std::size_t(terminal_columns(fileno(stream_)) - 1);
  const std::string text = terminal_ ? "\r" + fitted(line(now), columns) + "\x1b[K" : line(now) + "\n";
  std::fputs(text.c_str(), stream_);
  std::fflush(stream_);
}

std::string ProgressBar::line(Clock::time_point now) const {
  const auto amount = [&](double n) { return unit_ == "bytes" ? size_text(std::uint64_t(n)) : count_text(std::uint64_t(n)); };
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double rate = seconds > 0 ? double(done_ - first_) / seconds : 0;
  std::string text = visible(korean_ ? in_korean(what_) : what_) + "  ";
  if (total_) {
    const std::size_t full = std::size_t(24 * double(std::min(done_, total_)) / double(total_));
    if (terminal_) {
      for (std::size_t i = 0; i < 24; ++i) text += i < full ? "━" : "·";
      text += "  ";
    }
    text += fmt::format("{:3.0f} %  {} / {}", 100.0 * double(done_) / double(total_), amount(double(done_)), amount(double(total_)));
  } else {
    text += amount(double(done_));
  }
  if (unit_ != "bytes" && !unit_.empty()) text += " " + (korean_ ? in_korean(unit_) : unit_);
  if (rate > 0) text += rate < 10 && unit_ != "bytes" ? fmt::format("  {:.1f}", rate) : fmt::format("  {}", amount(rate));
  if (rate > 0) text += korean_ ? "/초" : "/s";
  if (total_ && rate > 0 && done_ < total_) {
    const auto left =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(std::min(double(total_ - done_) / rate, 3.6e6)));
    text += korean_ ? fmt::format("  {} 남음", duration_text(left)) : fmt::format("  {} left", duration_text(left));
  }
  return text;
}

void ProgressBar::erase() {
  if (terminal_ && visible_) {
    std::fputs("\r\x1b[K", stream_);
    std::fflush(stream_);
  }
  visible_ = false;
}

}  // namespace maru::cli

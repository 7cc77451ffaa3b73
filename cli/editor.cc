// Line editing by libedit, with Ctrl-C answered at once.
#include "cli/editor.h"

#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <cwchar>
#include <iostream>

#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/unicode.h"

namespace maru::cli {

struct Editor::Parts {
  EditLine* line = nullptr;
  HistoryW* history = nullptr;
  std::filesystem::path history_path;
  Cancel& cancel;
  std::wstring prompt;
  bool broken = false;  // bytes that are no UTF-8 came

  explicit Parts(Cancel& stop) : cancel(stop) {}
  ~Parts() {
    if (line) el_end(line);
    if (history) history_wend(history);
  }
};

namespace {

std::wstring wide(std::string_view text) {
  std::wstring out;
  for (std::size_t at = 0; at < text.size();) out += wchar_t(unicode::next(text, at));
  return out;
}

std::string narrow(std::wstring_view text) {
  std::string out;
  for (const wchar_t c : text) unicode::append(out, char32_t(c));
  return out;
}

Editor::Answer::Kind clear(Cancel& cancel) {
  cancel.clear();
  return Editor::Answer::Kind::interrupted;
}

}  // namespace

namespace {

// What libedit hands back to its callbacks.
struct Callbacks {
  const std::wstring* prompt;
  Cancel* cancel;
};

wchar_t* show_prompt(EditLine* line) {
  void* data = nullptr;
  el_wget(line, EL_CLIENTDATA, &data);
  return const_cast<wchar_t*>(static_cast<Callbacks*>(data)->prompt->c_str());  // libedit's signature lacks the const
}

// libedit's own reader goes on after a signal; this one lets Ctrl-C end the line.
int read_character(EditLine* line, wchar_t* out) {
  void* data = nullptr;
  el_wget(line, EL_CLIENTDATA, &data);
  const Cancel& cancel = *static_cast<Callbacks*>(data)->cancel;
  std::mbstate_t state{};
  while (true) {
    if (cancel.raised()) {
      errno = EINTR;
      return -1;
    }
    pollfd wait{STDIN_FILENO, POLLIN, 0};
    if (::poll(&wait, 1, 250) <= 0) continue;  // the pause covers a signal that comes between the question and the wait
    char byte = 0;
    const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return int(got);
    const std::size_t used = std::mbrtowc(out, &byte, 1, &state);
    if (used == std::size_t(-1)) {
      state = std::mbstate_t{};
      continue;
    }
    if (used != std::size_t(-2)) return 1;
  }
}

}  // namespace

Editor::Editor(std::filesystem::path history, Cancel& cancel) : parts_(std::make_unique<Parts>(cancel)) {
  if (!is_terminal(STDIN_FILENO) || !is_terminal(STDERR_FILENO)) return;
  parts_->history_path = std::move(history);
  // The prompt and the echo go to standard error: standard output holds answers only.
  parts_->line = el_init("maru", stdin, stderr, stderr);
  parts_->history = history_winit();
  if (!parts_->line || !parts_->history) fail(ErrorKind::io, "line editing could not start: is TERM set to your terminal's name?");
  HistEventW event;
  history_w(parts_->history, &event, H_SETSIZE, 1000);
  history_w(parts_->history, &event, H_SETUNIQUE, 1);
  std::error_code ignored;
  if (std::filesystem::is_regular_file(parts_->history_path, ignored))
    history_w(parts_->history, &event, H_LOAD, parts_->history_path.c_str());
  el_wset(parts_->line, EL_HIST, history_w, parts_->history);
  el_wset(parts_->line, EL_PROMPT, show_prompt);
  el_wset(parts_->line, EL_EDITOR, L"emacs");
  el_wset(parts_->line, EL_SIGNAL, 0);
  el_wset(parts_->line, EL_GETCFN, read_character);
  el_wset(parts_->line, EL_BIND, L"\x1b[3~", L"ed-delete-next-char", nullptr);
  el_wset(parts_->line, EL_BIND, L"\x1b[1;5C", L"em-next-word", nullptr);
  el_wset(parts_->line, EL_BIND, L"\x1b[1;5D", L"ed-prev-word", nullptr);
  el_wset(parts_->line, EL_BIND, L"^R", L"em-inc-search-prev", nullptr);
}

Editor::~Editor() = default;

Editor::Answer Editor::line(std::string_view prompt) {
  if (!parts_->line) {
    std::string text;
    if (!std::getline(std::cin, text)) return {Answer::Kind::end, {}};
    if (const auto bad = unicode::first_invalid(text)) fail(ErrorKind::invalid, "standard input is not UTF-8: byte {} of a line", *bad);
    return {Answer::Kind::text, std::move(text)};
  }
  parts_->prompt = wide(prompt);
  Callbacks callbacks{&parts_->prompt, &parts_->cancel};
  el_wset(parts_->line, EL_CLIENTDATA, &callbacks);
  int count = 0;
  const wchar_t* got = el_wgets(parts_->line, &count);
  if (parts_->cancel.raised()) {
    el_wset(parts_->line, EL_UNBUFFERED, 0);
    std::fputs("\n", stderr);
    return {clear(parts_->cancel), {}};
  }
  if (!got || count <= 0) {
    std::fputs("\n", stderr);
    return {Answer::Kind::end, {}};
  }
  std::wstring text(got, std::size_t(count));
  while (!text.empty() && (text.back() == L'\n' || text.back() == L'\r')) text.pop_back();
  HistEventW event;
  if (!text.empty()) history_w(parts_->history, &event, H_ENTER, text.c_str());
  return {Answer::Kind::text, narrow(text)};
}

Editor::Answer Editor::read(std::string_view prompt, std::string_view continuation) {
  constexpr std::string_view kFence = "\"\"\"";
  Answer answer = line(prompt);
  if (answer.kind != Answer::Kind::text) return answer;
  const auto more = [&] {
    Answer next = line(continuation);
    if (next.kind == Answer::Kind::text) answer.text += next.text;
    else answer.kind = next.kind;
    return next.kind == Answer::Kind::text;
  };
  if (answer.text.starts_with(kFence)) {
    answer.text.erase(0, kFence.size());
    while (!answer.text.ends_with(kFence)) {
      answer.text += '\n';
      if (!more()) return answer;
    }
    answer.text.erase(answer.text.size() - kFence.size());
    if (answer.text.starts_with('\n')) answer.text.erase(0, 1);
    if (answer.text.ends_with('\n')) answer.text.pop_back();
    return answer;
  }
  while (answer.text.ends_with('\\')) {
    answer.text.back() = '\n';
    if (!more()) return answer;
  }
  return answer;
}

void Editor::save() {
  if (!parts_->history) return;
  std::filesystem::create_directories(parts_->history_path.parent_path());
  const std::filesystem::path temporary = parts_->history_path.string() + ".new";
  HistEventW event;
  if (history_w(parts_->history, &event, H_SAVE, temporary.c_str()) < 0)
    fail(ErrorKind::io, "{}: the history could not be written: {}", temporary.string(), system_reason(errno));
  std::filesystem::permissions(temporary, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  publish(temporary, parts_->history_path);
}

}  // namespace maru::cli

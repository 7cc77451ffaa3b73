// The program: reads the global options, finds the command, runs it, and turns every error into a message and an exit code.
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <new>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/task_command.h"
#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/unicode.h"

namespace maru::cli {
namespace {

constexpr int kOk = 0, kFailed = 1, kUsage = 2, kInterrupted = 130;

// A signal handler can reach nothing else.
std::atomic<Cancel*> running_cancel{nullptr};
std::atomic<std::int64_t> last_interrupt_ms{-1'000'000};

std::int64_t now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

// The first Ctrl-C asks the work to stop; a second within two seconds, while the first is still unanswered, ends the program.
extern "C" void on_interrupt(int) {
  Cancel* cancel = running_cancel.load();
  const std::int64_t now = now_ms();
  if (!cancel || (cancel->raised() && now - last_interrupt_ms.load() < 2000)) ::_exit(kInterrupted);
  last_interrupt_ms.store(now);
  cancel->raise();
}

void install_signals() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  // A pipe that nobody reads and a file that may not grow are errors of the call that writes, not the end of the program.
  for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);
}

// A closed standard stream would give its number to the next file that is opened, and messages would be written into it.
// /dev/null opened the wrong way round keeps the number, and every use of the stream fails as it should.
void keep_standard_streams() {
  for (int stream = 0; stream <= 2; ++stream)
    if (::fcntl(stream, F_GETFD) < 0) (void)::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void set_locale() {
  // Hangul in the line editor needs UTF-8 whatever the locale says of itself.
  const char* locale = std::setlocale(LC_CTYPE, "");
  if (!locale || MB_CUR_MAX < 2) std::setlocale(LC_CTYPE, "C.UTF-8");
}

bool korean_locale() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value && *value) {
      const std::string_view locale = value;
      return locale.substr(0, locale.find_first_of("_.@-")) == "ko";  // ko, ko_KR.UTF-8; not kok_IN
    }
  return false;
}

std::string_view kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid: return "invalid";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::limit: return "limit";
    case ErrorKind::busy: return "busy";
    case ErrorKind::io: return "io";
    case ErrorKind::usage: return "usage";
    case ErrorKind::cancelled: return "cancelled";
    case ErrorKind::internal: return "internal";
  }
  return "internal";
}

int exit_code(ErrorKind kind) {
  if (kind == ErrorKind::usage) return kUsage;
  return kind == ErrorKind::cancelled ? kInterrupted : kFailed;
}

// A name from outside may be as long as a file: what was wrong with it must still be seen.
std::string shortened(const std::string& message) {
  constexpr std::size_t kMost = 2000, kKept = 600;
  if (message.size() <= kMost) return message;
  std::size_t front = kKept, back = message.size() - kKept;
  while ((message[front] & 0xC0) == 0x80) --front;
  while ((message[back] & 0xC0) == 0x80) ++back;
  return message.substr(0, front) + " … " + message.substr(back);
}

void report_to_person(const Context& context, ErrorKind kind, std::string_view message) {
  const std::string lead = styled("maru:", kind == ErrorKind::cancelled ? Style::dim : Style::red, context.color_errors);
  write_all(stderr, lead + " " + shortened(one_line(message)) + "\n");
}

int report(const Context& context, ErrorKind kind, std::string_view message) {
  try {
    if (!context.json) report_to_person(context, kind, message);
    else context.print_json({{"error", {{"kind", kind_name(kind)}, {"message", message}}}});
  } catch (const OutputClosed&) {  // nobody listens; the exit code still tells
  } catch (const Error&) {
    if (context.json) report_to_person(context, kind, message);  // standard output cannot be written
  }
  return exit_code(kind);
}

const Command* find_command(std::string_view name) {
  for (const Command& command : commands())
    if (command.name == name) return &command;
  return nullptr;
}

// Before the parser is built, the language and the shape of errors must be known.
void read_early(const std::vector<std::string>& arguments, Context& context) {
  bool no_color = false;
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string& given = arguments[i];
    if (given == "--json") context.json = true;
    if (given == "--no-color") no_color = true;
    if (given == "--lang=ko" || (given == "--lang" && i + 1 < arguments.size() && arguments[i + 1] == "ko")) context.korean = true;
    if (given == "--lang=en" || (given == "--lang" && i + 1 < arguments.size() && arguments[i + 1] == "en")) context.korean = false;
  }
  context.color = wants_color(STDOUT_FILENO, no_color);
  context.color_errors = wants_color(STDERR_FILENO, no_color);
}

// Takes the first word that is neither an option nor an option's value.
std::string take_command(std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    if (arguments[i] == "--lang") {
      ++i;
      continue;
    }
    if (arguments[i].starts_with('-')) continue;
    std::string name = arguments[i];
    arguments.erase(arguments.begin() + std::ptrdiff_t(i));
    return name;
  }
  return {};
}

void parse(CLI::App& app, const std::vector<std::string>& arguments, bool korean) {
  std::vector<std::string> reversed;
  for (auto it = arguments.rbegin(); it != arguments.rend(); ++it) reversed.push_back(marked(*it));
  try {
    app.parse(reversed);
  } catch (const CLI::Success&) {
    throw;
  } catch (const CLI::ParseError& error) {
    throw Error(ErrorKind::usage, parse_message(error, arguments, app, korean));
  }
}

int run_command(const Command& command, const std::vector<std::string>& arguments, Context& context) {
  CLI::App app(std::string(context.korean ? command.about_ko : command.about), "maru " + std::string(command.name));
  GlobalOptions global;
  const auto action = command.declare(app, context.korean);
  add_global_options(app, global, context.korean);
  try {
    parse(app, arguments, context.korean);
  } catch (const CLI::CallForHelp&) {
    context.print(command_help(command, app, context.korean, context.color, terminal_columns(STDOUT_FILENO)));
    return kOk;
  }
  context.json = global.json;
  context.verbose = global.verbose;
  // Whoever would open a connection reads this, child processes too; no thread runs yet.
  if (global.offline) ::setenv("MARU_OFFLINE", "--offline", 1);  // so that a refusal names what the person gave
  return action(context);
}

int run_without_command(const std::vector<std::string>& arguments, Context& context) {
  CLI::App app("", "maru");
  GlobalOptions global;
  bool version = false;
  Options(app, context.korean).flag("--version", version, {"Show the version", "버전을 보여 줍니다"});
  add_global_options(app, global, context.korean);
  try {
    parse(app, arguments, context.korean);
  } catch (const CLI::CallForHelp&) {
  }
  if (version) {
    std::vector<std::string> more;
    if (global.json) more.emplace_back("--json");
    return run_command(*find_command("version"), more, context);
  }
  context.print(help(context.korean, context.color, terminal_columns(STDOUT_FILENO)));
  return kOk;
}

int dispatch(std::vector<std::string> arguments, Context& context) {
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (const auto bad = unicode::first_invalid(arguments[i]))
      fail(ErrorKind::usage, "argument {} is not valid UTF-8 at byte {}; give such a text with --stdin-json, such a file by its folder",
           i + 1, *bad);
  const std::vector<std::string> given = arguments;
  std::string name = take_command(arguments);
  if (name.empty()) return run_without_command(given, context);
  if (name == "help") {
    name = take_command(arguments);
    if (name.empty()) return run_without_command(arguments, context);
    arguments.push_back("--help");
  }
  if (const Command* command = find_command(name)) return run_command(*command, arguments, context);
  if (const auto command = task_command(name)) return run_command(*command, arguments, context);
  std::vector<std::string> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  const std::string_view near = nearest(name, names);
  std::string message = fmt::format(fmt::runtime(context.say("there is no command \"{}\"", "\"{}\"라는 명령은 없습니다")), one_line(name));
  if (!near.empty()) message += fmt::format(fmt::runtime(context.say("; did you mean maru {}?", ". 혹시 maru {}인가요?")), near);
  else message += context.say("; maru --help lists them", ". maru --help로 명령을 볼 수 있습니다");
  throw Error(ErrorKind::usage, message);
}

int guarded(const std::vector<std::string>& arguments, Context& context) {
  try {
    read_early(arguments, context);
    const int code = dispatch(arguments, context);
    write_all(stdout, "");
    return code;
  } catch (const Error& error) {
    return report(context, error.kind(), context.say(error.said()));
  } catch (const std::filesystem::filesystem_error& error) {
    const Phrase said = phrase("{}: {}", error.path1().string(), system_reason(error.code().value()));
    return report(context, ErrorKind::io, context.say(said));
  } catch (const std::bad_alloc&) {
    return report(context, ErrorKind::limit, context.say("out of memory; `maru doctor` shows what fits", "메모리가 모자랍니다. `maru doctor`를 보세요"));
  } catch (const std::exception& error) {
    return report(context, ErrorKind::internal, error.what());
  }
}

}  // namespace

int run_program(const std::vector<std::string>& arguments) {
  Context context;
  context.korean = korean_locale();
  running_cancel.store(&context.cancel);
  int code = kOk;
  try {
    code = guarded(arguments, context);
  } catch (const OutputClosed&) {
    code = kOk;  // whoever read our output has had enough
  } catch (const Error&) {
    code = kFailed;  // the error itself could not be written
  }
  running_cancel.store(nullptr);
  return code;
}

}  // namespace maru::cli

int main(int count, char** arguments) {
  maru::cli::keep_standard_streams();
  maru::cli::set_locale();
  maru::cli::install_signals();
  return maru::cli::run_program(std::vector<std::string>(arguments + (count > 0 ? 1 : 0), arguments + count));
}

#pragma once
// A command: its help, its options, what it does. One file in cli/commands/ returns one.
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/json.h"
#include "maru/base/phrase.h"
#include "maru/base/progress.h"

namespace CLI {
class App;
}

namespace maru::cli {

// What every command is given. Results go to standard output, progress and notes to standard error.
class Context {
 public:
  bool json = false;
  bool verbose = false;
  bool korean = false;                   // messages and help in Korean
  bool color = false, color_errors = false;  // of standard output, of standard error
  Cancel cancel;                         // raised by Ctrl-C
  void print(std::string_view text) const;             // result, ends with a newline
  void write(std::string_view text) const;             // part of a result: no newline is added, seen at once
  void print_json(const Json& value) const;            // result, one line
  void note(std::string_view text) const;              // standard error, dimmed on a terminal
  // A bar with rate and ETA on a terminal, quiet lines elsewhere, nothing under a second.
  OnProgress progress() const;
  // The text in the person's language. A phrase is looked up in cli/korean/.
  std::string_view say(std::string_view english, std::string_view korean_text) const { return korean ? korean_text : english; }
  std::string say(const Phrase& phrase) const;
};

struct Command {
  std::string_view name;
  std::string_view group;                // "ask", "tasks", "models", "look inside", "the program"
  std::string_view about, about_ko;
  // Adds options and arguments; the returned function runs the command and returns the exit code.
  std::function<std::function<int(Context&)>(CLI::App&, bool korean)> declare;
};
std::span<const Command> command_files();  // the generated table
std::span<const Command> commands();       // those, and a command for every task

}  // namespace maru::cli

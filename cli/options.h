#pragma once
// Options and arguments with the checks that every command wants: numbers in range, text as it was typed, words in two
// languages. CLI11 parses; this file decides what is accepted.
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace maru::cli {

struct Words {
  std::string_view english, korean;
};
struct Bounds {
  std::int64_t low = 0, high = std::numeric_limits<std::int32_t>::max();
};

// An option or argument that was added. CLI11's own is kept out of sight: its header takes six seconds to compile.
class Option {
 public:
  explicit Option(CLI::Option* held) : held_(held) {}
  Option* operator->() { return this; }
  const Option* operator->() const { return this; }
  Option& required();
  Option& type_name(const std::string& name);    // what stands for the value in the help: "FILE"
  Option& group(const std::string& title);       // under which it stands in the help
  Option& excludes(const Option& other);
  std::size_t count() const;                     // how often it was given
  bool empty() const { return count() == 0; }

 private:
  CLI::Option* held_;
};

// Adds to an app. Values are written when the command line has been read and outlive the parser with the caller's settings.
// A value that does not fit throws Error (usage) naming the option, what it takes and what was given.
class Options {
 public:
  Options(CLI::App& app, bool korean) : app_(app), korean_(korean) {}
  // `name` as CLI11 takes it: "MODEL" is positional, "--name" or "-k,--k" an option.
  Option text(const std::string& name, std::string& value, Words about);
  // Positional: all that follow. An option: may be repeated.
  Option texts(const std::string& name, std::vector<std::string>& values, Words about);
  Option integer(const std::string& name, std::int64_t& value, Bounds bounds, Words about);
  Option number(const std::string& name, double& value, double low, double high, Words about);
  Option flag(const std::string& name, bool& value, Words about);
  Option choice(const std::string& name, std::string& value, std::vector<std::string> choices, Words about);
  void examples(std::string_view lines);  // one command per line, shown under the help
  std::string say(Words words) const { return std::string(korean_ ? words.korean : words.english); }
  bool korean() const { return korean_; }

 private:
  CLI::App& app_;
  bool korean_;
};

// CLI11 reads "[a,b]" as a list and "{}" as nothing. Arguments are marked before it sees them, and Options takes the mark off.
std::string marked(std::string argument);
std::string unmarked(std::string argument);

}  // namespace maru::cli

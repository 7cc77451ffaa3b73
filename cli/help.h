#pragma once
// The help pages: all commands in groups, or one command with its arguments, options and examples.
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace maru::cli {

// Adds --json, --verbose, --lang, --no-color, --offline and --help: every command has them, and `maru` itself.
struct GlobalOptions {
  bool json = false, verbose = false, no_color = false, offline = false;
  std::string language;
};
void add_global_options(CLI::App& app, GlobalOptions& given, bool korean);

std::string help(bool korean, bool color, int columns);
std::string command_help(const Command& command, const CLI::App& app, bool korean, bool color, int columns);

// What CLI11 found wrong, as one sentence that names the argument and what to type instead.
std::string parse_message(const CLI::ParseError& error, const std::vector<std::string>& arguments, const CLI::App& app, bool korean);

// The candidate that the word most likely stands for, or "" when none is near. Optimal string alignment distance.
std::string_view nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace maru::cli

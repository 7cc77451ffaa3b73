// All commands: the files of cli/commands/, and the tasks of the library.
#include "cli/command.h"
#include "cli/task_command.h"

namespace maru::cli {

std::span<const Command> commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> out(command_files().begin(), command_files().end());
    for (Command& one : task_commands()) out.push_back(std::move(one));
    return out;
  }();
  return all;
}

}  // namespace maru::cli

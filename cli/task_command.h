#pragma once
// Tasks as commands: one for every task of the library's table, with the options that its arguments are. Knows no task by name.
#include <optional>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace maru::cli {

std::vector<Command> task_commands();  // aliases included
// A task's name that stands in no table: "translation_en_to_fr".
std::optional<Command> task_command(std::string_view name);

}  // namespace maru::cli

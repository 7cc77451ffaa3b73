#pragma once
// maru.lock of the working folder, as pull and verify use it.
#include <string>
#include <vector>

#include "cli/command.h"

namespace maru::cli {

bool lock_is_here();
// Brings every model of the lock, exactly. Throws Error (usage) when there is no lock here.
int pull_by_lock(Context& context);
// Compares what is stored with the lock, name by name, and every byte with its sum; all of the lock when no names are given.
int verify_by_lock(Context& context, const std::vector<std::string>& names);

}  // namespace maru::cli

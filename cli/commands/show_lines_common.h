#pragma once
// What of a Modelfile `maru show` prints alone: --modelfile, --parameters, --template, --system, --license.
#include <string>

#include "cli/command.h"
#include "cli/options.h"

namespace maru::cli {

struct ShowLines {
  bool modelfile = false, parameters = false, template_source = false, system = false, licence = false;
  bool any() const { return modelfile || parameters || template_source || system || licence; }
};
// The five options, of which one may be given at a time.
void add_show_lines(Options& options, ShowLines& lines);
// Prints the text, with --json {"modelfile": …}; returns the exit code. Throws Error (not_found) for what is not stored.
int show_lines(Context& context, const std::string& name, const ShowLines& lines);

}  // namespace maru::cli

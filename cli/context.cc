// How a command speaks: results to standard output, notes and progress to standard error.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/korean.h"
#include "cli/terminal.h"

namespace maru::cli {

void Context::print(std::string_view text) const { write_all(stdout, std::string(text) + "\n"); }

void Context::write(std::string_view text) const { write_all(stdout, text); }

void Context::print_json(const Json& value) const { print(dump(value)); }

void Context::note(std::string_view text) const {
  // A closed standard error must not end the work whose result goes to standard output.
  const std::string line = styled(visible(text), Style::dim, color_errors) + "\n";
  std::fputs(line.c_str(), stderr);
}

std::string Context::say(const Phrase& phrase) const { return korean ? in_korean(phrase) : phrase.text; }

OnProgress Context::progress() const {
  const auto bar = std::make_shared<ProgressBar>(stderr, is_terminal(STDERR_FILENO), color_errors, korean);
  return [bar](const Progress& progress) { bar->show(progress); };
}

}  // namespace maru::cli

// maru version: which build this is.
#include "cli/command.h"
#include "cli/terminal.h"
#include "maru/kernels/kernels.h"

namespace maru::cli {
namespace {

int version(Context& context) {
#ifdef NDEBUG
  constexpr std::string_view kBuild = "release";
#else
  constexpr std::string_view kBuild = "debug";
#endif
  if (context.json)
    context.print_json({{"version", MARU_VERSION}, {"build", kBuild}, {"compiler", __VERSION__}, {"isa", kernels::isa_name()}});
  else if (context.verbose) context.print(fmt::format("maru {} ({}, {}, {})", MARU_VERSION, kBuild, __VERSION__, kernels::isa_name()));
  else context.print(fmt::format("maru {}", MARU_VERSION));
  return 0;
}

}  // namespace

Command version_entry() {
  return {.name = "version", .group = "the program", .about = "Which build this is", .about_ko = "버전을 보여 줍니다",
          .declare = [](CLI::App&, bool) { return std::function<int(Context&)>(version); }};
}

}  // namespace maru::cli

#include "cli/commands/learn_common.h"
namespace maru::cli {
int learn_place(Context&, const LearnGiven&) { return 2; }
int learn_export(Context&, const LearnGiven&) { return 2; }
}

// Holds the store against maru.lock.
#include "cli/commands/lock_common.h"

#include <algorithm>

#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/hub/lockfile.h"

namespace maru::cli {
namespace {

const std::filesystem::path kHere = hub::kLockName;

// What is wrong with one model of the lock, in words; empty when it is as locked.
std::vector<Phrase> wrong_with(const hub::Store& store, const hub::Locked& locked, Context& context) {
  const std::optional<hub::Model> model = store.find(locked.name, locked.kind);
  if (!model) return {phrase("{} is not stored; bring it with: maru pull", locked.name)};
  std::vector<Phrase> out;
  for (const hub::Difference& one : hub::differences(locked, *model)) {
    if (one.got.empty()) out.push_back(phrase("{} is not among the stored files", one.file));
    else if (one.expected.empty()) out.push_back(phrase("{} is stored, but not locked", one.file));
    else out.push_back(phrase("{}: locked as {}, stored as {}", one.file, one.expected, one.got));
  }
  for (const std::string& name : store.verify(*model, context.progress(), &context.cancel))
    out.push_back(phrase("{}: its bytes are damaged or missing", name));
  return out;
}

}  // namespace

bool lock_is_here() {
  std::error_code absent;
  return std::filesystem::exists(kHere, absent);
}

int pull_by_lock(Context& context) {
  if (!lock_is_here()) fail(ErrorKind::usage, "REF is missing: say what to pull, or go to a folder with a {}", hub::kLockName);
  const hub::Lock lock = hub::read_lock(kHere);
  hub::Store store(home(), inspect_model);
  Json out = Json::array();
  for (const hub::Locked& locked : lock) {
    const hub::Model model = hub::pull_locked(store, locked, pull_options(context));
    out.push_back({{"name", model.name}, {"reference", model.reference}, {"revision", model.revision}, {"bytes", model.bytes()}});
    if (!context.json) context.print(fmt::format("{}  {}  {}", model.name, size_text(model.bytes()), visible(model.reference)));
  }
  if (context.json) context.print_json({{"lock", hub::kLockName}, {"models", out}});
  else if (lock.empty()) context.note(context.say("maru.lock names no models; maru lock MODEL puts one in.",
                                                  "maru.lock에 모델이 없습니다. maru lock MODEL로 넣으세요."));
  return 0;
}

int verify_by_lock(Context& context, const std::vector<std::string>& names) {
  if (!lock_is_here()) fail(ErrorKind::usage, "there is no {} here; maru lock writes one", hub::kLockName);
  const hub::Lock lock = hub::read_lock(kHere);
  for (const std::string& name : names)
    if (std::ranges::find(lock, name, &hub::Locked::name) == lock.end())
      fail(ErrorKind::not_found, "{} does not name {:?}; maru lock {} puts it in", hub::kLockName, name, name);
  const hub::Store store(home());
  Json out = Json::array();
  bool good = true;
  for (const hub::Locked& locked : lock) {
    if (!names.empty() && std::ranges::find(names, locked.name) == names.end()) continue;
    const std::vector<Phrase> wrong = wrong_with(store, locked, context);
    good = good && wrong.empty();
    Json words = Json::array();
    for (const Phrase& one : wrong) words.push_back(context.say(one));
    out.push_back({{"name", locked.name}, {"ok", wrong.empty()}, {"differences", words}});
    if (context.json) continue;
    const bool whole = wrong.empty();
    context.print(locked.name + "  " + styled(whole ? context.say("as locked", "잠금과 같음") : context.say("differs", "다름"),
                                              whole ? Style::green : Style::red, context.color));
    for (const Phrase& one : wrong) context.print("  " + visible(context.say(one)));
  }
  if (context.json) context.print_json({{"lock", hub::kLockName}, {"models", out}, {"ok", good}});
  return good ? 0 : 1;
}

}  // namespace maru::cli

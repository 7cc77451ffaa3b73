// maru lock: writes what this folder's models are, to the byte, into maru.lock.
#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/hub/lockfile.h"

#include "cli/commands/lock_common.h"

namespace maru::cli {
namespace {

hub::Model stored(const hub::Store& store, const std::string& name, hub::Kind kind) {
  if (std::optional<hub::Model> model = store.find(name, kind)) return std::move(*model);
  fail(ErrorKind::not_found, "there is no model {:?}; maru list shows them", name);
}

// The models to lock: those named; else those that the lock names already; else all.
std::vector<hub::Model> wanted(const hub::Store& store, const std::vector<std::string>& names, const hub::Lock& lock) {
  std::vector<hub::Model> models;
  for (const std::string& name : names) {
    std::optional<hub::Model> data = store.find(name) ? std::nullopt : store.find(name, hub::Kind::data);
    models.push_back(data ? std::move(*data) : stored(store, name, hub::Kind::model));
  }
  if (!names.empty()) return models;
  for (const hub::Locked& locked : lock) models.push_back(stored(store, locked.name, locked.kind));
  return lock.empty() ? store.list() : models;
}

int lock_models(Context& context, const std::vector<std::string>& names) {
  const hub::Store store(home());
  const std::filesystem::path path = hub::kLockName;
  hub::Lock lock;
  if (lock_is_here()) lock = hub::read_lock(path);
  const std::vector<hub::Model> models = wanted(store, names, lock);
  if (models.empty()) fail(ErrorKind::not_found, "there are no models to lock; maru pull brings one");
  for (const hub::Model& model : models) hub::set_locked(lock, hub::locked(model));
  hub::write_lock(path, lock);
  Json out = Json::array();
  for (const hub::Locked& locked : lock)
    out.push_back({{"name", locked.name}, {"reference", locked.reference}, {"revision", locked.revision}, {"files", locked.files.size()}});
  if (context.json) context.print_json({{"lock", std::filesystem::absolute(path).string()}, {"models", out}});
  else for (const hub::Locked& locked : lock)
    context.print(fmt::format("{}  {}{}", locked.name, visible(locked.reference), locked.revision.empty() ? "" : " @ " + locked.revision));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto names = std::make_shared<std::vector<std::string>>();
  Options options(app, korean);
  options.texts("MODEL", *names, {"Stored models (default: those that maru.lock names, or all when there is none)",
                                  "저장된 모델 (기본: maru.lock에 적힌 것, 없으면 전부)"});
  options.examples("maru lock\nmaru lock smollm2 all-minilm\nmaru pull          # elsewhere: brings exactly what maru.lock says\nmaru verify --lock");
  return [names](Context& context) { return lock_models(context, *names); };
}

}  // namespace

Command lock_entry() {
  return {.name = "lock", .group = "models", .about = "Write this folder's models, with commits and sums, into maru.lock",
          .about_ko = "이 폴더가 쓰는 모델을 판과 해시까지 maru.lock에 적습니다", .declare = declare};
}

}  // namespace maru::cli

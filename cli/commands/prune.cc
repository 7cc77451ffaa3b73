// maru prune: takes away what lies in the store and belongs to nothing, and what was found out about data sets, which can be found out
// again.
#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/data/cache.h"
#include "maru/hub/prune.h"

namespace maru::cli {
namespace {

std::string_view waste_words(const Context& context, hub::Waste waste) {
  switch (waste) {
    case hub::Waste::partial: return context.say("part of a download", "받다 만 파일");
    case hub::Waste::blob: return context.say("file of no model", "어느 모델에도 없는 파일");
    case hub::Waste::view: return context.say("links of no model", "없는 모델의 링크");
    case hub::Waste::upload: return context.say("upload older than a day", "하루가 지난 올린 파일");
    case hub::Waste::temporary: return context.say("rest of a stopped program", "멈춘 프로그램이 남긴 것");
  }
  return "";
}

int prune(Context& context, bool dry_run) {
  const hub::Store store(home());
  const hub::Pruned pruned = hub::prune(store, dry_run, &context.cancel);
  if (pruned.running > 0)
    context.note(fmt::format(fmt::runtime(context.say("{} pulls are running: parts of downloads and files of no model stay",
                                                      "가져오기 {}개가 진행 중이라 받다 만 파일과 모델 없는 파일은 그대로 둡니다")), pruned.running));
  const data::Cache cache(data::cache_folder());
  const std::uint64_t cached = dry_run ? cache.bytes() : cache.clear();
  const std::uint64_t bytes = pruned.bytes() + cached;
  if (context.json) {
    Json out = Json::array();
    for (const hub::Wasted& one : pruned.found)
      out.push_back({{"what", hub::waste_name(one.what)}, {"path", one.path.string()}, {"bytes", one.bytes}});
    context.print_json({{"found", out}, {"cached_bytes", cached}, {"bytes", bytes}, {"removed", !dry_run},
                        {"running_pulls", pruned.running}});
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const hub::Wasted& one : pruned.found)
    rows.push_back({size_text(one.bytes), std::string(waste_words(context, one.what)), visible(path_text(one.path.string()))});
  const bool ko = context.korean;
  if (cached > 0)
    rows.push_back({size_text(cached), std::string(context.say("what was counted of data sets", "데이터 집합에 대해 세어 둔 것")),
                    visible(path_text(data::cache_folder().string()))});
  if (!rows.empty()) context.print(table({ko ? ">크기" : ">SIZE", ko ? "무엇" : "WHAT", ko ? "경로" : "PATH"}, rows, context.color));
  const std::string_view words = dry_run ? context.say("{} would be given back", "{}을(를) 비울 수 있습니다")
                                         : context.say("{} given back", "{} 비움");
  context.print(fmt::format(fmt::runtime(words), size_text(bytes)));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto dry_run = std::make_shared<bool>(false);
  Options options(app, korean);
  options.flag("--dry-run", *dry_run, {"Only say what would go", "무엇이 지워질지만 보여 줍니다"});
  return [dry_run](Context& context) { return prune(context, *dry_run); };
}

}  // namespace

Command prune_entry() {
  return {.name = "prune", .group = "models", .about = "Remove parts of downloads, files that no model uses and the cache of data",
          .about_ko = "받다 만 파일, 어느 모델도 쓰지 않는 파일, 데이터 캐시를 지웁니다", .declare = declare};
}

}  // namespace maru::cli

// maru index: brings a collection level with files and folders.
#include <optional>

#include "cli/commands/model_common.h"
#include "cli/commands/rag_common.h"
#include "cli/terminal.h"
#include "maru/rag/indexer.h"

namespace maru::cli {
namespace {

struct Given {
  std::string collection, embedder;
  std::vector<std::string> paths;
  bool lexical_only = false;
};

int index(Context& context, const Given& given) {
  const std::filesystem::path path = collection_path(given.collection);
  std::vector<std::filesystem::path> paths(given.paths.begin(), given.paths.end());
  for (const std::filesystem::path& one : paths)
    if (!std::filesystem::exists(one)) fail(ErrorKind::not_found, "{}: no such file or folder", one.string());
  const rag::IndexReport report = bring_level(context, path, paths, given.lexical_only ? std::nullopt : std::optional(given.embedder));
  if (context.json) {
    Json out = rag::to_json(report);
    out["collection"] = given.collection;
    context.print_json(out);
    return 0;
  }
  note_report(context, report, context.verbose);
  const std::string changes =
      fmt::format(fmt::runtime(context.say("{} new, {} changed, {} removed, {} unchanged", "새로 {}, 바뀜 {}, 사라짐 {}, 그대로 {}")),
                                          report.added, report.changed, report.removed, report.unchanged);
  context.print(context.korean ? fmt::format("{}: 파일 {}개, 조각 {}개 ({})", given.collection, count_text(report.files),
                                             count_text(report.chunks), changes)
                               : fmt::format("{}: {}, {} ({})", given.collection, counted(report.files, "file"),
                                             counted(report.chunks, "passage"), changes));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.text("COLLECTION", given->collection, {"Its name; made when it is new", "모음의 이름. 없으면 만듭니다"})->required();
  options.texts("PATH", given->paths, {"Files and folders", "파일과 폴더"})->required();
  options.text("--embedder", given->embedder, {"The model that reads meaning (the collection's own, or all-minilm)",
                                               "뜻을 읽는 모델 (모음에 정해진 것 또는 all-minilm)"})->type_name("MODEL");
  options.flag("--lexical-only", given->lexical_only, {"Words only: no embedder, much faster", "낱말만: 임베딩 없이 훨씬 빠르게"});
  options.examples("maru index papers ~/papers\nmaru index notes ~/notes README.md");
  return [given](Context& context) { return index(context, *given); };
}

}  // namespace

Command index_entry() {
  return {.name = "index", .group = "ask", .about = "Read documents into a collection", .about_ko = "문서를 읽어 모음에 담습니다", .declare = declare};
}

}  // namespace maru::cli

// maru embed: texts to vectors.
#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/engine/embedder.h"

namespace maru::cli {
namespace {

struct Given {
  std::string model;
  std::vector<std::string> texts;
  bool stdin_json = false;
};

int embed(Context& context, const Given& given) {
  if (given.texts.empty() != given.stdin_json) fail(ErrorKind::usage, "give either TEXT… or --stdin-json; see maru embed --help");
  const engine::Embedder embedder(model_path(context, given.model));
  const std::vector<std::string> texts = given.stdin_json ? texts_from_stdin(context) : given.texts;
  const std::vector<engine::Embedding> results = embedder(texts, {.cancel = &context.cancel, .progress = context.progress()});
  context.cancel.check();
  if (context.json) {
    Json vectors = Json::array(), tokens = Json::array(), truncated = Json::array();
    for (const engine::Embedding& result : results) {
      vectors.push_back(result.vector);
      tokens.push_back(result.tokens);
      truncated.push_back(result.truncated);
    }
    context.print_json({{"model", given.model}, {"dimensions", embedder.dimensions()}, {"embeddings", vectors}, {"tokens", tokens},
                        {"truncated", truncated}});
    return 0;
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    std::string line;
    for (const float value : results[i].vector) line += fmt::format("{}{:.7g}", line.empty() ? "" : " ", value);
    context.print(line);
    if (results[i].truncated)
      context.note(fmt::format(fmt::runtime(context.say("text {}: {} of {} tokens used; the model takes {}",
                                                        "글 {0}: 전체 토큰 {2}개 가운데 {1}개를 썼습니다. 모델은 {3}개까지 받습니다")),
                               i + 1, results[i].tokens, results[i].tokens + results[i].truncated, embedder.max_tokens()));
  }
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.text("MODEL", given->model, kModelWords)->required();
  options.texts("TEXT", given->texts, {"Texts, one vector each", "글마다 벡터 하나"});
  options.flag("--stdin-json", given->stdin_json, {"Read a JSON array of texts from standard input", "표준 입력에서 글의 JSON 배열을 읽습니다"});
  options.examples("maru embed all-minilm \"a cat\" \"a dog\" --json\n"
                   "echo '[\"line\\nbreak\"]' | maru embed all-minilm --stdin-json --json");
  return [given](Context& context) { return embed(context, *given); };
}

}  // namespace

Command embed_entry() {
  return {.name = "embed", .group = "look inside", .about = "Texts to vectors", .about_ko = "글을 벡터로 바꿉니다", .declare = declare};
}

}  // namespace maru::cli

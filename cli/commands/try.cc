// maru try: prompts, models and parameters side by side, over many questions and seeds.
#include <unistd.h>

#include <algorithm>

#include "cli/commands/model_common.h"
#include "cli/commands/rag_common.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/base/unicode.h"
#include "maru/experiments/run.h"
#include "maru/rag/retriever.h"
#include "maru/server/generation.h"

namespace maru::cli {
namespace {

using experiments::Grid;
using experiments::Try;

constexpr std::string_view kExample = R"(# maru try FILE: every prompt with every model, parameters, question and seed
models: [smollm2]
prompts:
  plain: "{question}"
  one word:
    system: Answer in one word.
    user: "{question}"
  unfinished sentence:
    raw: "Question: {question}\nAnswer:"
parameters:
  greedy: {temperature: 0, num_predict: 24}
  warm: {temperature: 0.8, top_p: 0.9, num_predict: 24}
seeds: 3
questions:
  - {question: "What is the capital of France?", answer: Paris}
  - {question: "How many days are in a week?", answer: {regex: '(7|[Ss]even)'}}
# collection: library    # then {context} in a prompt is what `maru search library QUESTION` finds
)";

struct Given {
  std::string file, save;
  bool example = false, answers = false;
};

// The passages of a collection that fit a question, as a prompt shows them.
std::function<std::string(const std::string&)> context_of(Context& context, const Grid& grid) {
  if (grid.collection.empty()) return {};
  const auto store = std::make_shared<rag::Store>(existing_collection(grid.collection));
  const std::shared_ptr<const std::optional<LoadedEmbedder>> embedder = std::make_shared<std::optional<LoadedEmbedder>>(load_embedder(context, *store, {}));
  const auto known = std::make_shared<std::map<std::string, std::string>>();
  return [&context, store, embedder, known, passages = grid.passages](const std::string& question) {
    if (const auto at = known->find(question); at != known->end()) return at->second;
    const rag::SearchResult found = rag::search(*store, question, passages, *embedder ? &(*embedder)->plain : nullptr, {}, &context.cancel);
    std::string text;
    for (std::size_t i = 0; i < found.hits.size(); ++i) text += fmt::format("{}[{}] {}", i ? "\n\n" : "", i + 1, found.hits[i].chunk.text);
    return (*known)[question] = text;
  };
}

std::string percent(const std::optional<double>& share) { return share ? fmt::format("{:.0f} %", 100 * *share) : "–"; }

void print_summaries(const Context& context, const Grid& grid, const std::vector<Try>& tries) {
  std::vector<experiments::Summary> all = experiments::summaries(grid, tries);
  std::ranges::stable_sort(all, std::ranges::greater{}, [](const experiments::Summary& one) { return one.score.value_or(0); });
  std::vector<std::vector<std::string>> rows;
  for (const experiments::Summary& one : all)
    rows.push_back({visible(grid.prompts[one.prompt].name), visible(grid.models[one.model]), visible(grid.parameters[one.parameters].name), percent(one.score),
                    std::to_string(one.tries), fmt::format("{:.1f}", one.distinct), fmt::format("{:.1f}", one.tokens), one.failed ? std::to_string(one.failed) : ""});
  const bool ko = context.korean;
  context.print(table({ko ? "프롬프트" : "PROMPT", ko ? "모델" : "MODEL", ko ? "매개변수" : "PARAMETERS", ko ? ">정답" : ">RIGHT", ko ? ">시도" : ">TRIES",
                       ko ? ">서로 다른 답" : ">DIFFERENT", ko ? ">토큰" : ">TOKENS", ko ? ">실패" : ">FAILED"},
                      rows, context.color));
}

// Words that an answer has and the first one has not are marked.
std::string beside(const std::string& text, const std::string& first, bool color) {
  std::vector<std::string> known;
  const auto words = [](const std::string& from) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < from.size();) {
      const std::size_t begin = from.find_first_not_of(" \n\t", at);
      if (begin == std::string::npos) break;
      const std::size_t end = std::min(from.find_first_of(" \n\t", begin), from.size());
      out.push_back(from.substr(begin, end - begin));
      at = end;
    }
    return out;
  };
  known = words(first);
  std::string out;
  for (const std::string& word : words(text)) {
    const bool fresh = std::ranges::find(known, word) == known.end();
    out += (out.empty() ? "" : " ") + (fresh ? styled(visible(word), Style::cyan, color) : visible(word));
  }
  return out;
}

void print_answers(const Context& context, const Grid& grid, const std::vector<Try>& tries) {
  for (std::size_t q = 0; q < grid.questions.size(); ++q) {
    const auto& fields = grid.questions[q].fields;
    const std::string name = fields.contains("question") ? fields.at("question") : fields.empty() ? std::string() : fields.begin()->second;
    context.print("\n" + styled(one_line(name), Style::bold, context.color));
    const Try* first = nullptr;
    for (const Try& one : tries) {
      if (one.question != q) continue;
      if (!first) first = &one;
      const std::string mark = !one.error.empty() ? "!" : !one.score ? "·" : *one.score > 0.5 ? "✓" : "✗";
      const Style style = mark == "✓" ? Style::green : mark == "·" ? Style::dim : Style::red;
      std::string where = grid.prompts[one.prompt].name;
      if (grid.models.size() > 1) where += " · " + grid.models[one.model];
      if (grid.parameters.size() > 1) where += " · " + grid.parameters[one.parameters].name;
      if (grid.seeds.size() > 1) where += fmt::format(" · {}", one.seed);
      context.print(fmt::format("{} {}  {}", styled(mark, style, context.color), styled(visible(where), Style::dim, context.color),
                                one.error.empty() ? beside(one.text, first->text, context.color) : visible(one.error)));
    }
  }
}

int run(Context& context, const Given& given) {
  if (given.example) {
    context.write(kExample);
    return 0;
  }
  if (given.file.empty()) fail(ErrorKind::usage, "FILE is missing; `maru try --example > grid.yaml` writes one to begin with");
  const Grid grid = experiments::read_grid(read_file(given.file, std::size_t{16} << 20), given.file);
  std::vector<std::string> warnings;
  experiments::Ways ways;
  ways.open = [&](const std::string& name) { return std::make_shared<const engine::Pretrained>(model_path(context, name)); };
  ways.context = context_of(context, grid);
  ways.sampling = [&](const Json& parameters) {
    std::vector<std::string> said;
    Json values = parameters;
    if (!values.contains("num_predict")) values["num_predict"] = 256;
    engine::Sampling sampling = server::sampling_of(values, said);
    for (std::string& one : said)
      if (std::ranges::find(warnings, one) == warnings.end()) warnings.push_back(std::move(one));
    return sampling;
  };
  const std::string save = given.save.empty() ? given.file + ".results.jsonl" : given.save;
  const std::vector<Try> tries = experiments::run(grid, ways, {}, context.progress(), &context.cancel);
  std::string lines;
  for (const Try& one : tries) lines += dump(experiments::to_json(grid, one)) + "\n";
  write_file(save, lines);
  for (const std::string& one : warnings) context.note(one);
  if (context.json) {
    Json out = {{"tries", tries.size()}, {"saved", save}, {"summaries", Json::array()}, {"results", Json::array()}};
    for (const experiments::Summary& one : experiments::summaries(grid, tries)) {
      Json row = {{"prompt", grid.prompts[one.prompt].name}, {"model", grid.models[one.model]}, {"parameters", grid.parameters[one.parameters].name},
                  {"tries", one.tries}, {"failed", one.failed}, {"different", one.distinct}, {"tokens", one.tokens}};
      if (one.score) row["score"] = *one.score;
      out["summaries"].push_back(std::move(row));
    }
    for (const Try& one : tries) out["results"].push_back(experiments::to_json(grid, one));
    context.print_json(out);
    return 0;
  }
  print_summaries(context, grid, tries);
  const std::size_t a_question = tries.size() / grid.questions.size();
  if (given.answers || (a_question <= 12 && tries.size() <= 60)) print_answers(context, grid, tries);
  context.note(fmt::format(fmt::runtime(context.say("every answer, in full: {}", "모든 답 전체: {}")), path_text(save)));
  return std::ranges::any_of(tries, [](const Try& one) { return !one.error.empty(); }) ? 1 : 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.text("FILE", given->file, {"The experiment, in YAML", "실험을 적은 YAML 파일"});
  options.flag("--example", given->example, {"Show a file to begin with", "시작할 때 쓸 파일을 보여 줍니다"});
  options.flag("--answers", given->answers, {"Print every answer beside the first one of its question", "질문마다 모든 답을 첫 답과 견주어 보여 줍니다"});
  options.text("--save", given->save, {"Where the answers go, one JSON object a line (FILE.results.jsonl)", "답을 저장할 곳. 한 줄에 JSON 하나 (FILE.results.jsonl)"});
  options.examples("maru try --example > grid.yaml\nmaru try grid.yaml\nmaru try grid.yaml --answers --json");
  return [given](Context& context) { return run(context, *given); };
}

}  // namespace

Command try_entry() {
  return {.name = "try", .group = "models", .about = "Compare prompts, models and parameters side by side", .about_ko = "프롬프트·모델·매개변수를 나란히 비교합니다", .declare = declare};
}

}  // namespace maru::cli

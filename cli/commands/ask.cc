// maru ask: a question to a collection or a folder; the answer as it is written, then its sources.
#include <unistd.h>

#include "cli/commands/model_common.h"
#include "cli/commands/rag_common.h"
#include "cli/korean.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/rag/ask.h"

namespace maru::cli {
namespace {

struct Given {
  std::string where, question, model{kDefaultModel}, embedder;
  std::int64_t k = 10, passages = 3, max_tokens = 128, seed = 0;
  double temperature = 0;
  bool lexical_only = false, quote_only = false;
};

// The collection that a path is kept in: named by the path, so that asking again reuses it.
std::string automatic_name(const std::filesystem::path& canonical) {
  const std::string text = canonical.string();
  return "auto-" + sha256(std::as_bytes(std::span(text))).substr(0, 16);
}

bool names_collection(const std::string& where) {
  if (where.contains('/') || where.starts_with('.') || where.starts_with('~')) return false;
  try {
    return std::filesystem::exists(collection_path(where));
  } catch (const Error&) {
    return false;  // no collection can have this name, so it is a path
  }
}

// Where to ask. A path is brought level with the disk first.
std::filesystem::path prepared(Context& context, const Given& given) {
  if (names_collection(given.where)) return collection_path(given.where);
  if (!std::filesystem::exists(given.where)) {
    std::string there;
    for (const CollectionFile& file : collections()) there += (there.empty() ? "" : ", ") + file.name;
    if (there.empty()) fail(ErrorKind::not_found, "{}: no such file or folder, and no collection of that name", given.where);
    fail(ErrorKind::not_found, "{}: no such file or folder, and no collection of that name; there are the collections {}", given.where,
         there);
  }
  const std::filesystem::path canonical = std::filesystem::canonical(given.where);
  const std::filesystem::path path = collection_path(automatic_name(canonical));
  const std::filesystem::path folders[] = {canonical};
  const rag::IndexReport report = bring_level(context, path, folders, given.lexical_only ? std::nullopt : std::optional(given.embedder));
  rag::Store(path).set_fact(kFolderFact, canonical.string());
  note_report(context, report, context.verbose);
  if (report.added + report.changed + report.removed > 0)
    context.note(context.korean ? fmt::format("파일 {}개, 조각 {}개를 읽었습니다", count_text(report.files), count_text(report.chunks))
                                : fmt::format("read {}, {}", counted(report.files, "file"), counted(report.chunks, "passage")));
  return path;
}

std::string support_text(const Context& context, double support) {
  const Style style = support >= 0.6 ? Style::green : Style::yellow;
  return styled(fmt::format(fmt::runtime(context.say("support {:.2f}", "뒷받침 {:.2f}")), support), style, context.color);
}

void show_sources(const Context& context, const rag::Answer& answer) {
  if (answer.citations.empty()) return;
  const auto columns = std::size_t(terminal_columns(STDOUT_FILENO));
  std::string out = "\n" + styled(context.say("Sources", "출처"), Style::dim, context.color) + "\n";
  for (const rag::Citation& citation : answer.citations) {
    const std::string place = path_text(citation.path) + (citation.page ? fmt::format(":{}", citation.page) : "");
    out += fmt::format("  {} {}  ({}–{}, {})\n", styled(fmt::format("[{}]", citation.n), Style::cyan, context.color),
                       styled(place, Style::bold, context.color), citation.start,
                       citation.end, support_text(context, citation.support));
    out += wrapped("\"" + one_line(citation.quote) + "\"", columns, 6) + "\n";
  }
  context.write(out);
}

void show_weak(const Context& context, const rag::Answer& answer) {
  std::string out;
  for (const rag::Sentence& sentence : answer.sentences)
    if (sentence.weak)
      out += styled(fmt::format(fmt::runtime(context.say("  weakly supported ({:.2f}): ", "  뒷받침이 약함 ({:.2f}): ")), sentence.support),
                    Style::yellow, context.color) + one_line(sentence.text) + "\n";
  if (!out.empty()) context.write("\n" + out);
}

void note_figures(const Context& context, const rag::Answer& answer) {
  const rag::Budget& budget = answer.budget;
  const std::string_view words = context.say(
      "budget: context {} tokens = system {} + passages {} ({} used, {} left out) + question {} + markup {}, "
      "room for the answer {}, written {}",
      "예산: 문맥 토큰 {}개 = 지시 {} + 조각 {} ({}개 씀, {}개 뺌) + 질문 {} + 틀 {}, 답에 {}, 쓴 것 {}");
  if (budget.context)
    context.note(fmt::format(fmt::runtime(words), budget.context, budget.system, budget.passages, budget.passages_used,
                             budget.passages_dropped, budget.question, budget.markup, budget.answer_room, budget.answer));
  std::string timings;
  for (const auto& [name, ms] : answer.timings_ms)
    timings += fmt::format("{}{} {:.1f} ms", timings.empty() ? "" : " · ", context.korean ? in_korean(name) : name, ms);
  context.note(std::string(context.say("timings: ", "시간: ")) + timings);
}

int ask(Context& context, const Given& given) {
  if (given.question.find_first_not_of(" \t\n") == std::string::npos) fail(ErrorKind::usage, "QUESTION is empty");
  const auto begin = std::chrono::steady_clock::now();
  const rag::Store store(prepared(context, given));
  const std::optional<LoadedEmbedder> embedder = given.lexical_only ? std::nullopt : load_embedder(context, store, given.embedder);
  std::optional<engine::Generator> generator;
  std::optional<rag::TextWriter> writer;
  if (!given.quote_only) {
    generator.emplace(model_path(context, given.model));
    writer = rag::text_writer(*generator);
    if (!given.model.contains('/')) writer->name = given.model;  // the name that the person knows it by
  }
  const double ready_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  rag::AskOptions options;
  options.found = std::size_t(given.k);
  options.passages = std::size_t(given.passages);
  options.answer_tokens = int(given.max_tokens);
  options.temperature = float(given.temperature);
  options.seed = std::uint64_t(given.seed);
  const bool terminal = is_terminal(STDOUT_FILENO);
  const auto on_text = [&](std::string_view text) {
    if (!context.json) context.write(terminal ? visible(text) : std::string(text));
  };
  rag::Answer answer = rag::ask(store, given.question, embedder ? &embedder->plain : nullptr, writer ? &*writer : nullptr, options, on_text,
                                &context.cancel);
  answer.timings_ms["prepare"] = ready_ms;
  if (context.json) {
    context.print_json(rag::to_json(answer));
  } else {
    context.write("\n");
    show_weak(context, answer);
    show_sources(context, answer);
    for (const Phrase& note : answer.notes) context.note(context.say(note));
  }
  if (context.verbose) note_figures(context, answer);
  return context.cancel.raised() ? 130 : 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.text("COLLECTION|PATH", given->where, {"A collection, or a file or folder, which is read first",
                                                 "모음, 또는 먼저 읽을 파일이나 폴더"})->required();
  options.text("QUESTION", given->question, {"In words", "질문"})->required();
  options.text("--model", given->model, {"The model that writes the answer (smollm2)", "답을 쓰는 모델 (smollm2)"})->type_name("MODEL");
  options.text("--embedder", given->embedder, {"The model that reads meaning (the collection's own, or all-minilm)",
                                               "뜻을 읽는 모델 (모음에 정해진 것 또는 all-minilm)"})->type_name("MODEL");
  options.integer("-k,--k", given->k, {1, 1000}, {"Passages looked at (10)", "살펴볼 조각의 수 (10)"});
  options.integer("--passages", given->passages, {1, 100}, {"Passages given to the model at most (3)", "모델에 줄 조각의 최대 수 (3)"});
  options.integer("--max-tokens", given->max_tokens, {1, 100'000}, {"Room for the answer (128)", "답의 최대 길이 (128)"});
  options.number("--temp", given->temperature, 0, 10, {"Temperature (0: always the likeliest)", "온도 (0: 늘 가장 그럴듯한 것)"});
  options.integer("--seed", given->seed, {0, std::numeric_limits<std::int64_t>::max()},
                  {"The same seed gives the same answer (0)", "같은 씨앗은 같은 답 (0)"});
  options.flag("--lexical-only", given->lexical_only, {"Search by words only", "낱말로만 찾습니다"});
  options.flag("--quote", given->quote_only, {"Answer with quoted sentences only; no model writes", "모델이 쓰지 않고 문장을 그대로 옮겨 답합니다"});
  options.examples("maru ask ~/papers \"What was the main result?\"\nmaru ask notes \"회의는 언제야?\" --json");
  return [given](Context& context) { return ask(context, *given); };
}

}  // namespace

Command ask_entry() {
  return {.name = "ask", .group = "ask", .about = "Answer a question from your documents, with sources",
          .about_ko = "내 문서에서 답을 찾아 출처와 함께 보여 줍니다", .declare = declare};
}

}  // namespace maru::cli

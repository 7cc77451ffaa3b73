// maru search: the passages of a collection that fit a query, and why.
#include "cli/commands/model_common.h"
#include "cli/commands/rag_common.h"
#include "cli/terminal.h"
#include "maru/rag/retriever.h"

#include <unistd.h>

namespace maru::cli {
namespace {

struct Given {
  std::string collection, query, embedder;
  std::int64_t k = 10;
  bool lexical_only = false;
};

std::string why(const rag::Hit& hit) {
  std::string out = fmt::format("bm25 {:.2f}", hit.bm25);
  if (hit.dense) out += fmt::format(" · cosine {:.2f} × {:.2f}", *hit.dense, hit.dense_weight);
  for (const auto& [term, share] : hit.terms) out += fmt::format(" · {} {:.2f}", visible(term), share);
  return out;
}

int search(Context& context, const Given& given) {
  if (given.query.find_first_not_of(" \t\n") == std::string::npos) fail(ErrorKind::usage, "QUERY is empty");
  const rag::Store store(existing_collection(given.collection));
  const std::optional<LoadedEmbedder> embedder = given.lexical_only ? std::nullopt : load_embedder(context, store, given.embedder);
  const rag::SearchResult result = rag::search(store, given.query, std::size_t(given.k), embedder ? &embedder->plain : nullptr, {},
                                               &context.cancel);
  if (context.json) {
    Json results = Json::array();
    for (const rag::Hit& hit : result.hits) results.push_back(rag::to_json(hit));
    Json notes = Json::array();
    for (const Phrase& note : result.notes) notes.push_back(context.say(note));
    context.print_json({{"results", results}, {"notes", notes}});
    return 0;
  }
  for (const Phrase& note : result.notes) context.note(context.say(note));
  if (result.hits.empty()) {
    context.note(context.say("Nothing found.", "찾은 것이 없습니다."));
    return 0;
  }
  const auto columns = std::size_t(terminal_columns(STDOUT_FILENO));
  std::string out;
  for (std::size_t i = 0; i < result.hits.size(); ++i) {
    const rag::Hit& hit = result.hits[i];
    const std::string where = path_text(hit.chunk.path) + (hit.chunk.page ? fmt::format(":{}", hit.chunk.page) : "");
    out += fmt::format("{}{:2}  {}  {}  {}\n", i ? "\n" : "", i + 1, styled(where, Style::bold, context.color),
                       styled(one_line(hit.chunk.heading), Style::cyan, context.color),
                       styled(fmt::format("{:.3f}  {}–{}", hit.score, hit.chunk.begin, hit.chunk.end), Style::dim, context.color));
    out += wrapped(fitted(one_line(hit.chunk.text), 3 * (columns - 6)), columns, 4) + "\n";
    if (context.verbose) out += "    " + styled(why(hit), Style::dim, context.color) + "\n";
  }
  context.write(out);
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.text("COLLECTION", given->collection, {"A collection (maru list --collections)", "모음 (maru list --collections)"})->required();
  options.text("QUERY", given->query, {"What to look for", "찾을 것"})->required();
  options.integer("-k,--k", given->k, {1, 10'000}, {"How many passages (10)", "몇 개까지 (10)"});
  options.text("--embedder", given->embedder, {"The model that reads meaning (the collection's own)",
                                               "뜻을 읽는 모델 (모음에 정해진 것)"})->type_name("MODEL");
  options.flag("--lexical-only", given->lexical_only, {"Words only", "낱말만"});
  options.examples("maru search papers \"heat pumps in winter\" --k 5");
  return [given](Context& context) { return search(context, *given); };
}

}  // namespace

Command search_entry() {
  return {.name = "search", .group = "ask", .about = "Find passages, by words and by meaning", .about_ko = "낱말과 뜻으로 글 조각을 찾습니다",
          .declare = declare};
}

}  // namespace maru::cli

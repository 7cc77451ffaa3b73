// maru tokenize: how a model cuts a text into tokens. Nothing is truncated.
#include "cli/commands/model_common.h"
#include "cli/terminal.h"

namespace maru::cli {
namespace {

struct Given {
  std::string model, text;
  bool has_text = false, stdin_json = false, no_special = false, parse_special = false;
};

Json tokenized(const text::Tokenizer& tokenizer, const std::string& text, const Given& given) {
  const text::EncodeOptions options{.add_special = !given.no_special, .parse_special = given.parse_special, .offsets = true};
  const text::Encoding encoding = tokenizer.encode(text, options);
  Json tokens = Json::array();
  for (const std::int32_t id : encoding.ids) tokens.push_back(tokenizer.piece(id));
  Json out = {{"ids", encoding.ids}, {"tokens", tokens}, {"offsets", encoding.offsets}};
  if (encoding.dropped_bytes) out["dropped_bytes"] = encoding.dropped_bytes;
  return out;
}

// Peers drop such bytes in silence.
void note_dropped(const Context& context, const Json& all) {
  std::uint64_t bytes = 0, texts = 0;
  for (const Json& one : all) {
    const std::uint64_t dropped = one.value("dropped_bytes", std::uint64_t{0});
    bytes += dropped;
    texts += dropped > 0;
  }
  if (texts == 0) return;
  context.note(context.korean ? fmt::format("어휘에 토큰이 없는 바이트 {}개가 글 {}개에서 빠졌습니다", count_text(bytes), count_text(texts))
                              : fmt::format("{} dropped from {}: the vocabulary has no token for them", counted(bytes, "byte"),
                                            counted(texts, "text")));
}

int tokenize(Context& context, const Given& given) {
  if (given.has_text == given.stdin_json) fail(ErrorKind::usage, "give either TEXT or --stdin-json; see maru tokenize --help");
  const auto tokenizer = open_tokenizer(model_path(context, given.model));
  if (given.stdin_json) {
    Json all = Json::array();
    for (const std::string& text : texts_from_stdin(context)) all.push_back(tokenized(*tokenizer, text, given));
    context.print_json(all);
    note_dropped(context, all);
    return 0;
  }
  const Json one = tokenized(*tokenizer, given.text, given);
  if (context.json) {
    context.print_json(one);
    note_dropped(context, Json::array({one}));
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < one["ids"].size(); ++i)
    rows.push_back({dump(one["ids"][i]), visible(one["tokens"][i].get<std::string>()), dump(one["offsets"][i][0]),
                    dump(one["offsets"][i][1])});
  context.print(table({">ID", context.korean ? "토큰" : "TOKEN", context.korean ? ">처음" : ">START", context.korean ? ">끝" : ">END"}, rows,
                      context.color));
  context.note(context.korean ? fmt::format("토큰 {}개", count_text(rows.size())) : counted(rows.size(), "token"));
  note_dropped(context, Json::array({one}));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.text("MODEL", given->model, kModelWords)->required();
  Option text = options.text("TEXT", given->text, {"The text", "글"});
  options.flag("--stdin-json", given->stdin_json, {"Read a JSON array of texts from standard input", "표준 입력에서 글의 JSON 배열을 읽습니다"});
  options.flag("--no-special", given->no_special, {"Leave out what the model adds around a text ([CLS], BOS …)",
                                                   "모델이 덧붙이는 토큰([CLS], BOS …)을 뺍니다"});
  options.flag("--parse-special", given->parse_special, {"Read special tokens that are spelled in the text", "글에 적힌 특수 토큰을 토큰으로 읽습니다"});
  options.examples("maru tokenize smollm2 \"Hello, world\"\necho '[\"one\",\"two\"]' | maru tokenize all-minilm --stdin-json");
  return [given, text](Context& context) {
    given->has_text = text->count() > 0;
    return tokenize(context, *given);
  };
}

}  // namespace

Command tokenize_entry() {
  return {.name = "tokenize", .group = "look inside", .about = "How a model cuts a text into tokens",
          .about_ko = "모델이 글을 토큰으로 어떻게 나누는지 보여 줍니다", .declare = declare};
}

}  // namespace maru::cli

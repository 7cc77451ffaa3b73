// maru tokenize: how a model cuts a text into tokens. Nothing is truncated.
#include "cli/commands/model_common.h"
#include "cli/terminal.h"

namespace maru::cli {
namespace {

struct Given {
  std::string model, text;
  bool has_text = false, stdin_json = false, no_special = false, parse_special = false;
};

Json tokenized(Context& context, const text::Tokenizer& tokenizer, const std::string& text, const Given& given) {
  const text::Encoding encoding = tokenizer.encode(text, {.add_special = !given.no_special, .parse_special = given.parse_special, .offsets = true});
  Json tokens = Json::array();
  for (const std::int32_t id : encoding.ids) tokens.push_back(tokenizer.piece(id));
  Json out = {{"ids", encoding.ids}, {"tokens", tokens}, {"offsets", encoding.offsets}};
  if (encoding.dropped_bytes) {
    out["dropped_bytes"] = encoding.dropped_bytes;
    context.note(fmt::format(fmt::runtime(context.say("{} bytes were dropped: the vocabulary has no token for them", "어휘에 없는 바이트 {}개가 빠졌습니다")), encoding.dropped_bytes));
  }
  return out;
}

int tokenize(Context& context, const Given& given) {
  if (given.has_text == given.stdin_json) fail(ErrorKind::usage, "tokenize takes either TEXT or --stdin-json");
  const auto tokenizer = open_tokenizer(model_path(context, given.model));
  if (given.stdin_json) {
    Json all = Json::array();
    for (const std::string& text : texts_from_stdin(context)) all.push_back(tokenized(context, *tokenizer, text, given));
    context.print_json(all);
    return 0;
  }
  const Json one = tokenized(context, *tokenizer, given.text, given);
  if (context.json) {
    context.print_json(one);
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < one["ids"].size(); ++i)
    rows.push_back({dump(one["ids"][i]), visible(one["tokens"][i].get<std::string>()), dump(one["offsets"][i][0]), dump(one["offsets"][i][1])});
  context.print(table({">ID", context.korean ? "토큰" : "TOKEN", context.korean ? ">처음" : ">START", context.korean ? ">끝" : ">END"}, rows, context.color));
  context.note(fmt::format(fmt::runtime(context.say("{} tokens", "토큰 {}개")), rows.size()));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.text("MODEL", given->model, kModelWords)->required();
  CLI::Option* text = options.text("TEXT", given->text, {"The text", "글"});
  options.flag("--stdin-json", given->stdin_json, {"Read a JSON array of texts from standard input", "표준 입력에서 글의 JSON 배열을 읽습니다"});
  options.flag("--no-special", given->no_special, {"Leave out what the model adds around a text ([CLS], BOS …)", "모델이 덧붙이는 토큰([CLS], BOS …)을 뺍니다"});
  options.flag("--parse-special", given->parse_special, {"Read special tokens that are spelled in the text", "글에 적힌 특수 토큰을 토큰으로 읽습니다"});
  options.examples("maru tokenize smollm2 \"Hello, world\"\necho '[\"one\",\"two\"]' | maru tokenize all-minilm --stdin-json");
  return [given, text](Context& context) {
    given->has_text = text->count() > 0;
    return tokenize(context, *given);
  };
}

}  // namespace

Command tokenize_entry() {
  return {.name = "tokenize", .group = "look inside", .about = "How a model cuts a text into tokens", .about_ko = "모델이 글을 토큰으로 나누는 모습", .declare = declare};
}

}  // namespace maru::cli

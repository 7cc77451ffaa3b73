// /v1/completions: text that goes on from a prompt, without a template.  OpenAI's API reference, completions
#include "maru/server/routes/openai_common.h"
#include "maru/server/service.h"

namespace maru::server {
namespace {

struct Answer {
  ExchangePtr exchange;
  Json head;
  bool stream = false, include_usage = false;
  int logprobs = -1;
  std::string echo;
  struct Choice {
    std::string text;
    std::vector<TokenLog> logs;
    std::string_view reason;
  };
  std::map<int, Choice> choices;
  Json usage;
};

// Four lists side by side, as this older route has it.
Json old_logprobs(const std::vector<TokenLog>& logs, std::size_t offset) {
  Json out = {{"tokens", Json::array()}, {"token_logprobs", Json::array()}, {"top_logprobs", Json::array()}, {"text_offset", Json::array()}};
  for (const TokenLog& log : logs) {
    out["tokens"].push_back(log.token.bytes);
    out["token_logprobs"].push_back(log.token.logprob);
    Json top = Json::object();
    for (const TokenText& one : log.top) top[one.bytes] = one.logprob;
    out["top_logprobs"].push_back(std::move(top));
    out["text_offset"].push_back(offset);
    offset += log.token.bytes.size();
  }
  return out;
}

Json choice_json(const Answer& answer, int number, std::string text, const std::vector<TokenLog>& logs, const Json& reason) {
  return {{"text", std::move(text)}, {"index", number}, {"logprobs", answer.logprobs >= 0 && !logs.empty() ? old_logprobs(logs, answer.echo.size()) : Json()}, {"finish_reason", reason}};
}

void send_chunk(const Answer& answer, Json choice) {
  Json out = answer.head;
  out["choices"] = Json::array({std::move(choice)});
  send_event(answer.exchange, out);
}

void on_piece(Answer& answer, const Piece& piece) {
  if (answer.stream) return send_chunk(answer, choice_json(answer, piece.choice, piece.delta.content, piece.logprobs, nullptr));
  Answer::Choice& choice = answer.choices[piece.choice];
  choice.text += piece.delta.content;
  choice.logs.insert(choice.logs.end(), piece.logprobs.begin(), piece.logprobs.end());
}

void on_end(Answer& answer, const Started& started, const Ended& ended) {
  if (ended.error) return fail_exchange(answer.exchange, *ended.error, Dialect::openai);
  answer.choices[ended.choice].reason = ended.reason;
  if (answer.usage.is_null()) answer.usage = usage_json(started, ended.usage);
  else add_usage(answer.usage, ended.usage);
  if (answer.stream) send_chunk(answer, choice_json(answer, ended.choice, "", {}, ended.reason));
  if (!ended.last) return;
  Json out = answer.head;
  out["choices"] = Json::array();
  out["usage"] = answer.usage;
  out["accounting"] = accounting(started, ended.usage, answer.exchange->request());
  if (answer.stream) {
    if (answer.include_usage) send_event(answer.exchange, out);
    answer.exchange->send("data: [DONE]\n\n");
    return answer.exchange->end();
  }
  for (auto& [number, one] : answer.choices) out["choices"].push_back(choice_json(answer, number, answer.echo + one.text, one.logs, one.reason));
  answer.exchange->answer(200, dump(out));
}

void completions(Service& service, const ExchangePtr& exchange) {
  const Json& body = exchange->request().json;
  Question question = openai_question(body);
  const Json& prompt = member(body, "prompt");
  const auto answer = std::make_shared<Answer>();
  if (prompt.is_string()) question.text = prompt.get<std::string>();
  else if (prompt.is_array() && prompt.size() == 1 && prompt[0].is_string()) question.text = prompt[0].get<std::string>();
  else if (prompt.is_array() && !prompt.empty() && std::ranges::all_of(prompt, [](const Json& one) { return one.is_number_unsigned() && one < 2147483647; }))
    question.ids = prompt.get<std::vector<std::int32_t>>();
  else fail(ErrorKind::invalid, "prompt: expected a text, a list of one text or a list of token ids; several prompts are several requests");
  check(question.ids.has_value() || !question.text->empty(), "prompt: an empty text has nothing to go on from");
  check(body.value("best_of", 1) <= std::max(1, question.choices), "best_of: answers that are thrown away are not made here; ask for n of them");
  check(member(body, "suffix").is_null() || body["suffix"] == "", "\"{}\" does not support insert: suffix must be absent", question.model);
  answer->exchange = exchange;
  answer->stream = body.value("stream", false);
  answer->logprobs = body.value("logprobs", -1);
  question.logprobs = answer->logprobs;
  if (body.value("echo", false)) {
    check(question.text.has_value() && !answer->stream, "echo: only of a text, and not in a stream");
    answer->echo = *question.text;
  }
  if (!body.contains("max_tokens") && !question.parameters.contains("num_predict")) question.parameters["num_predict"] = 16;
  if (const Json& options = member(body, "stream_options"); !options.is_null()) answer->include_usage = options.value("include_usage", false);
  answer->head = {{"id", answer_id("cmpl", exchange->request())}, {"object", "text_completion"}, {"created", unix_seconds()}, {"model", body["model"]}, {"system_fingerprint", "fp_maru"}};
  ask_for(service, answer, std::move(question));
}

std::vector<Field> fields() {
  std::vector<Field> out = {{.name = "model", .kinds = Kind::text, .about = "which model", .required = true, .shortest = 1, .longest = 512},
                            {.name = "prompt", .kinds = Kind::text | Kind::array, .about = "a text, or its token ids", .required = true},
                            {.name = "suffix", .kinds = Kind::text, .about = "what follows the answer, for models that fill in"},
                            {.name = "echo", .kinds = Kind::boolean, .about = "the prompt before the answer"},
                            {.name = "best_of", .kinds = Kind::integer, .about = "must be n", .low = 1, .high = 16},
                            {.name = "logprobs", .kinds = Kind::integer, .about = "the likeliest tokens of each place", .low = 0, .high = 20}};
  std::ranges::move(openai_sampling_fields(), std::back_inserter(out));
  return out;
}

}  // namespace

RouteFamily openai_completions_routes() {
  return {.name = "completions",
          .about = "Text that goes on from a prompt",
          .routes = {{.method = "POST", .path = "/v1/completions", .about = "Go on from a text", .dialect = Dialect::openai, .fields = fields(), .run = completions}}};
}

}  // namespace maru::server

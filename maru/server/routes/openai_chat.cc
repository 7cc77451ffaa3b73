// /v1/chat/completions.  OpenAI's API reference, chat completions
#include "maru/server/routes/openai_common.h"
#include "maru/server/service.h"

namespace maru::server {
namespace {

// A text, or the texts of its parts; a picture or a sound is refused by name.
std::string content_text(const Json& content, std::size_t number, std::string_view model) {
  if (content.is_null()) return {};
  if (content.is_string()) return content;
  std::string out;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const Json& part = content[i];
    check(part.is_object() && member(part, "type").is_string(), "messages[{}].content[{}]: expected an object with a type", number, i);
    check(part["type"] == "text" || part["type"] == "input_text" || part["type"] == "refusal", "messages[{}].content[{}]: \"{}\" reads text only, got a part of type {:?}", number, i,
          model, part["type"].get<std::string>());
    const Json& text = member(part, part["type"] == "refusal" ? "refusal" : "text");
    check(text.is_string(), "messages[{}].content[{}].text: expected a text, got {}", number, i, kind_of(text));
    out += text.get<std::string>();
  }
  return out;
}

Json call_arguments(const Json& given, std::size_t number, std::size_t call) {
  if (given.is_null()) return Json::object();
  if (given.is_object()) return given;
  check(given.is_string(), "messages[{}].tool_calls[{}].function.arguments: expected a text of JSON, got {}", number, call, kind_of(given));
  const auto text = given.get<std::string>();
  Json parsed = text.empty() ? Json::object() : parse_json(text, fmt::format("messages[{}].tool_calls[{}].function.arguments", number, call));
  check(parsed.is_object(), "messages[{}].tool_calls[{}].function.arguments: expected an object, got {}", number, call, kind_of(parsed));
  return parsed;
}

chat::Message message_of(const Json& one, std::size_t number, std::string_view model) {
  chat::Message out;
  out.role = one["role"] == "developer" ? "system" : one["role"].get<std::string>();
  out.content = content_text(member(one, "content"), number, model);
  out.thinking = one.value("reasoning", one.value("reasoning_content", ""));
  out.tool_call_id = one.value("tool_call_id", "");
  out.tool_name = one.value("name", "");
  const Json& calls = member(one, "tool_calls");
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Json& function = member(calls[i], "function");
    check(function.is_object() && member(function, "name").is_string(), "messages[{}].tool_calls[{}].function.name: expected a text", number, i);
    const Json& id = member(calls[i], "id");
    out.calls.push_back({.id = id.is_string() ? id.get<std::string>() : "", .name = function["name"], .arguments = call_arguments(member(function, "arguments"), number, i)});
  }
  return out;
}

std::string tool_choice(const Json& given, const Json& tools) {
  if (given.is_null()) return "auto";
  std::string name;
  if (given.is_string()) {
    name = given;
    check(name == "auto" || name == "none" || name == "required", "tool_choice: expected auto, none, required or a function, got {:?}", name);
    check(name != "required" || !tools.empty(), "tool_choice: required, but there are no tools");
    return name;
  }
  const Json& function = member(given, "function");
  check(function.is_object() && member(function, "name").is_string(), "tool_choice.function.name: expected the name of a tool");
  name = function["name"];
  const auto named = [&](const Json& tool) {
    const Json& what = member(tool, "function");
    return what.is_object() && member(what, "name") == name;
  };
  check(std::ranges::any_of(tools, named), "tool_choice.function.name: {:?} is not among the tools", name);
  return name;
}

Json response_format(const Json& given) {
  if (given.is_null()) return {};
  const std::string type = given.value("type", "");
  if (type == "text") return {};
  if (type == "json_object") return "json";
  check(type == "json_schema", "response_format.type: expected text, json_object or json_schema, got {:?}", type);
  const Json& holder = member(given, "json_schema");
  check(holder.is_object() && member(holder, "schema").is_object(), "response_format.json_schema.schema: expected a JSON Schema object");
  return holder["schema"];
}

Json call_json(const chat::ToolCall& call) {
  return {{"id", call.id}, {"type", "function"}, {"function", {{"name", call.name}, {"arguments", dump(call.arguments)}}}};
}

// What has come of one choice.
struct Gathered {
  std::string content, thinking;
  Json calls = Json::array();
  std::vector<TokenLog> logs;
  std::string_view reason;
  bool begun = false;
};
struct Answer {
  ExchangePtr exchange;
  Json head;                                     // id, object, created, model
  bool stream = false, include_usage = false, logprobs = false;
  std::map<int, Gathered> choices;
  Json usage;
};

Json chunk(const Answer& answer, int number, Json delta, const Json& reason, const std::vector<TokenLog>& logs = {}) {
  Json out = answer.head;
  Json choice = {{"index", number}, {"delta", std::move(delta)}, {"finish_reason", reason}};
  if (answer.logprobs && !logs.empty()) choice["logprobs"] = {{"content", logprobs_json(logs)}};
  out["choices"] = Json::array({std::move(choice)});
  if (answer.include_usage) out["usage"] = nullptr;
  return out;
}

void on_piece(Answer& answer, const Piece& piece) {
  Gathered& choice = answer.choices[piece.choice];
  if (!answer.stream) {
    choice.content += piece.delta.content;
    choice.thinking += piece.delta.thinking;
    for (const chat::ToolCall& call : piece.delta.calls) choice.calls.push_back(call_json(call));
    choice.logs.insert(choice.logs.end(), piece.logprobs.begin(), piece.logprobs.end());
    return;
  }
  Json delta = Json::object();
  if (!std::exchange(choice.begun, true)) delta["role"] = "assistant";
  if (!piece.delta.content.empty() || delta.contains("role")) delta["content"] = piece.delta.content;
  if (!piece.delta.thinking.empty()) delta["reasoning"] = piece.delta.thinking;
  for (const chat::ToolCall& call : piece.delta.calls) {
    Json one = call_json(call);
    one["index"] = choice.calls.size();
    choice.calls.push_back(true);
    delta["tool_calls"].push_back(std::move(one));
  }
  send_event(answer.exchange, chunk(answer, piece.choice, std::move(delta), nullptr, piece.logprobs));
}

void on_end(Answer& answer, const Started& started, const Ended& ended) {
  if (ended.error) return fail_exchange(answer.exchange, *ended.error, Dialect::openai);
  Gathered& choice = answer.choices[ended.choice];
  choice.reason = ended.reason;
  if (answer.usage.is_null()) answer.usage = usage_json(started, ended.usage);
  else add_usage(answer.usage, ended.usage);
  if (answer.stream) {
    if (!choice.begun) send_event(answer.exchange, chunk(answer, ended.choice, {{"role", "assistant"}, {"content", ""}}, nullptr));
    send_event(answer.exchange, chunk(answer, ended.choice, Json::object(), ended.reason));
  }
  if (!ended.last) return;
  const Json account = accounting(started, ended.usage, answer.exchange->request());
  if (answer.stream) {
    if (answer.include_usage) {
      Json last = answer.head;
      last["choices"] = Json::array();
      last["usage"] = answer.usage;
      last["accounting"] = account;
      send_event(answer.exchange, last);
    }
    answer.exchange->send("data: [DONE]\n\n");
    return answer.exchange->end();
  }
  Json out = answer.head;
  out["choices"] = Json::array();
  for (auto& [number, one] : answer.choices) {
    Json message = {{"role", "assistant"}, {"content", one.content.empty() && !one.calls.empty() ? Json() : Json(one.content)}, {"refusal", nullptr}};
    if (!one.thinking.empty()) message["reasoning"] = one.thinking;
    if (!one.calls.empty()) message["tool_calls"] = one.calls;
    Json choice_json = {{"index", number}, {"message", std::move(message)}, {"logprobs", nullptr}, {"finish_reason", one.reason}};
    if (answer.logprobs) choice_json["logprobs"] = {{"content", logprobs_json(one.logs)}};
    out["choices"].push_back(std::move(choice_json));
  }
  out["usage"] = answer.usage;
  out["accounting"] = account;
  answer.exchange->answer(200, dump(out));
}

void chat_completions(Service& service, const ExchangePtr& exchange) {
  const Json& body = exchange->request().json;
  Question question = openai_question(body);
  const Json& messages = member(body, "messages");
  check(!messages.empty(), "[] is too short - 'messages'");
  chat::Conversation conversation;
  for (std::size_t i = 0; i < messages.size(); ++i) conversation.messages.push_back(message_of(messages[i], i, question.model));
  conversation.answer_follows = conversation.messages.back().role != "assistant";
  if (const Json& tools = member(body, "tools"); !tools.is_null()) conversation.tools = tools;
  if (const Json& more = member(body, "chat_template_kwargs"); !more.is_null()) conversation.more = more;
  const Json& reasoning = member(body, "reasoning");
  const std::string effort = body.value("reasoning_effort", reasoning.is_object() ? reasoning.value("effort", "") : "");
  if (!effort.empty()) {
    conversation.think = effort != "none";
    if (effort != "none") conversation.think_level = effort;
  }
  question.tool_choice = tool_choice(member(body, "tool_choice"), conversation.tools);
  question.parallel_calls = body.value("parallel_tool_calls", true);
  question.conversation = std::move(conversation);
  question.format = response_format(member(body, "response_format"));
  const auto answer = std::make_shared<Answer>();
  answer->exchange = exchange;
  answer->stream = body.value("stream", false);
  answer->logprobs = body.value("logprobs", false);
  if (answer->logprobs) question.logprobs = body.value("top_logprobs", 0);
  if (const Json& options = member(body, "stream_options"); !options.is_null()) answer->include_usage = options.value("include_usage", false);
  answer->head = {{"id", answer_id("chatcmpl", exchange->request())},
                  {"object", answer->stream ? "chat.completion.chunk" : "chat.completion"},
                  {"created", unix_seconds()},
                  {"model", body["model"]},
                  {"system_fingerprint", "fp_maru"}};
  ask_for(service, answer, std::move(question));
}

std::vector<Field> fields() {
  std::vector<Field> out = {
      {.name = "model", .kinds = Kind::text, .about = "which model", .required = true, .shortest = 1, .longest = 512},
      {.name = "messages", .kinds = Kind::array, .about = "the conversation so far", .longest = 100'000,
       .items = {{.name = "", .kinds = Kind::object, .about = "",
                  .fields = {{.name = "role", .kinds = Kind::text, .about = "system, developer, user, assistant or tool", .required = true, .longest = 64},
                             {.name = "content", .kinds = Kind::text | Kind::array, .about = "a text, or parts of type text", .longest = std::size_t{64} << 20,
                              .items = {{.name = "", .kinds = Kind::object, .about = ""}}},
                             {.name = "name", .kinds = Kind::text, .about = "of the tool that answers", .longest = 256},
                             {.name = "tool_calls", .kinds = Kind::array, .about = "what the assistant called", .longest = 1024,
                              .items = {{.name = "", .kinds = Kind::object, .about = ""}}},
                             {.name = "tool_call_id", .kinds = Kind::text, .about = "which call this answers", .longest = 256},
                             {.name = "reasoning", .kinds = Kind::text, .about = "what the assistant thought"},
                             {.name = "reasoning_content", .kinds = Kind::text, .about = "the same"},
                             {.name = "refusal", .kinds = Kind::text, .about = "taken, without effect here", .ignored = true},
                             {.name = "audio", .kinds = Kind::object, .about = "taken, without effect here", .ignored = true},
                             {.name = "function_call", .kinds = Kind::object, .about = "taken, without effect here", .ignored = true}}}}},
      {.name = "tools", .kinds = Kind::array, .about = "what the model may call", .longest = 1024, .items = {{.name = "", .kinds = Kind::object, .about = ""}}},
      {.name = "tool_choice", .kinds = Kind::text | Kind::object, .about = "auto, none, required, or a function that must be called"},
      {.name = "parallel_tool_calls", .kinds = Kind::boolean, .about = "several calls in one answer (true)"},
      {.name = "response_format", .kinds = Kind::object, .about = "text, json_object or json_schema, which the answer will follow",
       .fields = {{.name = "type", .kinds = Kind::text, .about = "", .required = true, .choices = {"text", "json_object", "json_schema"}},
                  {.name = "json_schema", .kinds = Kind::object, .about = "name, strict and schema"}}},
      {.name = "reasoning_effort", .kinds = Kind::text, .about = "how much to think", .choices = {"none", "minimal", "low", "medium", "high", "xhigh", "max"}},
      {.name = "reasoning", .kinds = Kind::object, .about = "the same, as {\"effort\": …}",
       .fields = {{.name = "effort", .kinds = Kind::text, .about = "", .choices = {"none", "minimal", "low", "medium", "high", "xhigh", "max"}}}},
      {.name = "chat_template_kwargs", .kinds = Kind::object, .about = "further variables of the model's template"},
      {.name = "logprobs", .kinds = Kind::boolean, .about = "tell each token's logarithmic probability"},
      {.name = "top_logprobs", .kinds = Kind::integer, .about = "and that of so many likeliest tokens", .low = 0, .high = 20}};
  std::ranges::move(openai_sampling_fields(), std::back_inserter(out));
  return out;
}

}  // namespace

RouteFamily openai_chat_routes() {
  return {.name = "chat completions",
          .about = "Conversations, as OpenAI's clients ask for them",
          .routes = {{.method = "POST", .path = "/v1/chat/completions", .about = "Answer a conversation", .dialect = Dialect::openai, .fields = fields(), .run = chat_completions}}};
}

}  // namespace maru::server

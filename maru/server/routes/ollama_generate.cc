// /api/generate and /api/chat: a prompt or a conversation in, one JSON object a line out.  Ollama's docs/api.md
#include "maru/server/routes/answer_common.h"
#include "maru/server/service.h"

namespace maru::server {
namespace {

// What differs between the two routes.
struct Shape {
  bool chat = false, raw = false, stream = true;
};

Json ollama_defaults() {
  return {{"temperature", 0.8}, {"top_k", 40}, {"top_p", 0.9}, {"min_p", 0}, {"repeat_penalty", 1.0}, {"num_predict", -1}};
}

// The fields that both take.
Question common_question(const Json& body) {
  Question question;
  question.model = body["model"];
  question.defaults = ollama_defaults();
  if (const Json& options = member(body, "options"); !options.is_null()) question.parameters = options;
  if (const Json& keep = member(body, "keep_alive"); !keep.is_null()) question.keep_alive = parse_keep_alive(keep);
  question.format = member(body, "format");
  check(!question.format.is_string() || question.format == "json" || question.format == "",
        "invalid format: {}; expected \"json\" or a valid JSON Schema object", dump(question.format));
  if (question.format == "") question.format = nullptr;
  if (body.value("logprobs", false)) question.logprobs = body.value("top_logprobs", 0);
  if (body.value("truncate", true)) question.prompt_overflow = Question::Overflow::drop;
  if (body.value("shift", true)) question.answer_overflow = Question::Overflow::drop;
  return question;
}

void think(chat::Conversation& conversation, const Json& value) {
  if (value.is_boolean()) conversation.think = value.get<bool>();
  if (value.is_string()) {
    conversation.think = true;
    conversation.think_level = value;
  }
}

// Both forms of an answer, and the last line of a stream.
Json frame(const Json& body, const Shape& shape, std::string content, std::string thinking, const std::vector<chat::ToolCall>& calls) {
  Json out = {{"model", body["model"]}, {"created_at", rfc3339_now()}};
  if (!shape.chat) {
    out["response"] = std::move(content);
    if (!thinking.empty()) out["thinking"] = std::move(thinking);
    return out;
  }
  Json message = {{"role", "assistant"}, {"content", std::move(content)}};
  if (!thinking.empty()) message["thinking"] = std::move(thinking);
  for (std::size_t i = 0; i < calls.size(); ++i)
    message["tool_calls"].push_back({{"id", calls[i].id}, {"function", {{"index", i}, {"name", calls[i].name}, {"arguments", calls[i].arguments}}}});
  out["message"] = std::move(message);
  return out;
}

void close(Json& out, const Shape& shape, const Started& started, const Ended& ended, const Request& request) {
  out["done"] = true;
  out["done_reason"] = ended.reason == "tool_calls" ? "stop" : ended.reason;
  if (!shape.chat && !shape.raw) {
    out["context"] = started.ids;
    for (const std::int32_t id : ended.ids) out["context"].push_back(id);
  }
  out["total_duration"] = (std::chrono::steady_clock::now() - started.begin).count();
  out["load_duration"] = started.load.count();
  out["prompt_eval_count"] = ended.usage.prompt;
  out["prompt_eval_duration"] = ended.usage.prefill.count();
  out["eval_count"] = ended.usage.generated;
  out["eval_duration"] = ended.usage.decode.count();
  out["accounting"] = accounting(started, ended.usage, request);
}

// Tells what comes as it comes, or gathers it.
Hearer hearer(const ExchangePtr& exchange, const Shape& shape) {
  struct Whole {
    std::string content, thinking;
    std::vector<chat::ToolCall> calls;
    std::vector<TokenLog> logs;
  };
  const auto whole = std::make_shared<Whole>();
  return {.on_start =
              [exchange, shape](const Started&) {
                if (shape.stream) exchange->begin(200, "application/x-ndjson");
              },
          .on_piece =
              [exchange, shape, whole](const Piece& piece) {
                if (!shape.stream) {
                  whole->content += piece.delta.content;
                  whole->thinking += piece.delta.thinking;
                  whole->calls.insert(whole->calls.end(), piece.delta.calls.begin(), piece.delta.calls.end());
                  whole->logs.insert(whole->logs.end(), piece.logprobs.begin(), piece.logprobs.end());
                  return;
                }
                Json line = frame(exchange->request().json, shape, piece.delta.content, piece.delta.thinking, piece.delta.calls);
                line["done"] = false;
                if (!piece.logprobs.empty()) line["logprobs"] = logprobs_json(piece.logprobs);
                exchange->send(dump(line) + "\n");
              },
          .on_end =
              [exchange, shape, whole](const Started& started, const Ended& ended) {
                if (ended.error) return fail_exchange(exchange, *ended.error, Dialect::ollama);
                if (ended.reason == "cancelled" && exchange->gone()) return;
                Json last = frame(exchange->request().json, shape, std::move(whole->content), std::move(whole->thinking), whole->calls);
                if (!whole->logs.empty()) last["logprobs"] = logprobs_json(whole->logs);
                close(last, shape, started, ended, exchange->request());
                if (!shape.stream) return exchange->answer(200, dump(last));
                exchange->send(dump(last) + "\n");
                exchange->end();
              },
          .on_problem = [exchange](const std::exception& error) { fail_exchange(exchange, error, Dialect::ollama); }};
}

// A question without a prompt loads the model, or with keep_alive 0 unloads it.
void load_only(Service& service, const ExchangePtr& exchange, const Question& question, const Shape& shape) {
  const Json& body = exchange->request().json;
  if (question.keep_alive && question.keep_alive->span && question.keep_alive->span->count() == 0) {
    service.models().unload(question.model);
    Json out = frame(body, shape, "", "", {});
    out["done"] = true;
    out["done_reason"] = "unload";
    return exchange->answer(200, dump(out));
  }
  service.models().acquire(question.model, question.keep_alive, [exchange, shape](Lease, std::exception_ptr failed) {
    try {
      if (failed) std::rethrow_exception(failed);
      Json out = frame(exchange->request().json, shape, "", "", {});
      out["done"] = true;
      out["done_reason"] = "load";
      exchange->answer(200, dump(out));
    } catch (const std::exception& error) {
      fail_exchange(exchange, error, Dialect::ollama);
    }
  });
}

void no_images(const Json& holder, std::string_view model) {
  const Json& images = member(holder, "images");
  check(images.is_null() || images.empty(), "\"{}\" reads no images: this program's decoders read text only", model);
}

void generate(Service& service, const ExchangePtr& exchange) {
  const Json& body = exchange->request().json;
  const Shape shape{.chat = false, .raw = body.value("raw", false), .stream = body.value("stream", true)};
  Question question = common_question(body);
  no_images(body, question.model);
  const std::string prompt = body.value("prompt", ""), system = body.value("system", ""), suffix = body.value("suffix", "");
  question.template_source = body.value("template", "");
  check(suffix.empty(), "\"{}\" does not support insert", question.model);
  check(!shape.raw || (question.template_source.empty() && system.empty() && member(body, "context").is_null()),
        "raw mode does not support template, system, or context");
  if (prompt.empty()) return load_only(service, exchange, question, shape);
  if (shape.raw) {
    question.text = prompt;
  } else {
    chat::Conversation conversation;
    if (!system.empty()) conversation.messages.push_back({.role = "system", .content = system, .thinking = {}});
    conversation.messages.push_back({.role = "user", .content = prompt, .thinking = {}});
    think(conversation, member(body, "think"));
    question.conversation = std::move(conversation);
    if (const Json& before = member(body, "context"); !before.is_null()) question.before = before.get<std::vector<std::int32_t>>();
  }
  ask(service, exchange, std::move(question), hearer(exchange, shape));
}

chat::Message message_of(const Json& one, std::size_t number, std::string_view model) {
  chat::Message out;
  out.role = one["role"];
  std::ranges::transform(out.role, out.role.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  out.content = one.value("content", "");
  out.thinking = one.value("thinking", "");
  out.tool_name = one.value("tool_name", "");
  out.tool_call_id = one.value("tool_call_id", "");
  no_images(one, model);
  const Json& calls = member(one, "tool_calls");
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Json& function = member(calls[i], "function");
    check(function.is_object() && member(function, "name").is_string(), "messages[{}].tool_calls[{}].function.name: expected a text", number, i);
    const Json& arguments = member(function, "arguments");
    check(arguments.is_object() || arguments.is_null(), "messages[{}].tool_calls[{}].function.arguments: expected an object, got {}", number, i, kind_of(arguments));
    out.calls.push_back({.id = calls[i].value("id", ""), .name = function["name"], .arguments = arguments.is_null() ? Json::object() : arguments});
  }
  return out;
}

void chat_route(Service& service, const ExchangePtr& exchange) {
  const Json& body = exchange->request().json;
  const Shape shape{.chat = true, .raw = false, .stream = body.value("stream", true)};
  Question question = common_question(body);
  const Json& messages = member(body, "messages");
  if (messages.empty()) return load_only(service, exchange, question, shape);
  chat::Conversation conversation;
  for (std::size_t i = 0; i < messages.size(); ++i) conversation.messages.push_back(message_of(messages[i], i, question.model));
  conversation.answer_follows = conversation.messages.back().role != "assistant";
  if (const Json& tools = member(body, "tools"); !tools.is_null()) conversation.tools = tools;
  think(conversation, member(body, "think"));
  question.conversation = std::move(conversation);
  ask(service, exchange, std::move(question), hearer(exchange, shape));
}

std::vector<Field> generate_fields() {
  std::vector<Field> fields = {
      {.name = "model", .kinds = Kind::text, .about = "which model", .required = true, .shortest = 1, .longest = 512},
      {.name = "prompt", .kinds = Kind::text, .about = "the text to answer; empty: only load the model"},
      {.name = "system", .kinds = Kind::text, .about = "how the model should behave"},
      {.name = "template", .kinds = Kind::text, .about = "a template instead of the model's own", .longest = 1 << 20},
      {.name = "suffix", .kinds = Kind::text, .about = "what follows the answer, for models that fill in"},
      {.name = "raw", .kinds = Kind::boolean, .about = "the prompt as it is, without a template"},
      {.name = "context", .kinds = Kind::array, .about = "the token ids of an earlier answer, to go on from",
       .items = {{.name = "", .kinds = Kind::integer, .about = "", .low = 0, .high = 2147483647}}},
      {.name = "images", .kinds = Kind::array, .about = "pictures in base64, for models that see", .items = {{.name = "", .kinds = Kind::text, .about = ""}}}};
  std::ranges::move(option_fields(), std::back_inserter(fields));
  return fields;
}

std::vector<Field> chat_fields() {
  std::vector<Field> fields = {
      {.name = "model", .kinds = Kind::text, .about = "which model", .required = true, .shortest = 1, .longest = 512},
      {.name = "messages", .kinds = Kind::array, .about = "the conversation so far; empty: only load the model", .longest = 100'000,
       .items = {{.name = "", .kinds = Kind::object, .about = "",
                  .fields = {{.name = "role", .kinds = Kind::text, .about = "system, user, assistant or tool", .required = true, .longest = 64},
                             {.name = "content", .kinds = Kind::text, .about = "what was said"},
                             {.name = "thinking", .kinds = Kind::text, .about = "what the assistant thought before"},
                             {.name = "images", .kinds = Kind::array, .about = "pictures in base64", .items = {{.name = "", .kinds = Kind::text, .about = ""}}},
                             {.name = "tool_calls", .kinds = Kind::array, .about = "what the assistant called", .longest = 1024,
                              .items = {{.name = "", .kinds = Kind::object, .about = ""}}},
                             {.name = "tool_name", .kinds = Kind::text, .about = "whose answer this is", .longest = 256},
                             {.name = "tool_call_id", .kinds = Kind::text, .about = "to which call", .longest = 256}}}}},
      {.name = "tools", .kinds = Kind::array, .about = "what the model may call, in OpenAI's form", .longest = 1024,
       .items = {{.name = "", .kinds = Kind::object, .about = ""}}}};
  std::ranges::move(option_fields(), std::back_inserter(fields));
  return fields;
}

}  // namespace

RouteFamily ollama_generate_routes() {
  return {.name = "generate",
          .about = "Text from a prompt or a conversation, as Ollama's clients ask for it",
          .routes = {{.method = "POST", .path = "/api/generate", .about = "Answer a prompt", .fields = generate_fields(), .run = generate},
                     {.method = "POST", .path = "/api/chat", .about = "Answer a conversation", .fields = chat_fields(), .run = chat_route}}};
}

}  // namespace maru::server

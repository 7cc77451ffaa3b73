// Text and tokens: /tokenize, /detokenize, /apply-template.
#include "maru/server/routes/answer_common.h"
#include "maru/server/service.h"

namespace maru::server {
namespace {

constexpr std::size_t kMostIds = 1'000'000;

// With the model there, on a worker.
void with_model(Service& service, const ExchangePtr& exchange, std::function<Json(const LoadedModel&, const Json& body)> work) {
  service.models().acquire(exchange->request().json["model"].get<std::string>(), {}, [&service, exchange, work = std::move(work)](Lease lease, std::exception_ptr failed) {
    const auto held = std::make_shared<Lease>(std::move(lease));
    on_worker(service, exchange, Dialect::ollama, [exchange, work, held, failed] {
      if (failed) std::rethrow_exception(failed);
      exchange->answer(200, dump(work(**held, exchange->request().json)));
    });
  });
}

void tokenize(Service& service, const ExchangePtr& exchange) {
  with_model(service, exchange, [](const LoadedModel& model, const Json& body) {
    const text::Tokenizer& tokenizer = *model.opened->tokenizer();
    const std::string content = body.value("content", body.value("text", ""));
    const text::Encoding encoding =
        tokenizer.encode(content, {.add_special = body.value("add_special", false), .parse_special = body.value("parse_special", false)});
    Json out = {{"tokens", Json::array()}, {"count", encoding.ids.size()}};
    const bool pieces = body.value("with_pieces", false);
    for (const std::int32_t id : encoding.ids) {
      if (pieces) out["tokens"].push_back({{"id", id}, {"piece", tokenizer.piece(id)}});
      else out["tokens"].push_back(id);
    }
    if (encoding.dropped_bytes > 0) out["dropped_bytes"] = encoding.dropped_bytes;
    return out;
  });
}

void detokenize(Service& service, const ExchangePtr& exchange) {
  with_model(service, exchange, [](const LoadedModel& model, const Json& body) {
    const auto ids = body["tokens"].get<std::vector<std::int32_t>>();
    for (std::size_t i = 0; i < ids.size(); ++i)
      check(ids[i] < model.opened->tokenizer()->vocabulary(), "tokens[{}]: {} is no token: the vocabulary of \"{}\" has {}", i, ids[i], model.name,
            model.opened->tokenizer()->vocabulary());
    return Json{{"content", model.opened->tokenizer()->decode(ids)}};
  });
}

void apply_template(Service& service, const ExchangePtr& exchange) {
  with_model(service, exchange, [](const LoadedModel& model, const Json& body) {
    check(bool(model.format), "\"{}\" has no chat template", model.name);
    chat::Conversation conversation;
    for (const Json& one : body["messages"])
      conversation.messages.push_back({.role = one["role"], .content = one.value("content", ""), .thinking = {}});
    check(!conversation.messages.empty(), "messages: expected at least one");
    conversation.answer_follows = body.value("add_generation_prompt", true);
    if (const Json& tools = member(body, "tools"); !tools.is_null()) conversation.tools = tools;
    if (const Json& more = member(body, "chat_template_kwargs"); !more.is_null()) conversation.more = more;
    const chat::Prompt prompt = (*model.format)(conversation);
    return Json{{"prompt", prompt.text}, {"tokens", prompt.ids}, {"count", prompt.ids.size()}};
  });
}

Field model_field() { return {.name = "model", .kinds = Kind::text, .about = "which model", .required = true, .shortest = 1, .longest = 512}; }

}  // namespace

RouteFamily text_routes() {
  return {.name = "text",
          .about = "Text and tokens",
          .routes = {{.method = "POST", .path = "/tokenize", .about = "The token ids of a text",
                      .fields = {model_field(),
                                 {.name = "content", .kinds = Kind::text, .about = "the text"},
                                 {.name = "text", .kinds = Kind::text, .about = "the same"},
                                 {.name = "add_special", .kinds = Kind::boolean, .about = "with what the model expects around a text (false)"},
                                 {.name = "parse_special", .kinds = Kind::boolean, .about = "spellings of special tokens are those tokens (false)"},
                                 {.name = "with_pieces", .kinds = Kind::boolean, .about = "and how each is written"}},
                      .run = tokenize},
                     {.method = "POST", .path = "/detokenize", .about = "The text of token ids",
                      .fields = {model_field(),
                                 {.name = "tokens", .kinds = Kind::array, .about = "token ids", .required = true, .longest = kMostIds,
                                  .items = {{.name = "", .kinds = Kind::integer, .about = "", .low = 0, .high = 2147483646}}}},
                      .run = detokenize},
                     {.method = "POST", .path = "/apply-template", .about = "A conversation as the model reads it",
                      .fields = {model_field(),
                                 {.name = "messages", .kinds = Kind::array, .about = "the conversation", .required = true, .longest = 100'000,
                                  .items = {{.name = "", .kinds = Kind::object, .about = "",
                                             .fields = {{.name = "role", .kinds = Kind::text, .about = "", .required = true, .longest = 64},
                                                        {.name = "content", .kinds = Kind::text, .about = ""}}}}},
                                 {.name = "tools", .kinds = Kind::array, .about = "what the model may call", .longest = 1024},
                                 {.name = "add_generation_prompt", .kinds = Kind::boolean, .about = "with the beginning of an answer (true)"},
                                 {.name = "chat_template_kwargs", .kinds = Kind::object, .about = "further variables of the template"}},
                      .run = apply_template}}};
}

}  // namespace maru::server

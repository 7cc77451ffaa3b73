// /api/create: a model from a stored one or from uploaded files, with its progress line by line.  Ollama's docs/api.md
// A client's mistake is 400 or 404 here also where Ollama says 500: a blob that is not there, a file that is damaged, a base that nobody
// has.
#include "maru/server/make_model.h"
#include "maru/server/routes/answer_common.h"
#include "maru/server/service.h"

namespace maru::server {
namespace {

// A creation on its way; a line for every change worth telling.
struct Creation {
  ExchangePtr exchange;
  NewModel model;
  std::vector<std::string> warnings;
  bool stream = true;
  Cancel cancel;
  std::string status;
  std::chrono::steady_clock::time_point told{};

  // The answer begins with its first line, so that what goes wrong before it has a status of its own.
  void say(const Json& line) const {
    if (!stream) return;
    if (!exchange->begun()) exchange->begin(200, "application/x-ndjson");
    exchange->send(dump(line) + "\n");
  }
  void progress(const Progress& now) {
    const auto time = std::chrono::steady_clock::now();
    if (now.total == 0 || (now.done != now.total && time - told < std::chrono::milliseconds(100))) return;
    told = time;
    if (now.unit != "bytes") return;
    const std::string what = now.what == "verifying" ? "verifying conversion" : status.empty() ? std::string(now.what) : status;
    say({{"status", what}, {"completed", now.done}, {"total", now.total}});
  }
};

std::vector<GivenFile> files_of(const Json& body, std::string_view field) {
  std::vector<GivenFile> out;
  const Json& given = member(body, field);
  if (given.is_null()) return out;
  for (const auto& [name, digest] : given.items()) {
    check(digest.is_string(), "{}.{}: expected a digest, got {}", field, name, kind_of(digest));
    const std::optional<hub::BlobName> blob = hub::BlobName::parse(digest.get_ref<const std::string&>());
    check(blob.has_value(), "invalid digest format");
    out.push_back({.name = name, .path = {}, .digest = blob});
  }
  return out;
}

std::vector<std::string> licences_of(const Json& body) {
  std::vector<std::string> out;
  const Json& given = member(body, "license");
  if (given.is_string() && !given.get_ref<const std::string&>().empty()) out.push_back(given);
  if (given.is_array())
    for (const Json& one : given) out.push_back(one);
  return out;
}

std::vector<chat::Message> messages_of(const Json& given) {
  std::vector<chat::Message> out;
  for (const Json& one : given) out.push_back({.role = one.value("role", ""), .content = one.value("content", ""), .thinking = {}});
  return out;
}

NewName asked_name(const Json& body) {
  try {
    return new_name(body.value("model", body.value("name", "")), "model");
  } catch (const Error&) {
    fail(ErrorKind::invalid, "invalid model name");
  }
}

NewModel model_of(const Json& body, bool pull_private) {
  // One after the other: gcc 12 destroys the members of an aggregate twice when a later one throws.
  NewModel out;
  out.name = asked_name(body);
  out.from = body.value("from", "");
  out.files = files_of(body, "files");
  out.adapters = files_of(body, "adapters");
  out.quantize = body.value("quantize", body.value("quantization", ""));
  if (body.contains("template")) out.template_source = body["template"].get<std::string>();
  if (body.contains("system")) out.system = body["system"].get<std::string>();
  if (const Json& parameters = member(body, "parameters"); !parameters.is_null()) out.parameters = parameters;
  if (const Json& messages = member(body, "messages"); !messages.is_null()) out.messages = messages_of(messages);
  out.licences = licences_of(body);
  out.pull_private = pull_private;
  return out;
}

void run(Service& service, Creation& creation) {
  for (const std::string& warning : creation.warnings) creation.say({{"status", "warning: " + warning}});
  MakeHearer hearer;
  hearer.cancel = &creation.cancel;
  hearer.progress = [&](const Progress& now) { creation.progress(now); };
  hearer.status = [&](const Phrase& status) {
    creation.status = status.text;
    creation.say({{"status", status.text}});
  };
  make_model(service.store(), creation.model, hearer);
  Json last = {{"status", "success"}};
  if (!creation.stream) {
    if (!creation.warnings.empty()) last["warnings"] = creation.warnings;
    return creation.exchange->answer(200, dump(last));
  }
  creation.say(last);
  creation.exchange->end();
}

void create(Service& service, const ExchangePtr& exchange) {
  const Json& body = exchange->request().json;
  const auto creation = std::make_shared<Creation>();
  if (body.contains("remote_host") || body.contains("draft_files")) {
    const std::string_view field = body.contains("remote_host") ? "remote_host" : "draft_files";
    Refusal refused = refusal(400, fmt::format("{}: models of other servers and drafts are not made here", field), Dialect::ollama,
                              exchange->request().id);
    return exchange->answer(refused.status, std::move(refused.body));
  }
  creation->exchange = exchange;
  creation->model = checked(service.store(), model_of(body, service.options().pull_private), creation->warnings);
  for (const std::string& name : exchange->request().ignored) creation->warnings.push_back(name + " has no effect here and was ignored");
  creation->stream = body.value("stream", true);
  exchange->on_gone([weak = std::weak_ptr(creation)] {
    if (const auto alive = weak.lock()) alive->cancel.raise();
  });
  service.job([&service, creation] {
    try {
      run(service, *creation);
    } catch (const std::exception& error) {
      fail_exchange(creation->exchange, error, Dialect::ollama);
    }
  });
}

Field text(std::string_view name, std::string_view about, std::size_t longest = std::size_t{4} << 20) {
  return {.name = name, .kinds = Kind::text, .about = about, .longest = longest};
}
Field without_effect(std::string_view name, Kinds kinds) {
  return {.name = name, .kinds = kinds, .about = "taken, without effect here", .ignored = true};
}

std::vector<Field> fields() {
  return {
      text("model", "the new model's name", 512),
      text("name", "the same, as older clients say it", 512),
      text("from", "a stored model, or one to be pulled", 512),
      {.name = "files", .kinds = Kind::object, .about = "names and digests of blobs: one GGUF, or safetensors with what lies around them"},
      {.name = "adapters", .kinds = Kind::object, .about = "names and digests of blobs: LoRA of PEFT or GGUF, merged into the weights"},
      text("template", "instead of the base's: Jinja or Go"),
      {.name = "license",
       .kinds = Kind::text | Kind::array,
       .about = "one or several",
       .longest = std::size_t{4} << 20,
       .items = {{.name = "", .kinds = Kind::text, .about = ""}}},
      text("system", "what stands before every conversation"),
      {.name = "parameters", .kinds = Kind::object, .about = "temperature, stop …, over the base's"},
      {.name = "messages",
       .kinds = Kind::array,
       .about = "a conversation's beginning",
       .items = {{.name = "",
                  .kinds = Kind::object,
                  .about = "",
                  .fields = {{.name = "role",
                              .kinds = Kind::text,
                              .about = "who speaks",
                              .required = true,
                              .choices = {"system", "user", "assistant"}},
                             {.name = "content", .kinds = Kind::text, .about = "what is said", .required = true}}}}},
      text("quantize", "F16, Q8_0, Q4_K_M … in any case", 32),
      text("quantization", "the same, as older clients say it", 32),
      {.name = "stream", .kinds = Kind::boolean, .about = "line by line (true) or one object at the end"},
      text("remote_host", "not here: refused", 512),
      {.name = "draft_files", .kinds = Kind::object, .about = "not here: refused"},
      without_effect("draft_quantize", Kind::text),
      without_effect("renderer", Kind::text),
      without_effect("parser", Kind::text),
      without_effect("requires", Kind::text),
      without_effect("info", Kind::object)};
}

}  // namespace

RouteFamily ollama_create_routes() {
  return {.name = "create",
          .about = "New models from stored ones and from files",
          .routes = {{.method = "POST",
                      .path = "/api/create",
                      .about = "Makes a model, in place of what has its name",
                      .scope = Scope::administration,
                      .fields = fields(),
                      .answers = {{404, "No such base"}},
                      .run = create}}};
}

}  // namespace maru::server

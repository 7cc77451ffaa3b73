// What is stored and what is loaded: /api/tags, show, ps, copy, delete.  Ollama's docs/api.md
#include "maru/hub/make.h"
#include "maru/hub/ollama_name.h"
#include "maru/server/described.h"
#include "maru/server/names.h"
#include "maru/server/routes/answer_common.h"
#include "maru/server/service.h"

namespace maru::server {
namespace {

constexpr double kLongestName = 512;

std::vector<Field> model_field(bool required) {
  return {{.name = "model", .kinds = Kind::text, .about = "which model", .required = required, .longest = std::size_t(kLongestName)},
          {.name = "name", .kinds = Kind::text, .about = "the same, as older clients say it", .longest = std::size_t(kLongestName)}};
}

std::string asked_model(const Json& body) {
  const std::string model = body.value("model", body.value("name", ""));
  check(!model.empty(), "model is required");
  return model;
}

// Ollama's words for what is not there, in the routes that manage.
hub::Model stored(Service& service, const std::string& name) {
  try {
    return service.models().find(name);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    fail(ErrorKind::not_found, "model '{}' not found", name);
  }
}

Json entry(Service& service, const hub::Model& model) {
  const std::shared_ptr<const Facts> facts = service.facts().of(model);
  Json out = {{"name", client_name(model)},
              {"model", client_name(model)},
              {"modified_at", model.pulled},
              {"size", model.bytes()},
              {"digest", ModelHost::digest_of(model)},
              {"details", details_json(*facts, service.models().settings_of(model).parent)},
              {"capabilities", facts->capabilities}};
  if (!facts->problem.empty()) out["problem"] = facts->problem;
  return out;
}

void tags(Service& service, const ExchangePtr& exchange) {
  Json models = Json::array();
  std::vector<hub::Model> all = service.store().list();
  std::ranges::stable_sort(all, std::ranges::greater{}, &hub::Model::pulled);
  for (const hub::Model& model : all) models.push_back(entry(service, model));
  exchange->answer(200, dump({{"models", std::move(models)}}));
}

void ps(Service& service, const ExchangePtr& exchange) {
  Json models = Json::array();
  for (const ModelHost::Running& one : service.models().running()) {
    const std::shared_ptr<const Facts> facts = service.facts().of(one.model->stored);
    Json out = {{"name", one.model->name},
                {"model", one.model->name},
                {"size", one.model->plan.total()},
                {"digest", one.model->digest},
                {"details", details_json(*facts, one.model->settings.parent)},
                {"expires_at", one.expires ? rfc3339(*one.expires) : "0001-01-01T00:00:00Z"},
                {"size_vram", 0},
                {"context_length", std::min(service.options().context, facts->context)}};
    out["plan"] = {{"weights", one.model->plan.weights}, {"cache", one.model->plan.cache}, {"cache_per_token", one.model->plan.cache_per_token},
                   {"workspace", one.model->plan.workspace}};
    out["requests"] = one.requests;
    out["waiting"] = one.stats.waiting;
    out["cache_used"] = one.stats.cache_bytes;
    models.push_back(std::move(out));
  }
  exchange->answer(200, dump({{"models", std::move(models)}}));
}

// Long lists, such as a vocabulary, are left out unless everything is asked for: null stands for them, as Ollama has it.
Json metadata_json(const io::Metadata& metadata, bool verbose) {
  constexpr std::size_t kShort = 64;
  Json out = Json::object();
  for (const auto& [key, value] : metadata.all())
    std::visit(
        [&](const auto& one) {
          if constexpr (requires { one.begin()->size(); } || requires { one.push_back({}); }) out[key] = verbose || one.size() <= kShort ? Json(one) : Json();
          else out[key] = one;
        },
        value);
  return out;
}

void show(Service& service, const ExchangePtr& exchange) {
  const Json& body = exchange->request().json;
  const hub::Model model = stored(service, asked_model(body));
  const std::shared_ptr<const Facts> facts = service.facts().of(model);
  check(facts->problem.empty(), "{}", facts->problem);
  Settings settings = service.models().settings_of(model);
  const engine::Pretrained opened(service.store().open_path(model));
  if (body.contains("system")) settings.system = body["system"].get<std::string>();
  const Described told = described(settings, client_name(model), opened.file().path.string(), facts->chat_template);
  Json messages = Json::array();
  for (const chat::Message& one : settings.messages) messages.push_back({{"role", one.role}, {"content", one.content}});
  Json out = {{"license", told.licence.empty() ? model.licence : told.licence},
              {"modelfile", told.modelfile},
              {"parameters", told.parameters},
              {"template", told.template_source},
              {"details", details_json(*facts, settings.parent)},
              {"model_info", metadata_json(opened.file().metadata, body.value("verbose", false))},
              {"capabilities", facts->capabilities},
              {"modified_at", model.pulled},
              {"files", Json::array()}};
  if (!settings.system.empty()) out["system"] = settings.system;
  if (!messages.empty()) out["messages"] = messages;
  for (const hub::StoredFile& file : model.files) out["files"].push_back({{"name", file.name}, {"digest", "sha256:" + file.sha256}, {"size", file.size}});
  Json tensors = Json::array();
  for (const io::StoredTensor& tensor : opened.file().tensors)
    tensors.push_back({{"name", tensor.name}, {"type", tensor.type}, {"shape", std::vector<std::int64_t>(tensor.shape.rbegin(), tensor.shape.rend())}});
  out["tensors"] = std::move(tensors);
  exchange->answer(200, dump(out));
}

void copy(Service& service, const ExchangePtr& exchange) {
  const Json& body = exchange->request().json;
  const std::string source = body.value("source", ""), destination = body.value("destination", "");
  const NewName name = new_name(destination, "destination");
  check(!source.empty(), "source \"\" is invalid");
  hub::Model model;
  try {
    model = service.models().find(source);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) fail(ErrorKind::not_found, "model \"{}\" not found", source);
    fail(ErrorKind::invalid, "source {:?} is invalid", source);
  }
  hub::copy(service.store(), model, place_for(service.store(), name), name.reference);
  exchange->answer(200, "", "");
}

void remove(Service& service, const ExchangePtr& exchange) {
  const hub::Model model = stored(service, asked_model(exchange->request().json));
  service.models().unload(model.name);
  service.store().remove(model.name);
  exchange->answer(200, "", "");
}

}  // namespace

RouteFamily ollama_models_routes() {
  std::vector<Field> shown = model_field(false);
  shown.push_back({.name = "system", .kinds = Kind::text, .about = "shown instead of the model's own"});
  shown.push_back({.name = "verbose", .kinds = Kind::boolean, .about = "long lists too, such as the vocabulary"});
  shown.push_back({.name = "options", .kinds = Kind::object, .about = "taken, without effect here", .ignored = true});
  return {.name = "models",
          .about = "What is stored and what is loaded",
          .routes = {{.method = "GET", .path = "/api/tags", .about = "The stored models", .run = tags},
                     {.method = "GET", .path = "/api/ps", .about = "The loaded models", .run = ps},
                     {.method = "POST", .path = "/api/show", .about = "What a model is", .fields = shown, .answers = {{404, "No such model"}}, .run = show},
                     {.method = "POST", .path = "/api/copy", .about = "A second name for a model", .scope = Scope::administration,
                      .fields = {{.name = "source", .kinds = Kind::text, .about = "which model", .longest = std::size_t(kLongestName)},
                                 {.name = "destination", .kinds = Kind::text, .about = "its other name", .longest = std::size_t(kLongestName)}},
                      .answers = {{404, "No such model"}}, .run = copy},
                     {.method = "DELETE", .path = "/api/delete", .about = "Removes a model", .scope = Scope::administration, .fields = model_field(false),
                      .answers = {{404, "No such model"}}, .run = remove}}};
}

}  // namespace maru::server

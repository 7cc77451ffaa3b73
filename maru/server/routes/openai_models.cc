// /v1/models.  OpenAI's API reference, models
#include "maru/server/names.h"
#include "maru/server/routes/answer_common.h"
#include "maru/server/service.h"

namespace maru::server {
namespace {

// Seconds since 1970 of "2026-11-23T23:31:01Z".
std::int64_t seconds_of(const std::string& iso) {
  std::tm utc{};
  if (::strptime(iso.c_str(), "%Y-%m-%dT%H:%M:%S", &utc) == nullptr) return 0;
  return std::int64_t(::timegm(&utc));
}

Json model_json(Service& service, const hub::Model& model) {
  const std::shared_ptr<const Facts> facts = service.facts().of(model);
  return {{"id", client_name(model)},
          {"object", "model"},
          {"created", seconds_of(model.pulled)},
          {"owned_by", "library"},
          {"meta", {{"family", facts->family}, {"parameters", facts->parameters}, {"quantization", facts->quantization}, {"context_length", facts->context},
                    {"capabilities", facts->capabilities}}}};
}

void list(Service& service, const ExchangePtr& exchange) {
  Json data = Json::array();
  for (const hub::Model& model : service.store().list()) data.push_back(model_json(service, model));
  exchange->answer(200, dump({{"object", "list"}, {"data", std::move(data)}}));
}

void one(Service& service, const ExchangePtr& exchange) {
  exchange->answer(200, dump(model_json(service, service.models().find(exchange->request().captures.at(0)))));
}

}  // namespace

RouteFamily openai_models_routes() {
  return {.name = "models of /v1",
          .about = "What is stored, as OpenAI's clients ask for it",
          .routes = {{.method = "GET", .path = "/v1/models", .about = "The stored models", .dialect = Dialect::openai, .run = list},
                     {.method = "GET", .path = "/v1/models/{}", .about = "One of them", .dialect = Dialect::openai, .answers = {{404, "No such model"}}, .run = one}}};
}

}  // namespace maru::server

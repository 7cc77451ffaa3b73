// /health says that the server answers, /ready that it takes work.
#include "maru/server/service.h"

namespace maru::server {
namespace {

void health(Service&, const ExchangePtr& exchange) { exchange->answer(200, R"({"status":"ok"})"); }

void ready(Service& service, const ExchangePtr& exchange) {
  if (service.draining()) exchange->answer(503, R"({"status":"stopping"})", "application/json; charset=utf-8", {{"Retry-After", "1"}});
  else exchange->answer(200, R"({"status":"ready"})");
}

}  // namespace

RouteFamily health_routes() {
  const std::vector<std::pair<int, std::string_view>> stopping = {{200, "It takes work"}, {503, "It is being stopped"}};
  return {.name = "health",
          .about = "Whether the server answers",
          .routes = {
              {.method = "GET",
               .path = "/health",
               .about = "That the server answers",
               .scope = Scope::open,
               .immediate = true,
               .run = health},
              {.method = "GET",
               .path = "/v1/health",
               .about = "The same",
               .scope = Scope::open,
               .dialect = Dialect::openai,
               .immediate = true,
               .run = health},
              {.method = "GET",
               .path = "/ready",
               .about = "That it takes work",
               .scope = Scope::open,
               .immediate = true,
               .answers = stopping,
               .run = ready}}};
}

}  // namespace maru::server

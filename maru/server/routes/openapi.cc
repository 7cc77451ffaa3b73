// /openapi.json: the routes, for programs that read them.
#include "maru/server/openapi.h"

namespace maru::server {
namespace {

void document(Service&, const ExchangePtr& exchange) {
  static const std::string text = dump(openapi(route_families()));
  exchange->answer(200, text);
}

}  // namespace

RouteFamily openapi_routes() {
  return {.name = "openapi",
          .about = "This document",
          .routes = {{.method = "GET", .path = "/openapi.json", .about = "The routes as OpenAPI 3.1", .scope = Scope::open,
              .run = document}}};
}

}  // namespace maru::server

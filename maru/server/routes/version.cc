// /api/version and what tells that a server is here at all.
#include "maru/server/server.h"

namespace maru::server {
namespace {

void greet(Service&, const ExchangePtr& exchange) { exchange->answer(200, "Ollama is running", "text/plain; charset=utf-8"); }

void version(Service&, const ExchangePtr& exchange) { exchange->answer(200, dump({{"version", MARU_VERSION}, {"server", "maru"}})); }

}  // namespace

RouteFamily version_routes() {
  return {.name = "version",
          .about = "Which server this is",
          .routes = {{.method = "GET", .path = "/", .about = "That a server is here", .scope = Scope::open, .immediate = true, .run = greet},
                     {.method = "GET", .path = "/api/version", .about = "The version", .scope = Scope::open, .immediate = true, .run = version}}};
}

}  // namespace maru::server

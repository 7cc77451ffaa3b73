#pragma once
// The routes as an OpenAPI 3.1 document, from the same tables that bodies are checked against.
#include <span>

#include "maru/server/server.h"

namespace maru::server {

Json openapi(std::span<const RouteFamily> families);

}  // namespace maru::server

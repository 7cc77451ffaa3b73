// OpenAPI 3.1.0 (spec.openapis.org). Answers of routes are named by status alone: their shape is the dialect's.
#include "maru/server/openapi.h"

#include <algorithm>
#include <cctype>

namespace maru::server {
namespace {

// A place is named after the segment before it: "/v1/models/{}" has a {model}.
std::string path_with_names(std::string_view pattern, std::vector<std::string>& names) {
  std::string out, before;
  for (std::size_t at = 1; at <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('/', at), pattern.size());
    std::string segment(pattern.substr(at, end - at));
    if (segment == "{}") {
      std::string name = before.empty() ? "place" : before;
      if (name.ends_with('s')) name.pop_back();
      for (const std::string& other : names) {
        if (other == name) name += std::to_string(names.size() + 1);
      }
      names.push_back(name);
      segment = "{" + name + "}";
    } else {
      before = segment;
    }
    out += "/" + segment;
    at = end + 1;
  }
  return out;
}

std::string operation_id(const Route& route) {
  std::string out;
  for (const char c : fmt::format("{}{}", route.method, route.path)) {
    const auto code = static_cast<unsigned char>(c);
    if (std::isalnum(code)) out += char(std::tolower(code));
    else if (!out.empty() && out.back() != '_') out += '_';
  }
  while (out.ends_with('_')) out.pop_back();
  return out;
}

Json error_answer(std::string_view about, Dialect dialect) {
  const char* schema = dialect == Dialect::openai ? "#/components/schemas/OpenAiError" : "#/components/schemas/Error";
  return {{"description", about}, {"content", {{"application/json", {{"schema", {{"$ref", schema}}}}}}}};
}

Json answers_of(const Route& route) {
  Json out = Json::object();
  for (const auto& [status, about] : route.answers) out[std::to_string(status)] = {{"description", about}};
  const bool succeeds = std::ranges::any_of(route.answers, [](const auto& one) { return one.first / 100 == 2; });
  if (!succeeds) out["200"] = {{"description", "The answer"}};
  const auto add = [&](int status, std::string_view about) {
    if (!out.contains(std::to_string(status))) out[std::to_string(status)] = error_answer(about, route.dialect);
  };
  add(400, "The request is malformed, or a member of its body is wrong: the message names it");
  add(403, "The Host, the Origin or the key's scope is not allowed");
  if (route.scope != Scope::open) add(401, "No valid API key");
  if (!route.fields.empty() || route.path.contains("{}")) add(404, "What is named is not there");
  if (!route.fields.empty() || route.body_to_file) {
    add(408, "The body came too slowly");
    add(413, "The body is too long");
    add(415, "The body's Content-Encoding is not known");
  }
  add(429, "Too many requests: Retry-After says how long to wait");
  add(500, "An error of the server, with the request's id");
  add(503, "Too much waits already, or the server is being stopped: Retry-After says how long to wait");
  if (route.body_to_file) add(507, "The disk is full");
  return out;
}

Json operation(const RouteFamily& family, const Route& route, const std::vector<std::string>& names) {
  Json out = {{"operationId", operation_id(route)}, {"summary", route.about}, {"tags", Json::array({family.name})}};
  Json parameters = Json::array();
  for (const std::string& name : names) {
    parameters.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}, {"minLength", 1}}}});
  }
  if (!parameters.empty()) out["parameters"] = std::move(parameters);
  if (route.body_to_file) {
    out["requestBody"] = {{"required", true}, {"content", {{"application/octet-stream", Json::object()}}}};
  } else if (!route.fields.empty()) {
    out["requestBody"] = {{"required", true}, {"content", {{"application/json", {{"schema", schema_of(route.fields)}}}}}};
  }
  out["responses"] = answers_of(route);
  out["security"] = Json::array();
  if (route.scope != Scope::open) {
    // The last, empty one: a server of this machine alone may ask for no key.
    for (const char* one : {"bearer", "x_api_key", "api_key"}) out["security"].push_back({{one, Json::array()}});
    out["security"].push_back(Json::object());
    out["x-scope"] = scope_name(route.scope);
  }
  return out;
}

Json header_key(const char* name) { return {{"type", "apiKey"}, {"in", "header"}, {"name", name}}; }

}  // namespace

Json openapi(std::span<const RouteFamily> families) {
  Json paths = Json::object(), tags = Json::array();
  for (const RouteFamily& family : families) {
    tags.push_back({{"name", family.name}, {"description", family.about}});
    for (const Route& route : family.routes) {
      std::vector<std::string> names;
      const std::string path = path_with_names(route.path, names);
      std::string method(route.method);
      for (char& c : method) c = char(std::tolower(static_cast<unsigned char>(c)));
      paths[path][method] = operation(family, route, names);
    }
  }
  const Json text = {{"type", "string"}};
  const Json error = {{"type", "object"}, {"required", Json::array({"error"})}, {"properties", {{"error", text}, {"request_id", text}}}};
  const Json nullable = {{"type", Json::array({"string", "null"})}};
  const Json openai_error = {
      {"type", "object"},
      {"required", Json::array({"error"})},
      {"properties",
       {{"error",
         {{"type", "object"},
          {"required", Json::array({"message", "type"})},
          {"properties", {{"message", text}, {"type", text}, {"param", nullable}, {"code", nullable}, {"request_id", text}}}}}}}};
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "maru"}, {"version", MARU_VERSION}, {"description", "Open models over HTTP, in Ollama's and OpenAI's words"}}},
          {"tags", std::move(tags)},
          {"paths", std::move(paths)},
          {"components",
           {{"schemas", {{"Error", error}, {"OpenAiError", openai_error}}},
            {"securitySchemes",
             {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}},
              {"x_api_key", header_key("X-Api-Key")},
              {"api_key", header_key("Api-Key")}}}}}};
}

}  // namespace maru::server

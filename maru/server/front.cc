// The checks go in the order in which least is told: whether a path exists is public (/openapi.json), whether a model does is not.
#include "maru/server/front.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cctype>

namespace maru::server {
namespace {

constexpr std::string_view kJson = "application/json; charset=utf-8";

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// A page asks with any header it names: the origin was checked.
Reply preflight(const Request& request, const std::vector<std::string>& allowed) {
  Reply made{.status = 204, .type = {}, .body = {}, .headers = {{"Allow", joined(allowed)}}};
  if (!request.header("Origin")) return made;
  made.headers.push_back({"Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"});
  // A list, not a star: a star does not cover Authorization.
  made.headers.push_back({"Access-Control-Allow-Headers",
                          "Authorization, Content-Type, Accept, User-Agent, X-Requested-With, X-Request-Id, X-Api-Key, Api-Key, "
                          "OpenAI-Beta, X-Stainless-Arch, X-Stainless-Async, X-Stainless-Custom-Poll-Interval, "
                          "X-Stainless-Helper-Method, X-Stainless-Lang, X-Stainless-OS, X-Stainless-Package-Version, "
                          "X-Stainless-Poll-Helper, X-Stainless-Retry-Count, X-Stainless-Runtime, X-Stainless-Runtime-Version, "
                          "X-Stainless-Timeout"});
  made.headers.push_back({"Access-Control-Max-Age", "43200"});
  made.headers.push_back({"Vary", "Access-Control-Request-Method, Access-Control-Request-Headers"});
  return made;
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const Header& one : headers) {
    if (same(one.name, name)) return one.value;
  }
  return {};
}

std::optional<std::string_view> Request::asked(std::string_view name) const {
  for (const Header& one : query) {
    if (one.name == name) return one.value;
  }
  return {};
}

std::string request_id(const Head& head) {
  for (const Header& one : head.headers) {
    if (!same(one.name, "X-Request-Id")) continue;
    const bool plain = std::ranges::all_of(one.value, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; });
    if (plain && !one.value.empty() && one.value.size() <= 64) return one.value;
  }
  unsigned char raw[12];
  if (RAND_bytes(raw, sizeof raw) != 1) fail(ErrorKind::internal, "the system gives no random bytes");
  std::string id;
  for (const unsigned char byte : raw) id += fmt::format("{:02x}", byte);
  return id;
}

Front::Front(std::span<const RouteFamily> families, const Options& options, const Keys& keys, Metrics& metrics, Bound bound)
    : router_(families), guard_(options, keys, metrics, bound.loopback, bound.secure) {}

Reply Front::reply(const Refused& refused, Dialect dialect, std::string_view id) {
  Refusal made = refusal(refused.status, refused.message, dialect, id);
  Reply out{made.status, std::string(kJson), std::move(made.body), std::move(made.headers)};
  for (const Header& one : refused.headers) out.headers.push_back(one);
  return out;
}

// What Ollama's clients are told in plain words.
Reply Front::missing(const Found& found, const Request& request) const {
  const bool path_known = !found.allowed.empty();
  const int status = path_known ? 405 : 404;
  const std::string said = path_known ? "405 method not allowed" : "404 page not found";
  Reply made = dialect_of(request.path) == Dialect::openai
                   ? reply({.status = status, .message = said}, Dialect::openai, request.id)
                   : Reply{.status = status, .type = "text/plain; charset=utf-8", .body = said, .headers = {}};
  if (path_known) made.headers.push_back({"Allow", joined(found.allowed)});
  return made;
}

Admission Front::admit(const Head& head, const std::string& peer, std::string id) const {
  Admission made;
  Request& request = made.request;
  request.id = std::move(id);
  request.method = head.method;
  request.headers = head.headers;
  request.peer = peer;
  made.always.push_back({"X-Request-Id", request.id});
  try {
    Target target = parse_target(head.target);
    request.path = std::move(target.path);
    request.query = std::move(target.query);
    // RFC 9112 3.2.2: the absolute form names the host, whatever Host says.
    if (!target.authority.empty()) guard_.check_host(target.authority);
    else if (const auto host = request.header("Host")) guard_.check_host(*host);
    if (const std::string origin = guard_.check_origin(request); !origin.empty()) {
      made.always.push_back({"Access-Control-Allow-Origin", origin});
      made.always.push_back({"Access-Control-Expose-Headers", "X-Request-Id, X-Maru-Ignored, Retry-After"});
      made.always.push_back({"Vary", "Origin"});
    }
    Found found = router_.find(head.method, target.segments);
    if (head.method == "OPTIONS" && (!found.allowed.empty() || request.path == "*")) {
      made.reply = preflight(request, found.allowed);
      return made;
    }
    if (!found.route) {
      made.reply = missing(found, request);
      return made;
    }
    made.pattern = found.route->path;
    request.captures = std::move(found.captures);
    guard_.check_type(request, *found.route, head.has_body());
    request.caller = guard_.check_caller(request, found.route->scope);
    made.route = found.route;
  } catch (const Refused& refused) {
    made.reply = reply(refused, made.route ? made.route->dialect : dialect_of(request.path), request.id);
  }
  return made;
}

}  // namespace maru::server

// Errors as answers: which status an error of the library is, and how each dialect writes it. One table for every route.
#include <cerrno>
#include <cstring>

#include "maru/server/head.h"
#include "maru/server/server.h"

namespace maru::server {
namespace {

// What OpenAI's clients look at to choose the exception they raise.
std::string_view openai_type(int status) {
  switch (status) {
    case 401: return "authentication_error";
    case 403: return "permission_error";
    case 404: return "not_found_error";
    case 429: return "rate_limit_error";
    default: return status < 500 ? "invalid_request_error" : "api_error";
  }
}

bool no_space(std::string_view message) {
  for (const int code : {ENOSPC, EDQUOT}) {
    if (message.contains(system_reason(code).text)) return true;
  }
  return false;
}

int status_of(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::invalid:
    case ErrorKind::limit:
    case ErrorKind::usage: return 400;
    case ErrorKind::not_found: return 404;
    case ErrorKind::cancelled: return 499;       // of the log; nobody is left to read it
    case ErrorKind::busy: return 503;
    case ErrorKind::io: return no_space(error.what()) ? 507 : 500;
    case ErrorKind::internal: return 500;
  }
  return 500;
}

}  // namespace

Refusal refusal(int status, std::string_view message, Dialect dialect, std::string_view request_id) {
  Json body;
  if (dialect == Dialect::openai) {
    body = {{"error", {{"message", message}, {"type", openai_type(status)}, {"param", nullptr}, {"code", nullptr}}}};
    if (status >= 500) body["error"]["request_id"] = request_id;
  } else {
    body = {{"error", message}};
    if (status >= 500) body["request_id"] = request_id;
  }
  Refusal made{.status = status, .body = dump(body), .headers = {}};
  if (status == 401) made.headers.push_back({"WWW-Authenticate", "Bearer"});
  if (status == 503) made.headers.push_back({"Retry-After", "1"});
  return made;
}

Refusal refusal(const std::exception& error, Dialect dialect, std::string_view request_id) {
  if (const auto* known = dynamic_cast<const Error*>(&error)) {
    // What the system refused may name paths of this machine: the log has it, with the id.
    const int status = status_of(*known);
    if (status == 500) return refusal(500, phrase("an error of the server; its log says more under this id").text, dialect, request_id);
    if (status == 507) return refusal(507, phrase("the server's disk is full").text, dialect, request_id);
    return refusal(status, known->what(), dialect, request_id);
  }
  if (dynamic_cast<const std::bad_alloc*>(&error)) {
    return refusal(503, phrase("the server has no memory left for this request").text, dialect, request_id);
  }
  return refusal(500, phrase("an error of the server; its log says more under this id").text, dialect, request_id);
}

}  // namespace maru::server

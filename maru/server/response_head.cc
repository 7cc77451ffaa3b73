// Values come from routes and may hold a client's words: nothing in them can end a line.
#include "maru/server/response_head.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

namespace maru::server {
namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Answer";
  }
}

std::string one_line(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code >= 0x7f) out += fmt::format("%{:02X}", code);
    else out += c;
  }
  return out;
}

// The second's date is written once.
std::string_view date() {
  thread_local std::time_t second = -1;
  thread_local std::string text;
  if (const std::time_t now = std::time(nullptr); now != second) {
    second = now;
    text = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(now));
  }
  return text;
}

}  // namespace

std::string response_head(const Reply& reply, const std::vector<Header>& always, Framing framing) {
  std::string out = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", reply.status, reason(reply.status), date());
  const auto add = [&](std::string_view name, std::string_view value) { out += fmt::format("{}: {}\r\n", name, one_line(value)); };
  if (!reply.type.empty()) add("Content-Type", reply.type);
  for (const Header& one : reply.headers) add(one.name, one.value);
  for (const Header& one : always) add(one.name, one.value);
  const bool bodiless = reply.status == 204 || reply.status == 304;
  if (framing.chunked) add("Transfer-Encoding", "chunked");
  else if (!framing.stream && !bodiless) add("Content-Length", std::to_string(reply.body.size()));
  if (framing.close) add("Connection", "close");
  else if (framing.old) add("Connection", "keep-alive");
  return out += "\r\n";
}

std::string ignored_list(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (out.size() + names[i].size() > 1000) return out + fmt::format("{}and {} more", out.empty() ? "" : ", ", names.size() - i);
    out += (out.empty() ? "" : ", ") + names[i];
  }
  return out;
}

}  // namespace maru::server

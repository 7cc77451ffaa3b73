// Talks to the server over its own REST API, as any other client does.
#include "cli/server_client.h"

#include <cstdlib>

#include "maru/base/error.h"

namespace maru::cli {
namespace {

constexpr std::string_view kPort = "11434";

net::Settings settings(std::chrono::milliseconds connect) {
  net::Settings out = net::Settings::from_environment();
  out.offline = false;                                  // this machine's own server is no network
  out.connect_time = connect;
  out.stall_time = std::chrono::minutes(30);            // a long prompt on a slow machine says nothing for a while
  return out;
}

}  // namespace

std::string server_url() {
  const char* given = std::getenv("OLLAMA_HOST");
  std::string text = given ? given : "";
  while (text.ends_with('/') || text.ends_with(' ')) text.pop_back();
  std::string scheme = "http://";
  for (const std::string_view known : {"http://", "https://"})
    if (text.starts_with(known)) {
      scheme = known;
      text.erase(0, known.size());
    }
  if (text.empty()) text = "127.0.0.1";
  if (text.starts_with(':')) text = "127.0.0.1" + text;
  const bool six = text.starts_with('[');
  if (six ? text.ends_with(']') : text.find(':') == std::string::npos) text += ":" + std::string(scheme == "https://" && given ? "443" : kPort);
  for (const std::string_view everywhere : {"0.0.0.0:", "[::]:"})
    if (text.starts_with(everywhere)) text = "127.0.0.1:" + text.substr(everywhere.size());
  const std::size_t colon = text.rfind(':');
  const std::string port = text.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos || std::stoi(port) > 65535)
    fail(ErrorKind::usage, "OLLAMA_HOST: {:?} is no address; expected host, host:port or http://host:port", std::string(given ? given : ""));
  return scheme + text;
}

ServerClient::ServerClient(const Cancel& cancel, std::string url) : cancel_(cancel), url_(std::move(url)), client_(settings(std::chrono::milliseconds(2000))) {}

bool ServerClient::up() {
  try {
    net::Client quick(settings(std::chrono::milliseconds(250)));
    const net::Response response = quick.send({.url = url_ + "/api/version"}, &cancel_);
    return response.ok() && parse_json(response.body, url_).value("server", "") == "maru";
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    return false;
  }
}

net::Request ServerClient::request(std::string_view method, std::string_view path, const Json& body) const {
  net::Request out{.url = url_ + std::string(path), .method = std::string(method)};
  if (!body.is_null()) {
    out.headers.push_back({"Content-Type", "application/json"});
    out.body = dump(body);
  }
  if (const char* key = std::getenv("MARU_API_KEY"); key && *key) out.authorization = std::string("Bearer ") + key;
  return out;
}

void ServerClient::refuse(int status, std::string_view body) const {
  std::string said;
  try {
    const Json json = parse_json(body, url_);
    if (json.is_object() && json.contains("error")) said = json["error"].is_string() ? json["error"].get<std::string>() : dump(json["error"]);
  } catch (const Error&) {  // no JSON: the status alone speaks
  }
  if (said.empty()) said = fmt::format("status {}", status);
  const ErrorKind kind = status == 404 ? ErrorKind::not_found : status == 503 ? ErrorKind::busy : status < 500 ? ErrorKind::invalid : ErrorKind::io;
  if (status == 401) fail(kind, "{}: {}; put a key into MARU_API_KEY (on the server: maru key create)", url_, said);
  throw Error(kind, std::move(said));
}

Json ServerClient::ask(std::string_view method, std::string_view path, const Json& body) {
  net::Response response;
  try {
    response = client_.send(request(method, path, body), &cancel_);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::io) throw;
    throw Error(ErrorKind::io, phrase("no server answers at {}: {}; start one with: maru serve", url_, error.said()));
  }
  if (!response.ok()) refuse(response.status, response.body);
  return response.body.empty() ? Json() : parse_json(response.body, url_);
}

void ServerClient::lines(std::string_view path, const Json& body, const std::function<void(const Json&)>& line) {
  std::string held, failed;
  int status = 0;
  const auto take = [&](std::span<const std::byte> bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (status >= 300) {
      failed += text;
      return;
    }
    held += text;
    for (std::size_t end; (end = held.find('\n')) != std::string::npos; held.erase(0, end + 1)) {
      if (end == 0) continue;
      const Json json = parse_json(std::string_view(held).substr(0, end), url_);
      if (json.is_object() && json.contains("error")) refuse(500, std::string_view(held).substr(0, end));
      line(json);
    }
  };
  (void)client_.stream(request("POST", path, body), [&](const net::Answer& answer) { return status = answer.status, true; }, take, &cancel_);
  if (status >= 300) refuse(status, failed);
}

}  // namespace maru::cli

// A browser on this machine reaches this server too, with whatever page it shows; Host and Origin tell what it came from.
#include "maru/server/guard.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "maru/server/rates.h"

namespace maru::server {
namespace {

[[noreturn]] void refuse(int status, std::string message, std::vector<Header> headers = {}) {
  throw Refused{.status = status, .message = std::move(message), .headers = std::move(headers)};
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return out;
}

bool digits(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

// The name of "name", "name:port", "[address]:port"; nothing for what is none of these.
std::optional<std::string> name_of(std::string_view authority) {
  std::string_view name = authority, port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == authority.npos) return {};
    name = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else if (const std::size_t colon = authority.find(':'); colon != authority.npos) {
    name = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  if (!port.empty() && (port.front() != ':' || port.size() > 6 || !digits(port.substr(1)))) return {};
  const auto fits = [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '-' || c == '_' || c == ':'; };
  const bool plain = std::ranges::all_of(name, fits);
  if (name.empty() || !plain) return {};
  std::string made = lower(name);
  if (made.ends_with('.') && made.size() > 1) made.pop_back();
  return made;
}

bool is_address(const std::string& name) {
  std::array<unsigned char, 16> raw;
  return inet_pton(AF_INET, name.c_str(), raw.data()) == 1 || inet_pton(AF_INET6, name.c_str(), raw.data()) == 1;
}

std::string machine_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? lower(name.data()) : std::string();
}

// A rebound name is one that an attacker's name server answers for: an address cannot be rebound, and these names are asked of no server
// outside.
bool own_name(const std::string& name) {
  if (name == "localhost" || is_address(name)) return true;
  for (const std::string_view end : {".localhost", ".local", ".internal"}) {
    if (name.ends_with(end)) return true;
  }
  static const std::string machine = machine_name();
  return !machine.empty() && name == machine;
}

// Pages of this machine, and programs that are browsers inside.
constexpr std::string_view kOrigins[] = {
    "http://localhost", "https://localhost", "http://localhost:*", "https://localhost:*", "http://127.0.0.1", "https://127.0.0.1",
    "http://127.0.0.1:*", "https://127.0.0.1:*", "http://0.0.0.0", "https://0.0.0.0", "http://0.0.0.0:*", "https://0.0.0.0:*",
    "http://[::1]", "https://[::1]", "http://[::1]:*", "https://[::1]:*", "app://*", "file://*", "tauri://*",
    "vscode-webview://*", "vscode-file://*"};

bool own_origin(std::string_view origin) {
  for (const std::string_view pattern : kOrigins) {
    if (!matches(pattern, origin)) continue;
    // The star of "localhost:*" is a port, not "1@evil.example".
    const std::size_t colon = origin.rfind(':');
    if (!pattern.ends_with(":*") || digits(origin.substr(colon + 1))) return true;
  }
  return false;
}

std::string_view secret_of(const Request& request) {
  if (const auto given = request.header("Authorization")) {
    if (given->size() > 7 && lower(given->substr(0, 7)) == "bearer ") return given->substr(given->find_first_not_of(' ', 6));
    return *given;                               // of another kind: as wrong as any other
  }
  for (const std::string_view name : {"x-api-key", "api-key"}) {
    if (const auto given = request.header(name)) return *given;
  }
  return {};
}

// Of IPv6 the network: who has one address there has 2^64.
std::string network_of(const std::string& peer) {
  in6_addr address;
  if (inet_pton(AF_INET6, peer.c_str(), &address) != 1 || IN6_IS_ADDR_V4MAPPED(&address)) return peer;
  return std::string(reinterpret_cast<const char*>(&address), 8);
}

Header later(std::chrono::seconds wait) { return {"Retry-After", std::to_string(wait.count())}; }

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  // The last star takes one character more each time what follows it does not fit.
  std::size_t at = 0, place = 0, star = pattern.npos, taken = 0;
  while (at < text.size()) {
    if (place < pattern.size() && pattern[place] == '*') {
      star = place++;
      taken = at;
    } else if (place < pattern.size() && pattern[place] == text[at]) {
      ++place, ++at;
    } else if (star != pattern.npos) {
      place = star + 1;
      at = ++taken;
    } else {
      return false;
    }
  }
  while (place < pattern.size() && pattern[place] == '*') ++place;
  return place == pattern.size();
}

struct Guard::Parts {
  const Options& options;
  const Keys& keys;
  Metrics& metrics;
  bool loopback, secure;
  Rates wrong, requests;
};

Guard::Guard(const Options& options, const Keys& keys, Metrics& metrics, bool loopback, bool secure)
    : parts_(new Parts{options, keys, metrics, loopback, secure, Rates{}, Rates{}}) {}
Guard::~Guard() = default;

void Guard::check_host(std::string_view host) const {
  const std::optional<std::string> name = name_of(host);
  if (!name) refuse(400, "the header Host is no name or address");
  if (parts_->loopback && !own_name(*name)) refuse(403, "the header Host names another machine; ask for localhost or an address");
}

std::string Guard::check_origin(const Request& request) const {
  std::optional<std::string_view> origin;
  for (const Header& one : request.headers) {
    if (lower(one.name) != "origin") continue;
    if (origin) refuse(400, "the header Origin stands twice");
    origin = one.value;
  }
  if (!origin) return {};
  const std::string plain = lower(*origin);
  if (plain != "null") {                         // what a sandboxed page or a file:// of any page says
    if (own_origin(plain)) return std::string(*origin);
    const auto host = request.header("Host");
    if (!parts_->loopback && host && plain == (parts_->secure ? "https://" : "http://") + lower(*host)) return std::string(*origin);
    for (const std::string& allowed : parts_->options.origins) {
      if (matches(lower(allowed), plain)) return std::string(*origin);
    }
  }
  refuse(403, "pages of this origin may not ask here; allow it with --origins or OLLAMA_ORIGINS");
}

void Guard::check_type(const Request& request, const Route& route, bool has_body) const {
  if (!has_body || !request.header("Origin")) return;
  const std::string given = lower(request.header("Content-Type").value_or(""));
  const std::string_view type = std::string_view(given).substr(0, given.find(';'));
  const std::string_view expected = route.body_to_file ? "application/octet-stream" : "application/json";
  if (type == expected || (type.starts_with(expected) && type.substr(expected.size()).find_first_not_of(" \t") == type.npos)) return;
  refuse(403, fmt::format("a page's request must have the Content-Type {}", expected));
}

Caller Guard::check_caller(const Request& request, Scope needed) const {
  if (needed == Scope::open) return {};
  const Limits& limits = parts_->options.limits;
  const std::string_view secret = secret_of(request);
  const std::optional<Key> key = secret.empty() ? std::nullopt : parts_->keys.find(secret);
  const std::string network = network_of(request.peer);
  const bool asked = !parts_->options.insecure_no_auth && (!parts_->loopback || !parts_->keys.empty());
  if (!key && asked) {
    if (const auto wait = parts_->wrong.count(network, limits.wrong_keys_per_minute)) {
      parts_->metrics.dropped("wrong keys");
      refuse(429, "too many requests without a valid key; wait", {later(*wait)});
    }
    refuse(401, "an API key is needed: send it as Authorization: Bearer; make one with maru key create");
  }
  const int rate = key && key->requests_per_minute > 0 ? key->requests_per_minute : limits.requests_per_minute;
  if (const auto wait = parts_->requests.count(key ? "key " + key->id : network, rate)) {
    parts_->metrics.dropped("rate limit");
    refuse(429, fmt::format("more than {} requests a minute; wait", rate), {later(*wait)});
  }
  if (!key) return {.key_id = {}, .scope = Scope::administration};
  if (key->scope < needed) {
    refuse(403, fmt::format("this needs a key of scope {}; the key {} has scope {}", scope_name(needed), key->id, scope_name(key->scope)));
  }
  return {.key_id = key->id, .scope = key->scope};
}

}  // namespace maru::server

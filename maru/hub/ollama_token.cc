// Reads the challenge, checks whose it is, and fetches the token.
#include "maru/hub/ollama_token.h"

#include <algorithm>
#include <chrono>
#include <random>

#include "maru/base/error.h"
#include "maru/base/json.h"
#include "maru/hub/ollama_key.h"

namespace maru::hub {
namespace {

constexpr std::size_t kMaxToken = 16'384;

bool is_printable(std::string_view text) { return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; }); }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return out;
}

// Scheme, host and port as one text: the usual port is left out. What stands before an @ stays, and so never equals a registry.
std::string origin(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  std::string out = lower(url.substr(0, url.find_first_of("/?#", scheme + 3)));
  const std::string_view port = out.starts_with("https") ? ":443" : ":80";
  if (out.ends_with(port)) out.resize(out.size() - port.size());
  return out;
}

// The value of one parameter: name="value" or name=value. Quoted values may hold commas.
std::string parameter(std::string_view text, std::string_view wanted) {
  while (!text.empty()) {
    const std::size_t begin = text.find_first_not_of(" \t,");
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) break;
    const std::string name = lower(text.substr(0, equals));
    text.remove_prefix(equals + 1);
    std::string value;
    if (text.starts_with('"')) {
      std::size_t at = 1;
      for (; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value += text[at];
      }
      text.remove_prefix(std::min(at + 1, text.size()));
    } else {
      value = text.substr(0, text.find(','));
      text.remove_prefix(value.size());
    }
    if (name == wanted) return value;
  }
  return {};
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string new_nonce() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  std::random_device random;
  std::string nonce;
  for (int i = 0; i < 22; ++i) nonce += kLetters[random() % kLetters.size()];
  return nonce;
}

}  // namespace

Challenge parse_challenge(std::string_view header, std::string_view registry) {
  check(lower(header.substr(0, 7)) == "bearer ", "{}: asks for a kind of sign-in that is not known: {:?}; expected Bearer", registry,
        header.substr(0, 100));
  const std::string_view parameters = header.substr(7);
  Challenge challenge{.realm = parameter(parameters, "realm"), .service = parameter(parameters, "service"),
                      .scope = parameter(parameters, "scope")};
  check(!challenge.realm.empty() && is_printable(challenge.realm), "{}: asks for a sign-in without saying where: {:?}", registry,
        header.substr(0, 200));
  check(origin(challenge.realm) == origin(registry), "{}: sends the sign-in to another host: {:?}; refused, nothing was sent there", registry,
        challenge.realm.substr(0, 200));
  return challenge;
}

std::string token_url(const Challenge& challenge, std::string_view nonce, long long seconds) {
  std::string url = challenge.realm.substr(0, challenge.realm.find('#'));
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += fmt::format("service={}", encoded(challenge.service));
  std::string_view scopes = challenge.scope;
  while (!scopes.empty()) {
    const std::string_view one = scopes.substr(0, scopes.find(' '));
    if (!one.empty()) url += fmt::format("&scope={}", encoded(one));
    scopes.remove_prefix(std::min(one.size() + 1, scopes.size()));
  }
  return url + fmt::format("&ts={}&nonce={}", seconds, encoded(nonce));
}

std::string fetch_token(const Challenge& challenge, std::string_view registry, net::Client& client, const Cancel* cancel) {
  using namespace std::chrono;
  net::Request request;
  request.url = token_url(challenge, new_nonce(), duration_cast<seconds>(system_clock::now().time_since_epoch()).count());
  const std::optional<OllamaKey> key = find_ollama_key();
  if (key) request.authorization = sign_for_ollama(*key, request.url);
  const net::Response response = net::send_patiently(client, request, cancel);
  if (!response.ok())
    fail(ErrorKind::io, "{}: refuses a token (status {}){}", registry, response.status,
         key ? phrase("; the key ~/.ollama/id_ed25519 may have to be added to your account there")
             : phrase("; asked without a key, since ~/.ollama/id_ed25519 is not there: `ollama` makes one, add it to your account there"));
  const Json answer = parse_json(response.body, registry, 8);
  for (const char* field : {"token", "access_token"}) {
    const auto found = answer.is_object() ? answer.find(field) : answer.end();
    if (found == answer.end() || !found->is_string()) continue;
    const std::string token = found->get<std::string>();
    check(!token.empty() && token.size() <= kMaxToken && is_printable(token), "{}: gave a token that cannot be sent in a header", registry);
    return "Bearer " + token;
  }
  fail(ErrorKind::invalid, "{}: answered the request for a token without one", registry);
}

}  // namespace maru::hub

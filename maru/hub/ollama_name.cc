// Cuts an Ollama name at its slashes and its last colon; every part is checked before it may become a URL or a path.
#include "maru/hub/ollama_name.h"

#include <algorithm>

#include "maru/base/error.h"
#include "maru/hub/digest.h"

namespace maru::hub {
namespace {

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

struct Part {
  std::string_view what;
  std::size_t most;
  std::string_view also;  // characters beside letters, digits and _
};
constexpr Part kHost{"host", 350, ".-:"}, kSpace{"namespace", 80, "-"}, kModel{"model", 80, ".-"}, kTag{"tag", 80, ".-"};

void check_part(std::string_view name, const Part& part, std::string_view given) {
  const bool good = !given.empty() && given.size() <= part.most && is_word(given[0]) &&
                    std::ranges::all_of(given, [&](char c) { return is_word(c) || part.also.find(c) != std::string_view::npos; });
  if (!good)
    fail(ErrorKind::usage, "ollama:{}: the {} {:?} breaks the grammar [host/][namespace/]model[:tag]: at most {} letters, digits, _ {}, the "
         "first a letter, digit or _", name, part.what, given, part.most, part.also);
}

// Takes what stands behind the last `mark` off the text; "" and the text unchanged where there is none.
std::string_view take_back(std::string_view& text, char mark) {
  const std::size_t at = text.rfind(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view behind = text.substr(at + 1);
  text = text.substr(0, at);
  return behind;
}

}  // namespace

bool is_loopback(std::string_view host) {
  const std::string_view bare = host.substr(0, host.find(':'));
  if (bare == "localhost") return true;
  // Digits and dots only: 127.evil.example is a name like any other.
  return bare.starts_with("127.") && bare.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string OllamaName::registry() const { return (tls ? "https://" : "http://") + host; }

std::string OllamaName::text() const {
  const OllamaName usual;
  std::string out;
  if (host != usual.host || !tls) {
    if (!tls || is_loopback(host)) out += tls ? "https://" : "http://";
    out += host + "/" + space + "/";
  } else if (space != usual.space) {
    out += space + "/";
  }
  out += model;
  if (tag != usual.tag) out += ":" + tag;
  if (!digest.empty()) out += "@sha256:" + digest;
  return out;
}

OllamaName parse_ollama_name(std::string_view given) {
  std::string_view rest = given;
  OllamaName name;
  bool scheme_given = false;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!rest.starts_with(scheme)) continue;
    scheme_given = true;
    name.tls = scheme == "https://";
    rest.remove_prefix(scheme.size());
  }
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    std::string_view digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    const bool good = digest.starts_with("sha256:") && is_hex(digest.substr(7), 64);
    if (!good) fail(ErrorKind::usage, "ollama:{}: expected @sha256: and 64 hex digits, got {:?}", given, digest);
    name.digest = digest.substr(7);
  }
  // The tag's colon stands behind the last slash; another belongs to the host's port.
  if (const std::size_t colon = rest.rfind(':'); colon != std::string_view::npos && rest.find('/', colon) == std::string_view::npos)
    name.tag = take_back(rest, ':');
  const std::ptrdiff_t slashes = std::ranges::count(rest, '/');
  if (scheme_given && slashes < 2)
    fail(ErrorKind::usage, "ollama:{}: behind http:// or https:// all parts are needed: host/namespace/model[:tag]", given);
  std::string_view model = rest;
  if (slashes > 0) model = take_back(rest, '/');
  if (slashes == 1) name.space = rest;
  if (slashes > 1) {
    name.space = take_back(rest, '/');
    name.host = rest;
  }
  name.model = model;
  check_part(given, kHost, name.host);
  check_part(given, kSpace, name.space);
  check_part(given, kModel, name.model);
  check_part(given, kTag, name.tag);
  if (!scheme_given && is_loopback(name.host)) name.tls = false;
  return name;
}

}  // namespace maru::hub

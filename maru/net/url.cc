// libcurl's URL interface behind two functions.
#include "maru/net/url.h"

#include <curl/curl.h>

#include <memory>

#include "maru/base/error.h"
#include "maru/net/http.h"

namespace maru::net {
namespace {

struct Close {
  void operator()(CURLU* handle) const { curl_url_cleanup(handle); }
};
using Handle = std::unique_ptr<CURLU, Close>;

std::string part(CURLU* handle, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle, which, &text, flags) != CURLUE_OK || text == nullptr) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

std::string shown(std::string_view text) { return std::string(text.substr(0, 200)); }

void set(CURLU* handle, std::string_view text, unsigned flags) {
  check(text.find('\0') == text.npos, "{:?} is no URL: it holds a zero byte", shown(text));
  const CURLUcode code = curl_url_set(handle, CURLUPART_URL, std::string(text).c_str(), flags);
  check(code == CURLUE_OK, "{:?} is no URL: {}", shown(text), curl_url_strerror(code));
}

Url read(CURLU* handle, std::string_view text) {
  Url url{.scheme = part(handle, CURLUPART_SCHEME),
          .host = part(handle, CURLUPART_HOST),
          .port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT)};
  check(url.scheme == "http" || url.scheme == "https", "{:?} is not an http or https URL", shown(text));
  // It would be sent as credentials, and kept wherever URLs are kept.
  check(part(handle, CURLUPART_USER).empty() && part(handle, CURLUPART_PASSWORD).empty(),
        "the URL of {} carries a user name or a password; give credentials another way", url.host);
  curl_url_set(handle, CURLUPART_FRAGMENT, nullptr, 0);
  url.whole = part(handle, CURLUPART_URL);
  for (char& c : url.host) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  return url;
}

Handle new_handle() {
  Handle handle(curl_url());
  if (!handle) fail(ErrorKind::internal, "libcurl cannot read URLs: no memory");
  return handle;
}

}  // namespace

std::string Url::place() const {
  const bool usual = port == (scheme == "https" ? "443" : "80");
  return usual ? host : host + ":" + port;
}

Url parse_url(std::string_view text) {
  const Handle handle = new_handle();
  set(handle.get(), text, 0);
  return read(handle.get(), text);
}

Url follow(const Url& base, std::string_view location) {
  const Handle handle = new_handle();
  set(handle.get(), base.whole, 0);
  // Servers send spaces and letters beyond ASCII in Location.
  set(handle.get(), location, CURLU_URLENCODE);
  Url to = read(handle.get(), location);
  // In http anyone on the way could read and change what comes.
  check(base.scheme != "https" || to.scheme == "https", "{}: redirects from https to http at {}; this is not followed", base.place(),
        to.place());
  return to;
}

bool same_origin(std::string_view one, std::string_view other) { return parse_url(one).origin() == parse_url(other).origin(); }

}  // namespace maru::net

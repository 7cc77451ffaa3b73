#pragma once
// URLs of requests and redirects, read by libcurl's own parser so that what is checked is what is asked. Inside net.
#include <string>
#include <string_view>

namespace maru::net {

struct Url {
  std::string whole{};  // without a fragment
  std::string scheme;   // "http" or "https"
  std::string host;     // "example.org", "[::1]"
  std::string port;     // always there
  std::string origin() const { return scheme + "://" + host + ":" + port; }
  std::string place() const;  // for messages: host, and the port where it is not the scheme's own
};

// Both throw Error (invalid): no http or https URL, or one that carries a user name.
Url parse_url(std::string_view text);
// Where a Location header leads (RFC 3986 §5); from https never to http.
Url follow(const Url& base, std::string_view location);

}  // namespace maru::net

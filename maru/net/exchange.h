#pragma once
// One request and its answer, without redirects, on a handle of libcurl. Inside net.
#include <curl/curl.h>

#include <cstdint>

#include "maru/net/http.h"
#include "maru/net/url.h"

namespace maru::net {

// libcurl's handles: the multi handle keeps the connections, the easy handle is set anew for every exchange.
class Handles {
 public:
  Handles();
  ~Handles();
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  CURLM* multi = nullptr;
  CURL* easy = nullptr;
};

struct Asked {
  const Request& request;
  const Url& url;              // where this exchange goes: the request's own, or a redirect's target
  std::string_view method;
  bool authorized = false;     // the request's authorization may be shown to this url
  bool with_body = false;
};

// The body of a redirect is dropped, as is one that `started` does not want. Throws as net/http.h says.
Answer exchange(Handles& handles, const Asked& asked, const Settings& settings, const Client::Started& started, const Client::Take& take,
                const Cancel* cancel);

bool is_redirect(const Answer& answer);  // 301, 302, 303, 307, 308 with a Location

}  // namespace maru::net

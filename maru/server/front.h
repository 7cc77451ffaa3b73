#pragma once
// What stands between a request's head and its route: target, Host, Origin, key, rate. Knows no sockets.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "maru/server/answer.h"
#include "maru/server/guard.h"
#include "maru/server/head.h"
#include "maru/server/keys.h"
#include "maru/server/metrics.h"
#include "maru/server/router.h"

namespace maru::server {

// What the head alone decided.
struct Admission {
  const Route* route = nullptr;                  // none: `reply` is the answer
  Reply reply;
  Request request;                               // as far as it was read
  std::string pattern = "-";                     // of the path, for logs and counters: never the path as sent
  std::vector<Header> always;                    // headers of whatever is answered
};

class Front {
 public:
  struct Bound {
    bool loopback = true;                        // every address that was bound is this machine's own
    bool secure = false;                         // TLS
  };
  Front(std::span<const RouteFamily> families, const Options& options, const Keys& keys, Metrics& metrics, Bound bound);
  Admission admit(const Head& head, const std::string& peer, std::string id) const;
  // An error before there was a route.
  static Reply reply(const Refused& refused, Dialect dialect, std::string_view id);

 private:
  Reply missing(const Found& found, const Request& request) const;
  Router router_;
  Guard guard_;
};

// The client's own id where it is a plain word of at most 64 characters, else a random one.
std::string request_id(const Head& head);

}  // namespace maru::server

#pragma once
// Who may ask: the names this server goes by (against DNS rebinding), the pages that may call it (against cross-site requests), keys,
// scopes and rates.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "maru/server/head.h"
#include "maru/server/keys.h"
#include "maru/server/metrics.h"

namespace maru::server {

class Guard {
 public:
  Guard(const Options& options, const Keys& keys, Metrics& metrics, bool loopback, bool secure);
  ~Guard();
  // Throws Refused (403): a Host that is no name of this machine, while only this machine can ask.
  void check_host(std::string_view host) const;
  // The Origin where it may ask, "" where there is none. Throws Refused (403).
  std::string check_origin(const Request& request) const;
  // A page's request carries JSON and says so, or a file and says so: a form cannot be made to send either. Throws Refused (403).
  void check_type(const Request& request, const Route& route, bool has_body) const;
  // Who asks. Throws Refused: 401 for no key and for a wrong one alike, 403 for a key of too small a scope, 429.
  Caller check_caller(const Request& request, Scope needed) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Whether a text is what the pattern says, in which * stands for any characters.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace maru::server

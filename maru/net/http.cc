// libcurl's easy interface behind net::Client.
#include "maru/net/http.h"

namespace maru::net {

bool may_pass(int status) {
  return status == 408 || status == 425 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

}  // namespace maru::net

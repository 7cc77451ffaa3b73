#pragma once
// The head of an answer, as bytes.  RFC 9112.
#include <string>
#include <string_view>
#include <vector>

#include "maru/server/answer.h"

namespace maru::server {

inline constexpr std::string_view kJsonType = "application/json; charset=utf-8";

struct Framing {
  bool stream = false;                           // no length is known
  bool chunked = false;
  bool close = false;                            // the last answer of the connection
  bool old = false;                              // to an HTTP/1.0 client
};
std::string response_head(const Reply& reply, const std::vector<Header>& always, Framing framing);

// Names of members without effect, as a header's value: at most 1 KiB, the rest counted.
std::string ignored_list(const std::vector<std::string>& names);

}  // namespace maru::server

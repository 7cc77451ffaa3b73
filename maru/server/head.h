#pragma once
// The head of a request and the framing of its body, read from bytes. By Boost.Beast's parser, which no other file sees, with the rules
// added that keep two readers of one stream from disagreeing. Knows no sockets.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maru/server/server.h"

namespace maru::server {

struct Head {
  std::string method, target;                    // target: as sent
  bool old = false;                              // HTTP/1.0
  bool keep_alive = true;
  bool expects_continue = false;
  bool chunked = false;
  std::optional<std::uint64_t> length = {};      // of a body that is not chunked
  std::vector<Header> headers = {};
  bool has_body() const { return chunked || length.value_or(0) > 0; }
};

// A request that is answered with this status before any route sees it. `message` is a sentence for the client.
struct Refused {
  int status;
  std::string message;
  std::vector<Header> headers = {};
};

// Bytes of the head at the beginning, its empty line included; 0: more must come. Throws Refused for what can be no head: 400, 414,
// 431, 505.
std::size_t head_length(std::string_view bytes, const Limits& limits);
// `head`: exactly those bytes. Throws Refused: 400, 417, 505.  RFC 9112.
Head parse_head(std::string_view head);

// A chunked body. Throws Refused (400) where the framing is wrong.
class Chunks {
 public:
  Chunks();
  ~Chunks();
  // Hands pieces of the body to `piece`; returns how many bytes it took.
  std::size_t take(std::string_view bytes, const std::function<void(std::string_view)>& piece);
  bool done() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace maru::server

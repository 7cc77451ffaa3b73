#pragma once
// One HTTP request and its answer, as routes see them. They know nothing of sockets, and may answer from any thread.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/json.h"
#include "maru/server/keys.h"

namespace maru::server {

struct Header {
  std::string name, value;
};

// The whole request, read and within every limit.
struct Request {
  std::string id;                         // the client's X-Request-Id where it is a plain word, else a random one; comes back in the answer
  std::string method, path;               // path: decoded, without the query
  std::vector<Header> query, headers;     // query: decoded
  std::vector<std::string> captures;      // what stands at each {} of the route's path
  std::string body;                       // decompressed
  std::filesystem::path body_file;        // of a route that takes files (Route::body_to_file): where the body lies; removed after the answer
  std::string body_sha256;                // of that file: 64 hex digits
  Json json;                              // the body as the route's fields found it; null where the route has none
  std::vector<std::string> ignored;       // members of the body that no field names: told to the client, never dropped in silence
  std::string peer;                       // the client's address, without port
  Caller caller;                          // who asks, and what they may do

  std::optional<std::string_view> header(std::string_view name) const;   // the first, whatever its case
  std::optional<std::string_view> asked(std::string_view name) const;    // of the query
};

// Exactly one of answer() or begin() … end() is called. Where neither was when the last holder goes, the client gets a 500 with the id.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual const Request& request() const = 0;
  // The whole answer.
  virtual void answer(int status, std::string body, std::string_view type = "application/json; charset=utf-8", std::vector<Header> headers = {}) = 0;
  // A stream: status and headers now, then pieces, then the end.
  virtual void begin(int status, std::string_view type, std::vector<Header> headers = {}) = 0;
  // False when nobody reads any more: the client left, or read so slowly that its connection was dropped.
  virtual bool send(std::string piece) = 0;
  virtual void end() = 0;
  virtual bool begun() const = 0;         // something was answered already: too late for a status
  // Called once, from any thread, when the client leaves before the end; at once where it has left already. Must be quick.
  virtual void on_gone(std::function<void()> call) = 0;
  virtual bool gone() const = 0;
};
using ExchangePtr = std::shared_ptr<Exchange>;

}  // namespace maru::server

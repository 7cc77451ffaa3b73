#pragma once
// Targets and routes: a target is decoded or refused, then found in the table of all families. Knows nothing of who asks.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/server/head.h"

namespace maru::server {

struct Target {
  std::string path;                              // decoded
  std::vector<std::string> segments;             // of it: cut before they are decoded, so that an encoded slash stays inside its segment
  std::vector<Header> query;                     // decoded, in order
  std::string authority;                         // of the absolute form: whom it names
};
// Throws Refused: 404 for a path that is not in its one plain form (//, dot segments), 400 for what is no target.
Target parse_target(std::string_view target);

struct Found {
  const Route* route = nullptr;                  // none: `allowed` says which methods the path takes; empty: no such path
  std::vector<std::string> captures;
  std::vector<std::string> allowed;
};

class Router {
 public:
  explicit Router(std::span<const RouteFamily> families);
  // A literal segment goes before a place, a place of one segment before one that takes the rest.
  Found find(std::string_view method, std::span<const std::string> segments) const;

 private:
  struct Entry {
    const Route* route;
    std::vector<std::string_view> segments;
  };
  std::vector<Entry> entries_;
};

// How errors are written to who asks for this path.
Dialect dialect_of(std::string_view path);

}  // namespace maru::server

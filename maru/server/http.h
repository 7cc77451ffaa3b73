#pragma once
// The HTTP core: one network thread, any number of connections, routes on workers. Knows nothing of models; the service goes through as it
// came.
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "maru/server/keys.h"
#include "maru/server/metrics.h"
#include "maru/server/server.h"

namespace maru::server {

struct Serving {
  Service& service;                              // handed to routes, never looked into
  std::span<const RouteFamily> families;
  Keys& keys;
  Metrics& metrics;
  std::filesystem::path home;                    // where bodies that are files go, in a folder "uploads"
  std::function<void()> on_drain = {};           // no more requests will be taken
};

// As serve(), of server.h.
void serve_http(const Serving& serving, const Options& options, Cancel& stop, const std::function<void(const std::string& address)>& ready,
                const std::function<void(std::string_view line)>& log);

}  // namespace maru::server

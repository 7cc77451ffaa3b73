// The service behind the HTTP core.
#include "maru/server/http.h"
#include "maru/server/service.h"

namespace maru::server {

void serve(Service& service, const Options& options, Cancel& stop, const std::function<void(const std::string& address)>& ready,
           const std::function<void(std::string_view line)>& log) {
  const Serving serving{.service = service,
                        .families = route_families(),
                        .keys = service.keys(),
                        .metrics = service.metrics(),
                        .home = service.home(),
                        .on_drain = [&service] { service.drain(); }};
  serve_http(serving, options, stop, ready, log);
}

}  // namespace maru::server

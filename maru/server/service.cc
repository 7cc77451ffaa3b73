// The parts are made in the order in which they need each other.
#include "maru/server/service.h"

#include "maru/hub/uploads.h"
#include "maru/io/model_file.h"

namespace maru::server {

Service::Service(Options options, std::filesystem::path home)
    : options_(std::move(options)),
      home_(std::move(home)),
      store_(home_, [](const std::filesystem::path& model) { (void)io::open_file(model); }),
      facts_(store_),
      keys_(home_),
      models_(store_, options_),
      workers_(options_.limits.workers, options_.limits.queue) {
  hub::tidy_up(store_);
}

void Service::later(std::function<void()> work) {
  if (!workers_.add(std::move(work)))
    fail(ErrorKind::busy, "{} requests wait to be looked at, which is all that may; try again in a moment", workers_.waiting());
}

}  // namespace maru::server

#pragma once
// From a request that was read whole to its route: decompression, the check of its fields, and what becomes of what the route throws.
#include <memory>

#include "maru/server/answer.h"

namespace maru::server {

// Runs on a worker. Throws nothing.
void handle(Service& service, const std::shared_ptr<Answer>& answer, const Limits& limits) noexcept;

// Throws Refused (415) for a body that is compressed.
void check_uncoded(const Request& request);

}  // namespace maru::server

#pragma once
// Compressed bodies: gzip, deflate, zstd, one at a time and never larger than they may be.
#include <cstddef>

#include "maru/server/exchange.h"

namespace maru::server {

enum class Coding { identity, gzip, deflate, zstd };
// Of the request's Content-Encoding. Throws Refused (415) for several and for those that are not known.
Coding coding_of(const Request& request);

// Makes `request.body` the plain body. Throws Refused: 413 when it would be longer than `limit` bytes, 400 when it is damaged or cut, 415.
void decode_body(Request& request, std::size_t limit);

}  // namespace maru::server

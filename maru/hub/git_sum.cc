// A digest of git's own, by the same code that hashes everything else.
#include "maru/hub/git_sum.h"

#include <fmt/format.h>

#include <span>

#include "maru/hub/digest.h"

namespace maru::hub {

std::string git_sha1(std::string_view bytes) {
  const std::string head = fmt::format("blob {}", bytes.size());
  Digest digest(Hash::sha1);
  digest.add(std::as_bytes(std::span(head.c_str(), head.size() + 1)));
  digest.add(std::as_bytes(std::span(bytes)));
  return digest.hex();
}

}  // namespace maru::hub

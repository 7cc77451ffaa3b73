// Looks at the bytes of an address that was resolved; a name's spelling decides nothing here.
#include "maru/net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace maru::net {
namespace {

struct Network {
  std::uint32_t first;
  int bits;
};

constexpr std::uint32_t v4(int a, int b, int c = 0, int d = 0) {
  return std::uint32_t(a) << 24 | std::uint32_t(b) << 16 | std::uint32_t(c) << 8 | std::uint32_t(d);
}

// IANA's special-purpose registry: what is not globally reachable.
constexpr Network kClosed[] = {{v4(0, 0), 8},       {v4(10, 0), 8},      {v4(100, 64), 10},  {v4(127, 0), 8},     {v4(169, 254), 16},
                               {v4(172, 16), 12},   {v4(192, 0, 0), 24}, {v4(192, 0, 2), 24}, {v4(192, 168), 16}, {v4(198, 18), 15},
                               {v4(198, 51, 100), 24}, {v4(203, 0, 113), 24}, {v4(224, 0), 4}, {v4(240, 0), 4}};

bool is_private_v4(std::uint32_t address) {
  return std::ranges::any_of(kClosed, [&](const Network& network) { return (address ^ network.first) >> (32 - network.bits) == 0; });
}

std::uint32_t four(const std::uint8_t* bytes) { return v4(bytes[0], bytes[1], bytes[2], bytes[3]); }

bool is_private_v6(const std::uint8_t (&a)[16]) {
  static constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, kNat64[12] = {0, 0x64, 0xff, 0x9b};
  if (std::memcmp(a, kMapped, 12) == 0 || std::memcmp(a, kNat64, 12) == 0) return is_private_v4(four(a + 12));
  if (a[0] == 0x20 && a[1] == 0x02) return is_private_v4(four(a + 2));
  // Only 2000::/3 is given out to networks that the world reaches; 2001:db8::/32 in it is for documents.
  return (a[0] & 0xe0) != 0x20 || (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8);
}

}  // namespace

bool is_private(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    return is_private_v4(ntohl(in.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return true;
  sockaddr_in6 in{};
  std::memcpy(&in, &address, sizeof in);
  return is_private_v6(in.sin6_addr.s6_addr);
}

std::string address_text(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "?";
  sockaddr_in6 in{};
  if (address.sa_family == AF_INET) {
    std::memcpy(&in, &address, sizeof(sockaddr_in));
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(in).sin_addr, text, sizeof text);
  } else if (address.sa_family == AF_INET6) {
    std::memcpy(&in, &address, sizeof in);
    ::inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
  }
  return text;
}

}  // namespace maru::net

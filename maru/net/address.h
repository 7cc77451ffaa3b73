#pragma once
// Which addresses lie inside a machine or a local network. Inside net.
#include <sys/socket.h>

#include <string>

namespace maru::net {

// True for loopback, unspecified, link-local, private (RFC 1918), shared (RFC 6598), unique local (RFC 4193), multicast and reserved
// addresses, for IPv4 inside IPv6 (mapped, 6to4, NAT64) by the IPv4 address, and for every family that is neither.
bool is_private(const sockaddr& address);
std::string address_text(const sockaddr& address);

}  // namespace maru::net

#pragma once
// Where the server listens: addresses bound, and in what is said when they cannot be.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <vector>

#include "maru/server/server.h"

namespace maru::server {

struct Listening {
  std::vector<boost::asio::ip::tcp::acceptor> acceptors;
  bool loopback = true;                          // every one is this machine's own
  std::string address;                           // of the first, as clients write it: "http://127.0.0.1:11434"
};

// Binds every address that the host's name has. Throws Error: usage for a host that is none, and for one that others reach while there is
// no key; io when the port is taken.
Listening listen(boost::asio::io_context& context, const Options& options, bool has_keys);

// Who listens on the port: "nginx (process 4711)"; "" where the system does not say.
std::string port_holder(std::uint16_t port);

}  // namespace maru::server

#pragma once
// A connection's bytes, plain or under TLS. Inside the HTTP core: only its files see Asio.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace maru::server {

namespace asio = boost::asio;
using asio::ip::tcp;

// One read and one write may be under way at a time. Nothing throws: a stream that fails has ended.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual asio::awaitable<bool> open() = 0;      // false where TLS could not be agreed on
  // Appends what has come, at least one byte and at most `most`; 0 at the end.
  virtual asio::awaitable<std::size_t> read(std::string& into, std::size_t most) = 0;
  virtual asio::awaitable<std::size_t> write(std::string_view bytes) = 0;   // how much of it; 0 at the end
  virtual asio::awaitable<void> finish() = 0;    // says that nothing more comes
  virtual void close() = 0;                      // what is under way ends
};

std::unique_ptr<Stream> plain_stream(tcp::socket socket);

// Certificate and key in PEM; TLS 1.2 and 1.3.
class Tls {
 public:
  // Throws Error naming the file: not_found, or invalid where it holds no certificate, no key, or a key of another certificate.
  Tls(const std::filesystem::path& certificate, const std::filesystem::path& private_key);
  ~Tls();
  std::unique_ptr<Stream> stream(tcp::socket socket);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace maru::server

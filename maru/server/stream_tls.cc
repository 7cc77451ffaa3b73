// Bytes under TLS, by OpenSSL.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "maru/base/error.h"
#include "maru/server/stream.h"

namespace maru::server {
namespace {

namespace ssl = asio::ssl;
constexpr std::size_t kPiece = 16 << 10;         // of one TLS record

class Secure final : public Stream {
 public:
  Secure(tcp::socket socket, ssl::context& context) : stream_(std::move(socket), context) {}

  asio::awaitable<bool> open() override {
    boost::system::error_code problem;
    co_await stream_.async_handshake(ssl::stream_base::server, asio::redirect_error(asio::use_awaitable, problem));
    co_return !problem;
  }
  asio::awaitable<std::size_t> read(std::string& into, std::size_t most) override {
    boost::system::error_code problem;
    std::string piece(std::min(most, kPiece), '\0');
    const std::size_t got = co_await stream_.async_read_some(asio::buffer(piece), asio::redirect_error(asio::use_awaitable, problem));
    into.append(piece.data(), got);
    co_return problem ? 0 : got;
  }
  asio::awaitable<std::size_t> write(std::string_view bytes) override {
    boost::system::error_code problem;
    const std::size_t sent =
        co_await stream_.async_write_some(asio::buffer(bytes.data(), bytes.size()), asio::redirect_error(asio::use_awaitable, problem));
    co_return problem ? 0 : sent;
  }
  asio::awaitable<void> finish() override {
    boost::system::error_code ignored;
    co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
  }
  void close() override {
    boost::system::error_code ignored;
    stream_.next_layer().close(ignored);
  }

 private:
  ssl::stream<tcp::socket> stream_;
};

}  // namespace

struct Tls::Parts {
  ssl::context context{ssl::context::tls_server};
};

Tls::Tls(const std::filesystem::path& certificate, const std::filesystem::path& private_key) : parts_(std::make_unique<Parts>()) {
  for (const std::filesystem::path& path : {certificate, private_key}) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) {
      fail(ErrorKind::not_found, "{}: no such file; TLS needs a certificate and its key in PEM", path.string());
    }
  }
  ssl::context& context = parts_->context;
  context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                      ssl::context::no_tlsv1_1 | ssl::context::single_dh_use);
  SSL_CTX_set_options(context.native_handle(), SSL_OP_NO_RENEGOTIATION);
  boost::system::error_code problem;
  context.use_certificate_chain_file(certificate.string(), problem);
  check(!problem, "{}: holds no certificate in PEM: {}", certificate.string(), problem.message());
  context.use_private_key_file(private_key.string(), ssl::context::pem, problem);
  check(!problem, "{}: holds no key in PEM that belongs to the certificate {}: {}", private_key.string(), certificate.string(),
        problem.message());
}
Tls::~Tls() = default;

std::unique_ptr<Stream> Tls::stream(tcp::socket socket) { return std::make_unique<Secure>(std::move(socket), parts_->context); }

}  // namespace maru::server

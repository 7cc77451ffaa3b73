// The same server under TLS.
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include "maru/base/file.h"
#include "maru/base/process.h"
#include "maru/server/client_test.h"

using namespace maru;
using namespace maru::server;

namespace {

// One request over TLS of at most this version; "" where no connection comes about.
std::string ask_secretly(std::uint16_t port, int version, std::string_view request) {
  Client client(port);
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, version);
  SSL_CTX_set_max_proto_version(context, version);
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, client.descriptor());
  std::string got;
  if (SSL_connect(ssl) == 1) {
    SSL_write(ssl, request.data(), int(request.size()));
    char part[4096];
    for (int count; (count = SSL_read(ssl, part, sizeof part)) > 0;) got.append(part, std::size_t(count));
  }
  SSL_free(ssl);
  SSL_CTX_free(context);
  return got;
}

}  // namespace

TEST_CASE("with a certificate the server speaks TLS 1.2 and 1.3, and nothing older or plainer") {
  char name[] = "/tmp/maru-tls-XXXXXX";
  const std::filesystem::path folder = ::mkdtemp(name);
  const std::string key = folder / "key.pem", certificate = folder / "certificate.pem";
  const ProcessResult made = run_process({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
      "-nodes", "-keyout", key,
                                          "-out", certificate, "-subj", "/CN=localhost", "-days", "1"});
  REQUIRE(made.exit_code == 0);
  TestServer server([&](Options& options) {
    options.certificate = certificate;
    options.private_key = key;
    options.limits.header_time = 300ms;
  });
  server.start();
  REQUIRE_MESSAGE(server.bound == fmt::format("https://127.0.0.1:{}", server.port), server.problem);
  const std::string_view request = "GET /api/stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const std::string got = ask_secretly(server.port, version, request);
    CHECK(got.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(got.ends_with("0\r\n\r\n"));
  }
  CHECK(ask_secretly(server.port, TLS1_1_VERSION, request).empty());
  Client plain = server.client();
  plain.send(request);
  CHECK_FALSE(plain.rest().starts_with("HTTP/"));
  Client silent = server.client();
  silent.rest();                                  // who never begins TLS is not waited for
  CHECK(silent.ended());
  TestServer wrong([&](Options& options) { options.certificate = key; });
  wrong.start();
  CHECK(wrong.problem.contains("holds no certificate in PEM"));
  TestServer none([&](Options& options) { options.certificate = folder / "no.pem"; });
  none.start();
  CHECK(none.problem.contains("no such file"));
  std::filesystem::remove_all(folder);
}

// Certificates: one that nobody vouches for is refused, and trusted once its authority is named. The server is OpenSSL's own test server.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "maru/net/words_test.h"

namespace maru::net {
namespace {

namespace fs = std::filesystem;

// `openssl s_server` in a folder of its own, on a port that the system picks.
class TlsServer {
 public:
  TlsServer() {
    std::string name = (fs::temp_directory_path() / "maru-tls-XXXXXX").string();
    folder_ = ::mkdtemp(name.data()) == nullptr ? fs::path() : fs::path(name);
    const std::string make = fmt::format(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
        "-addext subjectAltName=DNS:localhost -keyout {0}/key.pem -out {0}/cert.pem >/dev/null 2>&1", folder_.string());
    if (folder_.empty() || std::system(make.c_str()) != 0 || ::pipe2(pipe_, O_CLOEXEC) != 0) return;
    const std::string key = folder_ / "key.pem", certificate = folder_ / "cert.pem";
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(pipe_[1], 1);
      ::dup2(::open("/dev/null", O_WRONLY), 2);
      ::execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-key", key.c_str(), "-cert", certificate.c_str(), "-www", nullptr);
      ::_exit(127);
    }
    ::close(pipe_[1]);
    // It says "ACCEPT 127.0.0.1:PORT" when it is ready.
    std::string said;
    char part[256];
    for (ssize_t count = 0; !said.contains("ACCEPT") || !said.ends_with('\n'); said.append(part, std::size_t(count))) {
      if ((count = ::read(pipe_[0], part, sizeof part)) <= 0) return;
    }
    port_ = std::atoi(said.c_str() + said.rfind(':') + 1);
  }
  ~TlsServer() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
      ::close(pipe_[0]);
    }
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  bool usable() const { return port_ > 0; }
  std::string url(std::string_view host) const { return fmt::format("https://{}:{}/", host, port_); }
  std::string certificate() const { return folder_ / "cert.pem"; }

 private:
  fs::path folder_;
  pid_t child_ = -1;
  int pipe_[2] = {-1, -1};
  int port_ = 0;
};

}  // namespace

TEST_CASE("a certificate that nobody vouches for is refused, and trusted when its authority is named") {
  const TlsServer server;
  if (!server.usable()) {
    MESSAGE("left out: no openssl program here");
    return;
  }
  const std::string message = refusal([&] { get(server.url("localhost")); });
  CHECK_MESSAGE(message.contains("its certificate is not trusted"), message);
  CHECK(message.contains("SSL_CERT_FILE"));
  Settings trusting = quick();
  trusting.stall_time = 2s;
  trusting.authority_file = server.certificate();
  CHECK(get(server.url("localhost"), trusting).status == 200);
  CHECK(refusal([&] { get(server.url("127.0.0.1"), trusting); }).contains("its certificate is not trusted"));  // it is localhost's
}

}  // namespace maru::net

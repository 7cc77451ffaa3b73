// Sorts libcurl's codes into what asking again may mend and what it cannot.
#include "maru/net/failure.h"

#include "maru/base/error.h"

namespace maru::net {
namespace {

[[noreturn]] void no_connection(const Ending& ending, const Url& url) {
  long number = 0;
  curl_easy_getinfo(ending.easy, CURLINFO_OS_ERRNO, &number);
  if (number == 0) fail(ErrorKind::io, "{}: no connection could be made; check the network and the address", url.place());
  fail(ErrorKind::io, "{}: no connection could be made: {}; check that the server runs and the address is right", url.place(),
       system_reason(int(number)));
}

}  // namespace

void fail_with(const Ending& ending, const Url& url, const Settings& settings) {
  switch (ending.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      fail(ErrorKind::not_found, "{}: no such name is known; check its spelling, the network and the name server", url.host);
    case CURLE_COULDNT_RESOLVE_PROXY:
      fail(ErrorKind::not_found, "{}: the proxy's name is not known; check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY", url.place());
    case CURLE_COULDNT_CONNECT:
      no_connection(ending, url);
    case CURLE_OPERATION_TIMEDOUT:
      fail(ErrorKind::io, "{}: no connection within {} s; check the network, or whether a proxy is needed", url.place(),
           double(settings.connect_time.count()) / 1000);
    case CURLE_PEER_FAILED_VERIFICATION:
      fail(ErrorKind::invalid,
           "{}: its certificate is not trusted ({}). Where the network's own authority signs, name its PEM file in SSL_CERT_FILE",
           url.place(), ending.details);
    case CURLE_SSL_CACERT_BADFILE:
      fail(ErrorKind::invalid,
           "{}: the certificates in {:?} cannot be read; the file is named by SSL_CERT_FILE, REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE",
           url.place(), settings.authority_file);
    case CURLE_SSL_CONNECT_ERROR:
      fail(ErrorKind::io, "{}: no TLS connection could be made ({}); check that the server speaks https at this port", url.place(),
           ending.details);
    case CURLE_GOT_NOTHING:
      fail(ErrorKind::io, "{}: the connection was closed before an answer came", url.place());
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      fail(ErrorKind::io, "{}: the connection broke after {} bytes of the body ({})", url.place(), ending.received, ending.details);
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
      // What was read may be the rest of the answer before, longer than it had said; libcurl has closed the connection.
      if (ending.reused)
        fail(ErrorKind::io, "{}: the connection held bytes that belong to no answer ({}); it was closed", url.place(), ending.details);
      [[fallthrough]];
    case CURLE_BAD_CONTENT_ENCODING:
      fail(ErrorKind::invalid, "{}: the answer cannot be read: {}; check that this is the address of the service", url.place(),
           ending.details);
    default:
      fail(ErrorKind::io, "{}: the request ended: {}", url.place(), ending.details);
  }
}

}  // namespace maru::net

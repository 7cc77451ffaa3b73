// Beast reads the grammar. What it lets pass and RFC 9112 leaves to the reader is refused here: folded lines, bare line ends, a length
// beside chunks, a second Host.
#include "maru/server/head.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

namespace maru::server {
namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::empty_body>;

constexpr std::size_t kLongestFraming = 16 << 10;   // a chunk's size line, or all trailers

[[noreturn]] void refuse(int status, std::string message) { throw Refused{.status = status, .message = std::move(message)}; }

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool lists(std::string_view value, std::string_view word) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    if (same(trimmed(value.substr(0, comma)), word)) return true;
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return false;
}

// The value of a header that may stand once.
const std::string* only(const Head& head, std::string_view name) {
  const std::string* found = nullptr;
  for (const Header& one : head.headers) {
    if (!same(one.name, name)) continue;
    if (found) refuse(400, fmt::format("the header {} stands twice", name));
    found = &one.value;
  }
  return found;
}

std::uint64_t body_length(std::string_view text) {
  std::uint64_t value = 0;
  const bool digits = !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!digits || problem != std::errc{}) refuse(400, "Content-Length is no length");
  return value;
}

void frame(Head& head) {
  const std::string* length = only(head, "Content-Length");
  const std::string* coding = only(head, "Transfer-Encoding");
  if (length && coding) refuse(400, "Content-Length and Transfer-Encoding exclude each other");
  if (length) head.length = body_length(*length);
  if (coding) {
    if (head.old || !same(*coding, "chunked")) refuse(400, "Transfer-Encoding: only chunked is understood, of HTTP/1.1");
    head.chunked = true;
  }
  const std::string* host = only(head, "Host");
  if (!host && !head.old) refuse(400, "the header Host is missing");
}

void check_line_ends(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (bytes[at] == '\n' && (at == 0 || bytes[at - 1] != '\r')) refuse(400, "a line ends without a carriage return");
    if (bytes[at] == '\r' && at + 1 < bytes.size() && bytes[at + 1] != '\n') refuse(400, "a carriage return stands inside a line");
  }
}

void check_lines(std::string_view bytes) {
  check_line_ends(bytes);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const unsigned char c = bytes[at];
    if ((c < 0x20 && c != '\r' && c != '\n' && c != '\t') || c == 0x7f) refuse(400, "the head holds a control character");
    const bool begins_line = at >= 2 && bytes[at - 1] == '\n';
    if (begins_line && (c == ' ' || c == '\t')) refuse(400, "a header goes over several lines");
  }
}

}  // namespace

std::size_t head_length(std::string_view bytes, const Limits& limits) {
  if (bytes.empty()) return 0;
  const unsigned char first = bytes.front();
  if (first == 0x16) refuse(400, "this port speaks HTTP without TLS");
  // RFC 9112 2.2: an empty line before a request is passed over.
  if (bytes.starts_with("\r\n")) {
    if (bytes.size() == 2) return 0;
    if (bytes[2] == '\r') refuse(400, "empty lines instead of a request");
    const std::size_t length = head_length(bytes.substr(2), limits);
    return length == 0 ? 0 : length + 2;
  }
  if (bytes == "\r") return 0;
  if (!std::isalpha(first)) refuse(400, "no request: the first byte is no letter");
  constexpr std::string_view kPreface = "PRI * HTTP/2";
  if (bytes.starts_with(kPreface)) refuse(505, "HTTP/2 is not spoken here; HTTP/1.1 is");
  const std::size_t line = bytes.find('\n');
  if (std::min(line, bytes.size()) > limits.target_bytes + 32) {
    refuse(414, fmt::format("the target is longer than {} bytes", limits.target_bytes));
  }
  const std::size_t end = bytes.find("\r\n\r\n");
  const std::size_t length = end == bytes.npos ? bytes.size() : end + 4;
  if (length > limits.header_bytes) refuse(431, fmt::format("the headers are longer than {} bytes", limits.header_bytes));
  check_lines(bytes.substr(0, length));
  return end == bytes.npos ? 0 : length;
}

Head parse_head(std::string_view bytes) {
  if (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
  Parser parser;
  parser.eager(false);
  parser.header_limit(std::uint32_t(bytes.size() + 1));
  parser.body_limit(boost::none);
  boost::beast::error_code problem;
  parser.put(boost::asio::buffer(bytes.data(), bytes.size()), problem);
  if (problem == http::error::bad_version) refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  if (problem || !parser.is_header_done()) {
    refuse(400, fmt::format("the head cannot be read: {}", problem ? problem.message() : "it ends too early"));
  }
  const auto& read = parser.get();
  if (read.version() != 10 && read.version() != 11) refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  Head head{.method = std::string(read.method_string()), .target = std::string(read.target()), .old = read.version() == 10};
  for (const auto& field : read) head.headers.push_back({std::string(field.name_string()), std::string(trimmed(field.value()))});
  frame(head);
  head.keep_alive = !head.old;
  for (const Header& one : head.headers) {
    if (same(one.name, "Connection")) {
      head.keep_alive = !lists(one.value, "close") && (head.keep_alive || lists(one.value, "keep-alive"));
    }
    if (!same(one.name, "Expect")) continue;
    if (!same(one.value, "100-continue")) refuse(417, "Expect: only 100-continue is understood");
    head.expects_continue = !head.old;
  }
  return head;
}

struct Chunks::Parts {
  Parser parser;
  std::function<void(std::string_view)> piece;
  std::function<std::size_t(std::uint64_t, boost::beast::string_view, boost::beast::error_code&)> on_body =
      [this](std::uint64_t, boost::beast::string_view body, boost::beast::error_code&) {
        piece({body.data(), body.size()});
        return body.size();
      };
};

Chunks::Chunks() : parts_(std::make_unique<Parts>()) {
  static constexpr std::string_view kHead = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  parts_->parser.body_limit(boost::none);
  parts_->parser.on_chunk_body(parts_->on_body);
  boost::beast::error_code problem;
  parts_->parser.eager(false);
  parts_->parser.put(boost::asio::buffer(kHead.data(), kHead.size()), problem);
  parts_->parser.eager(true);
}
Chunks::~Chunks() = default;

std::size_t Chunks::take(std::string_view bytes, const std::function<void(std::string_view)>& piece) {
  parts_->piece = piece;
  std::size_t taken = 0;
  while (taken < bytes.size() && !done()) {
    boost::beast::error_code problem;
    const std::size_t step = parts_->parser.put(boost::asio::buffer(bytes.data() + taken, bytes.size() - taken), problem);
    taken += step;
    if (problem == http::error::need_more) {
      // What is left is framing.
      const std::string_view left = bytes.substr(taken);
      if (left.size() > kLongestFraming) refuse(400, "a chunk's line or the trailers are too long");
      check_line_ends(left);
      break;
    }
    if (problem) refuse(400, fmt::format("the chunked body cannot be read: {}", problem.message()));
    if (step == 0) break;
  }
  return taken;
}

bool Chunks::done() const { return parts_->parser.is_done(); }

}  // namespace maru::server

// Paths have one spelling here: what another reader in between could take for a different path is refused, not repaired.
#include "maru/server/router.h"

#include <algorithm>

#include "maru/base/unicode.h"

namespace maru::server {
namespace {

[[noreturn]] void refuse(int status, std::string message) { throw Refused{.status = status, .message = std::move(message)}; }

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 3986 2.1. In a query a plus is a space, as forms write it.
std::string decoded(std::string_view text, bool query) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && query) {
      out += ' ';
    } else if (text[at] != '%') {
      out += text[at];
    } else {
      const int high = at + 2 < text.size() ? digit(text[at + 1]) : -1, low = at + 2 < text.size() ? digit(text[at + 2]) : -1;
      if (high < 0 || low < 0) refuse(400, "the target holds a percent sign without two hexadecimal digits");
      out += char(high * 16 + low);
      at += 2;
    }
  }
  if (out.find('\0') != out.npos) refuse(400, "the target holds a zero byte");
  if (unicode::first_invalid(out)) refuse(400, "the target is not UTF-8");
  return out;
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(1);
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == path.npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

// The pieces that some reader could take for segments.
void check_plain(std::string_view segment, bool last) {
  for (std::size_t begin = 0; begin <= segment.size();) {
    const std::size_t end = std::min(segment.find('/', begin), segment.size());
    const std::string_view piece = segment.substr(begin, end - begin);
    if (piece == "." || piece == "..") refuse(404, "the path holds a dot segment");
    if (piece.empty() && !(last && segment.empty())) refuse(404, "the path holds an empty segment");
    begin = end + 1;
  }
}

void read_path(std::string_view encoded, Target& into) {
  if (!encoded.starts_with('/')) refuse(400, "the target is no path");
  const std::vector<std::string_view> segments = split(encoded);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    into.segments.push_back(decoded(segments[i], false));
    check_plain(into.segments.back(), i + 1 == segments.size());
    into.path.append("/").append(into.segments.back());
  }
}

std::vector<Header> parse_query(std::string_view query) {
  std::vector<Header> found;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view one = query.substr(0, end);
    const std::size_t equals = std::min(one.find('='), one.size());
    if (!one.empty()) found.push_back({decoded(one.substr(0, equals), true), decoded(one.substr(std::min(equals + 1, one.size())), true)});
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return found;
}

bool fits(const std::vector<std::string_view>& pattern, std::span<const std::string> segments) {
  const bool rest = pattern.back() == "{}";      // takes one segment or more
  if (rest ? segments.size() < pattern.size() : segments.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == "{}" ? segments[i].empty() : pattern[i] != segments[i]) return false;
  }
  return true;
}

std::vector<std::string> captured(const std::vector<std::string_view>& pattern, std::span<const std::string> segments) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == "{}") found.emplace_back(segments[i]);
  }
  for (std::size_t i = pattern.size(); i < segments.size(); ++i) found.back().append("/").append(segments[i]);
  return found;
}

}  // namespace

Target parse_target(std::string_view target) {
  Target found;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t slash = std::min(target.find_first_of("/?"), target.size());
    found.authority = target.substr(0, slash);
    if (found.authority.empty() || found.authority.contains('@')) refuse(400, "the target names no host");
    target.remove_prefix(slash);
    if (target.empty() || target.front() == '?') refuse(400, "the target has no path");
    break;
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  if (target.contains('#')) refuse(400, "the target holds a fragment");
  if (target == "*") found.path = "*";
  else read_path(target.substr(0, question), found);
  found.query = parse_query(target.substr(std::min(question + 1, target.size())));
  return found;
}

Router::Router(std::span<const RouteFamily> families) {
  for (const RouteFamily& family : families) {
    for (const Route& route : family.routes) entries_.push_back({&route, split(route.path)});
  }
  // Literals first, so that "/v1/models/all" goes before "/v1/models/{}"; '{' is beyond every letter.
  std::ranges::stable_sort(entries_, [](const Entry& a, const Entry& b) { return a.segments < b.segments; });
}

Found Router::find(std::string_view method, std::span<const std::string> segments) const {
  Found found;
  for (const Entry& one : entries_) {
    if (!fits(one.segments, segments)) continue;
    // HEAD is answered by GET unless the family has a HEAD of its own.
    const bool takes = one.route->method == method || (method == "HEAD" && one.route->method == "GET");
    if (takes && (!found.route || (found.route->method != method && one.route->method == method))) {
      found.route = one.route;
      found.captures = captured(one.segments, segments);
    }
    for (const std::string_view also : {one.route->method, one.route->method == "GET" ? std::string_view("HEAD") : one.route->method}) {
      if (std::ranges::find(found.allowed, also) == found.allowed.end()) found.allowed.emplace_back(also);
    }
  }
  return found;
}

Dialect dialect_of(std::string_view path) { return path == "/v1" || path.starts_with("/v1/") ? Dialect::openai : Dialect::ollama; }

}  // namespace maru::server

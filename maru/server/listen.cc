// A server that others reach asks for a key, or for a word that it shall not.
#include "maru/server/listen.h"

#include <boost/asio/ip/v6_only.hpp>

#include <algorithm>

#include "maru/base/error.h"

namespace maru::server {
namespace {

using boost::asio::ip::tcp;
constexpr int kBacklog = 1024;

std::vector<tcp::endpoint> endpoints_of(boost::asio::io_context& context, const Options& options) {
  std::string host = options.host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code problem;
  const auto address = boost::asio::ip::make_address(host, problem);
  if (!problem) return {{address, options.port}};
  tcp::resolver resolver(context);
  std::vector<tcp::endpoint> found;
  for (const auto& one : resolver.resolve(host, std::to_string(options.port), tcp::resolver::passive, problem)) {
    if (std::ranges::find(found, one.endpoint()) == found.end()) found.push_back(one.endpoint());
  }
  if (problem || found.empty()) {
    fail(ErrorKind::usage, "--host {}: no address or name of this machine: {}", options.host, problem.message());
  }
  return found;
}

[[noreturn]] void cannot(const tcp::endpoint& where, const boost::system::error_code& problem) {
  const std::string address = where.address().to_string();
  if (problem == boost::asio::error::address_in_use) {
    const std::string holder = port_holder(where.port());
    const Phrase by = holder.empty() ? phrase("another program") : Phrase{.text = holder, .pattern = {}, .values = {}};
    fail(ErrorKind::io, "port {} of {} is taken by {}; choose another with --port, or 0 for any that is free", where.port(), address, by);
  }
  if (problem == boost::asio::error::access_denied) {
    fail(ErrorKind::io, "port {} of {} may not be used by this user; choose one above 1023 with --port", where.port(), address);
  }
  fail(ErrorKind::io, "port {} of {} cannot be listened on: {}", where.port(), address, system_reason(problem.value()));
}

tcp::acceptor bound(boost::asio::io_context& context, const tcp::endpoint& where) {
  boost::system::error_code problem, ignored;
  tcp::acceptor acceptor(context);
  const auto step = [&] {
    if (problem) cannot(where, problem);
  };
  acceptor.open(where.protocol(), problem), step();
  acceptor.set_option(tcp::acceptor::reuse_address(true), ignored);
  // "::" takes IPv4 too.
  if (where.address().is_v6()) acceptor.set_option(boost::asio::ip::v6_only(!where.address().is_unspecified()), ignored);
  acceptor.bind(where, problem), step();
  acceptor.listen(kBacklog, problem), step();
  acceptor.non_blocking(true, ignored);
  return acceptor;
}

}  // namespace

Listening listen(boost::asio::io_context& context, const Options& options, bool has_keys) {
  Listening made;
  std::vector<tcp::endpoint> endpoints = endpoints_of(context, options);
  made.loopback = std::ranges::all_of(endpoints, [](const tcp::endpoint& one) { return one.address().is_loopback(); });
  if (!made.loopback && !has_keys && !options.insecure_no_auth) {
    fail(ErrorKind::usage,
         "--host {}: others can reach this address, and there is no API key to ask them for; make one with `maru key create`, "
         "or say --insecure-no-auth",
         options.host);
  }
  for (tcp::endpoint& one : endpoints) {
    // Port 0: the second address takes what the first was given.
    if (one.port() == 0 && !made.acceptors.empty()) one.port(made.acceptors.front().local_endpoint().port());
    made.acceptors.push_back(bound(context, one));
  }
  const tcp::endpoint first = made.acceptors.front().local_endpoint();
  const std::string shown = first.address().is_v6() ? "[" + first.address().to_string() + "]" : first.address().to_string();
  made.address = fmt::format("{}://{}:{}", options.certificate.empty() ? "http" : "https", shown, first.port());
  return made;
}

}  // namespace maru::server

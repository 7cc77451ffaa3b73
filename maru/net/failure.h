#pragma once
// What libcurl's codes mean to a person. Inside net.
#include <curl/curl.h>

#include <cstdint>

#include "maru/net/http.h"
#include "maru/net/url.h"

namespace maru::net {

struct Ending {
  CURLcode code = CURLE_OK;
  CURL* easy = nullptr;
  std::uint64_t received = 0;    // bytes of the body
  bool reused = false;           // the connection had brought an answer before
  std::string_view details;      // libcurl's own words
};

[[noreturn]] void fail_with(const Ending& ending, const Url& url, const Settings& settings);

}  // namespace maru::net

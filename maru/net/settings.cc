// What the environment says of the network.
#include <cstdlib>
#include <string>
#include <string_view>

#include "maru/base/error.h"
#include "maru/net/http.h"

namespace maru::net {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_set(const char* name) {
  std::string value = variable(name);
  for (char& c : value) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  for (const std::string_view no : {"", "0", "false", "no", "off"}) {
    if (value == no) return false;
  }
  for (const std::string_view yes : {"1", "true", "yes", "on"}) {
    if (value == yes) return true;
  }
  fail(ErrorKind::usage, "{}={}: expected 1 or 0", name, value);
}

void seconds(const char* name, std::chrono::milliseconds& time) {
  const std::string value = variable(name);
  if (value.empty()) return;
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (*end != '\0' || !(number > 0 && number <= 86'400)) {
    fail(ErrorKind::usage, "{}={}: expected seconds, more than 0 and at most a day", name, value);
  }
  time = std::chrono::milliseconds(std::int64_t(number * 1000) + (number < 0.001));
}

constexpr std::string_view kFlag = "--offline";

}  // namespace

Phrase offline_reason(const Settings& settings) {
  if (settings.offline_by == kFlag) return phrase("--offline was given");
  if (settings.offline_by.empty()) return phrase("the settings allow no network");
  return phrase("{} is set; unset it to use the network", settings.offline_by);
}

Settings Settings::from_environment() {
  Settings settings;
  for (const char* name : {"MARU_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}) {
    const bool flag = variable(name) == kFlag;
    if (!flag && !is_set(name)) continue;
    if (!settings.offline) settings.offline_by = flag ? kFlag : name;
    settings.offline = true;
  }
  for (const char* name : {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}) {
    if (settings.authority_file.empty()) settings.authority_file = variable(name);
  }
  seconds("HF_HUB_DOWNLOAD_TIMEOUT", settings.stall_time);
  seconds("HF_HUB_ETAG_TIMEOUT", settings.connect_time);
  return settings;
}

}  // namespace maru::net

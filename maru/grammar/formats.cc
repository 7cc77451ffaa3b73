// The formats, each as narrow as its standard or narrower: what is written is valid to every validator.
#include "maru/grammar/formats.h"

#include <fmt/format.h>

namespace maru::grammar {
namespace {

// RFC 3339 without leap seconds; years 0001 to 9999; the 29th of February in leap years only.
const std::string kYear = "(?:[1-9]\\d{3}|0[1-9]\\d\\d|00[1-9]\\d|000[1-9])";
const std::string kLeapYear = "(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][48]|[2468]0|[13579][26])00)";
const std::string kDate = "(?:" + kYear + "-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|" +
                          "02-(?:0[1-9]|1\\d|2[0-8]))|" + kLeapYear + "-02-29)";
const std::string kTime = "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,6})?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)";
// RFC 3339, appendix A: what is written of a duration has no holes.
const std::string kDays = "\\d{1,4}Y(?:\\d{1,2}M(?:\\d{1,3}D)?)?|\\d{1,2}M(?:\\d{1,3}D)?|\\d{1,3}D";
const std::string kHours = "(?:\\d{1,3}H(?:\\d{1,3}M(?:\\d{1,3}S)?)?|\\d{1,3}M(?:\\d{1,3}S)?|\\d{1,3}S)";
const std::string kByte = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const std::string kIpv4 = kByte + "(?:\\." + kByte + "){3}";
const std::string kLabel = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?";
const std::string kHost = kLabel + "(?:\\." + kLabel + "){0,6}";

// RFC 4291 without the forms that hold a dotted address: all eight groups, or "::" where groups are left out.
std::string ipv6() {
  const std::string group = "[0-9A-Fa-f]{1,4}";
  std::string out = "(?:" + group + ":){7}" + group + "|::";
  for (int before = 0; before <= 7; ++before) {
    for (int behind = before == 0 ? 1 : 0; before + behind <= 7; ++behind) {
      out += "|";
      if (before > 0) out += before > 1 ? fmt::format("(?:{}:){{{}}}{}", group, before - 1, group) : group;
      out += "::";
      if (behind > 0) out += behind > 1 ? fmt::format("(?:{}:){{{}}}{}", group, behind - 1, group) : group;
    }
  }
  return out;
}

struct Format {
  std::string_view name;
  std::string pattern;
};
const Format kFormats[] = {
    {"date", kDate},
    {"time", kTime},
    {"date-time", kDate + "T" + kTime},
    {"duration", "P(?:\\d{1,4}W|(?:" + kDays + ")(?:T" + kHours + ")?|T" + kHours + ")"},
    {"uuid", "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"},
    {"email", "[A-Za-z0-9_+-]{1,32}(?:\\.[A-Za-z0-9_+-]{1,16}){0,2}@" + kHost},
    {"hostname", kHost},
    {"ipv4", kIpv4},
    {"ipv6", ipv6()},
    {"uri", "(?:https?|ftp)://" + kHost + "(?::[1-9]\\d{0,3})?(?:/[A-Za-z0-9._~-]{0,64}){0,8}(?:\\?[A-Za-z0-9._~&=/+-]{0,128})?" +
                "(?:#[A-Za-z0-9._~/-]{0,64})?"},
};

}  // namespace

std::optional<std::string> format_pattern(std::string_view format) {
  for (const Format& one : kFormats)
    if (one.name == format) return one.pattern;
  return std::nullopt;
}

std::string known_formats() {
  std::string out;
  for (const Format& one : kFormats) out += (out.empty() ? "" : ", ") + std::string(one.name);
  return out;
}

}  // namespace maru::grammar

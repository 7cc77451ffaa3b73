// Reads the environment each time: it is short, and a program that serves may be told a new token.
#include "maru/hub/hf/endpoint.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "maru/base/error.h"
#include "maru/base/file.h"

namespace maru::hub::hf {
namespace fs = std::filesystem;
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool is_set(const char* name) {
  std::string value = variable(name);
  std::ranges::transform(value, value.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return value == "1" || value == "true" || value == "yes" || value == "on";
}

fs::path token_file() {
  if (const std::string path = variable("HF_TOKEN_PATH"); !path.empty()) return path;
  if (const std::string home = variable("HF_HOME"); !home.empty()) return fs::path(home) / "token";
  if (const std::string cache = variable("XDG_CACHE_HOME"); !cache.empty()) return fs::path(cache) / "huggingface" / "token";
  const std::string home = variable("HOME");
  return home.empty() ? fs::path() : fs::path(home) / ".cache" / "huggingface" / "token";
}

std::string header_of(std::string token, std::string_view origin) {
  const auto space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!token.empty() && space(token.back())) token.pop_back();
  token.erase(token.begin(), std::ranges::find_if_not(token, space));
  if (token.empty()) return {};
  const bool good = token.size() <= 4096 && std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; });
  check(good, "{}: holds no token of the Hugging Face hub: one word of printable characters is expected", origin);
  return "Bearer " + token;
}

}  // namespace

std::string endpoint() {
  std::string text = variable("HF_ENDPOINT");
  if (text.empty()) return "https://huggingface.co";
  while (text.ends_with('/')) text.pop_back();
  if (!text.starts_with("http://") && !text.starts_with("https://"))
    fail(ErrorKind::usage, "HF_ENDPOINT is {:?}; expected an address such as https://huggingface.co", text);
  return text;
}

std::string authorization() {
  if (is_set("HF_HUB_DISABLE_IMPLICIT_TOKEN")) return {};
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    if (std::string header = header_of(variable(name), name); !header.empty()) return header;
  }
  const fs::path path = token_file();
  std::error_code ignored;
  if (path.empty() || !fs::is_regular_file(path, ignored)) return {};
  return header_of(read_file(path, 1 << 16), path.string());
}

std::string quoted(std::string_view text, bool keep_slash) {
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || c == '.' || c == '_' || c == '~' || c == '-' || (keep_slash && c == '/')) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace maru::hub::hf

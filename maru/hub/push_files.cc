// What of a folder goes to the hub, and what never does.
#include <algorithm>
#include <cctype>
#include <system_error>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/model_files.h"
#include "maru/hub/push.h"

namespace maru::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 10'000, kMostSearched = 1 << 20;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return out;
}

// By its name. Vocabularies have "token" in theirs too, so only whole words count.
bool secret(std::string_view file_name) {
  const std::string name = lower(file_name);
  const auto begins = [&](std::string_view word) { return name.starts_with(word); };
  const auto ends = [&](std::string_view word) { return name.ends_with(word); };
  constexpr std::string_view names[] = {"token", "netrc", "_netrc"}, endings[] = {".token", ".pem", ".key", ".p12"};
  constexpr std::string_view beginnings[] = {"token.txt", "hf_token", "id_rsa", "id_ed25519", "credential", "password", "secret"};
  return std::ranges::find(names, name) != std::end(names) || std::ranges::any_of(endings, ends) || std::ranges::any_of(beginnings, begins);
}

bool hidden(std::string_view name) { return name.starts_with('.') && name != ".gitattributes"; }

std::uint64_t size_of(const fs::path& path) {
  std::error_code code;
  const std::uint64_t size = fs::file_size(path, code);
  if (code) fail(ErrorKind::io, "{}: cannot be read: {}", path.string(), code.message());
  return size;
}

// "hf_" and thirty or more letters and digits.
bool holds_token(std::string_view text) {
  for (std::size_t at = text.find("hf_"); at != std::string_view::npos; at = text.find("hf_", at + 3)) {
    const auto rest = text.substr(at + 3);
    const auto end = std::ranges::find_if(rest, [](unsigned char c) { return !std::isalnum(c); });
    if (end - rest.begin() >= 30) return true;
  }
  return false;
}

}  // namespace

std::vector<PushFile> files_to_push(const fs::path& path, std::vector<Phrase>& left_out) {
  std::error_code code;
  std::vector<PushFile> out;
  if (!fs::is_directory(path, code)) {
    if (!fs::is_regular_file(path, code)) fail(ErrorKind::not_found, "{}: no such file or folder", path.string());
    out.push_back({path.filename().string(), path, size_of(path)});
    return out;
  }
  fs::recursive_directory_iterator entry(path, code);
  for (; !code && entry != fs::recursive_directory_iterator(); entry.increment(code)) {
    const std::string file_name = entry->path().filename().string(), name = entry->path().lexically_relative(path).generic_string();
    if (hidden(file_name) || secret(file_name)) {
      if (hidden(file_name)) left_out.push_back(phrase("{}: is hidden and is not sent", name));
      else left_out.push_back(phrase("{}: looks like a secret and is not sent", name));
      if (entry->is_directory(code)) entry.disable_recursion_pending();
      continue;
    }
    if (entry->is_directory(code)) {
      if (entry->is_symlink(code)) left_out.push_back(phrase("{}: is a link to a folder and is not sent", name));
      continue;
    }
    check(entry->is_regular_file(code), "{}: is no regular file, which alone can be sent", entry->path().string());
    check(out.size() < kMostFiles, "{}: holds more than {} files; push fewer", path.string(), kMostFiles);
    out.push_back({name, entry->path(), size_of(entry->path())});
  }
  if (code) fail(ErrorKind::io, "{}: could not be listed: {}", path.string(), system_reason(code.value()));
  if (out.empty()) fail(ErrorKind::not_found, "{}: holds nothing that could be sent", path.string());
  std::ranges::sort(out, {}, &PushFile::name);
  std::vector<std::string> names;
  for (const PushFile& file : out) names.push_back(file.name);
  check_names(path.string(), names);
  return out;
}

void check_no_tokens(std::span<const PushFile> files) {
  for (const PushFile& file : files) {
    if (file.path.empty() || file.size > kMostSearched) continue;
    check(!holds_token(read_file(file.path, kMostSearched)),
        "{}: holds what looks like a token of the hub (hf_…); take it out before it is sent",
          file.path.string());
  }
}

std::string model_card(const CardFacts& facts) {
  std::string out = "---\n";
  const auto line = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) out += fmt::format("{}: {}\n", key, value);
  };
  line("license", facts.licence);
  line("base_model", facts.base_model);
  line("pipeline_tag", facts.task);
  out += "tags:\n- maru\n---\n\n";
  out += fmt::format("# {}\n\n", facts.name);
  if (!facts.base_model.empty()) out += fmt::format("Made from `{}`. ", facts.base_model);
  out += fmt::format("Sent by maru {}.\n", MARU_VERSION);
  return out;
}

}  // namespace maru::hub

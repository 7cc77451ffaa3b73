// Reads references to repositories of the Hugging Face hub; every part is checked before it reaches an address or a path.
#include "maru/hub/hf/reference.h"

#include <algorithm>
#include <vector>

#include "maru/base/error.h"
#include "maru/hub/digest.h"
#include "maru/hub/hf/endpoint.h"
#include "maru/hub/model_files.h"

namespace maru::hub::hf {
namespace {

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool valid_part(std::string_view part) {
  const auto edge = [](char c) { return c == '.' || c == '-'; };
  return !part.empty() && !edge(part.front()) && !edge(part.back()) && part.find("--") == std::string_view::npos &&
         part.find("..") == std::string_view::npos && !part.ends_with(".git") &&
         std::ranges::all_of(part, [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string unquoted(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low >= 0) {
      out += char(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin) out.push_back(unquoted(path.substr(begin, end - begin)));
    begin = end + 1;
  }
  return out;
}

std::string joined(const std::vector<std::string>& parts, std::size_t from) {
  std::string out;
  for (std::size_t i = from; i < parts.size(); ++i) out += (out.empty() ? "" : "/") + parts[i];
  return out;
}

Reference checked(Reference out, std::string_view given) {
  if (!valid_id(out.id)) {
    fail(ErrorKind::usage, "hf:{}: {:?} is no repository; write hf:ORG/NAME with letters, digits, . _ - (for example "
         "hf:sentence-transformers/all-MiniLM-L6-v2), or hf:datasets/ORG/NAME for a data set", given, out.id);
  }
  if (out.revision == "main") out.revision.clear();
  if (!out.revision.empty() && !valid_revision(out.revision))
    fail(ErrorKind::usage, "hf:{}: {:?} is no revision; write a branch, a tag or a commit behind @", given, out.revision);
  while (out.chosen.ends_with('/')) out.chosen.pop_back();
  if (!out.chosen.empty() && !safe_name(out.chosen))
    fail(ErrorKind::usage, "hf:{}: {:?} is no file, folder or quantisation of a repository", given, out.chosen);
  return out;
}

// org/name[@revision][:chosen], without the site around it.
Reference parse_plain(std::string_view rest) {
  Reference out;
  if (rest.starts_with("datasets/")) {
    out.data = true;
    rest.remove_prefix(9);
  }
  const std::size_t colon = rest.find(':');
  if (colon != std::string_view::npos) {
    out.chosen = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
  }
  const std::size_t at = rest.find('@');
  if (at != std::string_view::npos) {
    out.revision = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (out.revision.empty()) out.revision = "@";  // which is no revision
  }
  out.id = rest;
  return out;
}

bool is_view(std::string_view word) {
  constexpr std::string_view kViews[] = {"tree", "blob", "resolve", "raw", "blame", "commit", "commits", "discussions", "viewer", "edit"};
  return std::ranges::find(kViews, word) != std::end(kViews);
}

// [datasets/]org/name[/view/revision/path…], as the site's addresses go on.
Reference parse_site(std::string_view path) {
  path = path.substr(0, path.find_first_of("?#"));
  std::vector<std::string> parts = segments(path);
  const bool data = !parts.empty() && parts[0] == "datasets";
  if (data) parts.erase(parts.begin());
  const std::size_t length = parts.size() > 1 && !is_view(parts[1]) ? 2 : std::min<std::size_t>(parts.size(), 1);
  std::string plain = joined({parts.begin(), parts.begin() + std::ptrdiff_t(length)}, 0);
  Reference out = parse_plain((data ? "datasets/" : "") + plain);
  if (parts.size() <= length) return out;
  const std::string& view = parts[length];
  if (view == "discussions" || view == "viewer" || view == "commits" || parts.size() < length + 2) return out;
  std::size_t next = length + 1;
  out.revision = parts[next++];
  // refs/pr/3, whether its slashes were quoted or not.
  const auto unfinished = [&] { return out.revision.starts_with("refs") && std::ranges::count(out.revision, '/') < 2; };
  while (unfinished() && next < parts.size()) out.revision += "/" + parts[next++];
  if (view != "commit") out.chosen = joined(parts, next);
  return out;
}

}  // namespace

std::string Reference::text() const {
  return (data ? "datasets/" : "") + id + (revision.empty() ? "" : "@" + revision) + (chosen.empty() ? "" : ":" + chosen);
}

bool valid_id(std::string_view id) {
  if (id.size() > 96) return false;
  const std::size_t slash = id.find('/');
  if (slash == std::string_view::npos) return valid_part(id);
  return valid_part(id.substr(0, slash)) && valid_part(id.substr(slash + 1));
}

bool is_commit(std::string_view revision) {
  return is_hex(revision, 40);
}

bool valid_revision(std::string_view revision) {
  if (revision.empty() || revision.size() > 200 || !safe_name(revision) || revision.starts_with('-') || revision == "@") return false;
  if (revision.find("..") != std::string_view::npos || revision.find("@{") != std::string_view::npos) return false;
  if (revision.ends_with('.') || revision.ends_with(".lock")) return false;
  return revision.find_first_of(" ~^:?*[\\") == std::string_view::npos;
}

std::optional<std::string_view> path_on_site(std::string_view text) {
  std::string_view rest = text;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!rest.starts_with(scheme)) continue;
    rest.remove_prefix(scheme.size());
    break;
  }
  const std::string own = endpoint();
  for (const std::string_view host : {std::string_view("huggingface.co"), std::string_view("www.huggingface.co"), std::string_view("hf.co"),
                                      std::string_view(own).substr(own.find("://") + 3)}) {
    if (rest.size() > host.size() && rest.starts_with(host) && rest[host.size()] == '/') return rest.substr(host.size() + 1);
  }
  return std::nullopt;
}

Reference parse_reference(std::string_view rest) {
  const std::string_view given = rest;
  if (const auto path = path_on_site(rest)) {
    for (const std::string_view page : {"spaces/", "docs/", "blog/", "papers/", "collections/", "learn/"}) {
      if (path->starts_with(page)) fail(ErrorKind::usage, "hf:{}: is neither a model nor a data set", given);
    }
    return checked(parse_site(*path), given);
  }
  if (rest.starts_with("//")) rest.remove_prefix(2);  // hf://…, as file systems in Python write it
  return checked(parse_plain(rest), given);
}

}  // namespace maru::hub::hf

// Lists the files of a folder that are worth reading, and everything that was left out, with the reason.
#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/rag/extract.h"

namespace maru::rag {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRulesBytes = std::size_t{1} << 20;

// Folders that hold what programs made or fetched.
constexpr std::string_view kMadeFolders[] = {"node_modules",
                                             "__pycache__",
                                             "venv",
                                             "site-packages",
                                             "build",
                                             "dist",
                                             "target",
                                             "out",
                                             "bower_components",
                                             "vendor",
                                             "DerivedData",
                                             "CMakeFiles",
                                             "cmake-build-debug",
                                             "cmake-build-release"};

// One pattern of an ignore file.  gitignore(5)
struct Rule {
  std::vector<std::string> segments;  // split at /
  bool negated = false, folders_only = false;
};
struct RuleFile {
  fs::path folder;  // patterns are relative to it
  std::string name;
  std::vector<Rule> rules;
};

// One path segment against one pattern segment: * ? [a-z] [!x] and \ before any of them.
bool matches_class(std::string_view pattern, std::size_t& at, char c) {
  std::size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false, ++i) {
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      found |= c >= pattern[i] && c <= pattern[i + 2];
      i += 2;
    } else {
      found |= c == pattern[i];
    }
  }
  if (i >= pattern.size()) {  // no closing bracket: the bracket means itself
    ++at;
    return c == '[';
  }
  at = i + 1;
  return found != negated;
}

bool matches_segment(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, retry = 0;
  while (n < name.size()) {
    std::size_t next = p;
    bool same = false;
    if (p < pattern.size()) {
      if (pattern[p] == '*') {
        star = p++;
        retry = n;
        continue;
      }
      if (pattern[p] == '?') same = true, ++next;
      else if (pattern[p] == '[') same = matches_class(pattern, next, name[n]);
      else if (pattern[p] == '\\' && p + 1 < pattern.size()) same = pattern[p + 1] == name[n], next += 2;
      else same = pattern[p] == name[n], ++next;
    }
    if (same) {
      p = next;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// Segments against segments; "**" stands for any number of them. Going back to the last "**" is enough, as with one *.
bool matches_path(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  std::size_t p = 0, n = 0, retry = 0;
  std::optional<std::size_t> stars;
  while (n < path.size()) {
    if (p < pattern.size() && pattern[p] == "**") {
      // At the end it stands for everything inside, so for one segment at least.
      if (p + 1 == pattern.size()) return true;
      stars = p++;
      retry = n;
    } else if (p < pattern.size() && matches_segment(pattern[p], path[n])) {
      ++p, ++n;
    } else if (stars) {
      p = *stars + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  return p == pattern.size();
}

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end > at) out.emplace_back(path.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::optional<Rule> parse_rule(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' ||
                           ((line.back() == ' ' || line.back() == '\t') && !(line.size() > 1 && line[line.size() - 2] == '\\')))) {
    line.remove_suffix(1);
  }
  if (line.empty() || line[0] == '#') return std::nullopt;
  Rule rule;
  if (line[0] == '!') rule.negated = true, line.remove_prefix(1);
  if (line.ends_with('/')) rule.folders_only = true, line.remove_suffix(1);
  if (line.empty()) return std::nullopt;
  const bool anchored = line.find('/') != std::string_view::npos;
  rule.segments = segments(line);
  if (rule.segments.empty()) return std::nullopt;
  if (!anchored) rule.segments.insert(rule.segments.begin(), "**");
  return rule;
}

std::optional<RuleFile> read_rules(const fs::path& folder, const char* name, std::vector<Skipped>& skipped) {
  const fs::path path = folder / name;
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(path, error))) return std::nullopt;
  RuleFile out{.folder = folder, .name = name, .rules = {}};
  try {
    const std::string text = read_file(path, kMaxRulesBytes);
    for (const std::string_view line : lines(text)) {
      if (auto rule = parse_rule(line)) out.rules.push_back(std::move(*rule));
    }
  } catch (const Error& problem) {
    skipped.push_back({path, phrase("its ignore rules could not be read: {}", problem.said())});
    return std::nullopt;
  }
  return out;
}

std::string read_start(const fs::path& path, bool& readable) {
  std::string bytes(8192, '\0');
  std::ifstream in(path, std::ios::binary);
  readable = bool(in);
  if (!in) return {};
  in.read(bytes.data(), std::streamsize(bytes.size()));
  bytes.resize(std::size_t(in.gcount()));
  return bytes;
}

bool inside(const fs::path& path, const fs::path& folder) {
  const auto [a, b] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return a == folder.end();
}

class Walker {
 public:
  Walker(fs::path root, const Cancel* cancel) : root_(std::move(root)), cancel_(cancel) {}

  Walk run() {
    // Folders wait here with the rules that hold in them; a deep tree costs no stack.
    std::vector<Pending> waiting{{root_, {}}};
    while (!waiting.empty()) {
      Pending folder = std::move(waiting.back());
      waiting.pop_back();
      visit(std::move(folder), waiting);
    }
    std::ranges::sort(out_.files);
    std::ranges::sort(out_.skipped, {}, &Skipped::path);
    return std::move(out_);
  }

 private:
  using Rules = std::vector<std::shared_ptr<const RuleFile>>;
  struct Pending {
    fs::path path;
    Rules rules;
  };

  void skip(const fs::path& path, Phrase why) { out_.skipped.push_back({path, std::move(why)}); }

  void visit(Pending folder, std::vector<Pending>& waiting) {
    if (cancel_) cancel_->check();
    for (const char* const name : {".gitignore", ".maruignore"}) {
      if (auto rules = read_rules(folder.path, name, out_.skipped)) folder.rules.push_back(std::make_shared<RuleFile>(std::move(*rules)));
    }
    std::error_code error;
    fs::directory_iterator entries(folder.path, error);
    if (error) return skip(folder.path, phrase("the folder cannot be read: {}", system_reason(error.value())));
    for (; entries != fs::directory_iterator(); entries.increment(error)) {
      if (cancel_) cancel_->check();
      look_at(entries->path(), folder.rules, waiting);
    }
    if (error) skip(folder.path, phrase("the folder cannot be read to its end: {}", system_reason(error.value())));
  }

  void look_at(const fs::path& path, const Rules& rules, std::vector<Pending>& waiting) {
    std::error_code error;
    const auto type = fs::symlink_status(path, error).type();
    const std::string name = path.filename().string();
    if (type == fs::file_type::symlink) return look_at_link(path);
    if (name.starts_with('.')) return skip(path, type == fs::file_type::directory ? phrase("hidden folder") : phrase("hidden file"));
    if (type == fs::file_type::directory) {
      if (std::ranges::find(kMadeFolders, name) != std::end(kMadeFolders)) return skip(path, phrase("a folder of made or fetched files"));
      if (auto why = ignored(path, true, rules)) return skip(path, std::move(*why));
      waiting.push_back({path, rules});
      return;
    }
    if (type != fs::file_type::regular) return skip(path, error ? system_reason(error.value()) : phrase("not a regular file (a fifo, socket or device)"));
    if (auto why = ignored(path, false, rules)) return skip(path, std::move(*why));
    if (auto why = unreadable(path)) return skip(path, std::move(*why));
    out_.files.push_back(path);
  }

  void look_at_link(const fs::path& path) {
    std::error_code error;
    const fs::path target = fs::canonical(path, error);
    if (error) return skip(path, phrase("a link that leads nowhere"));
    skip(path, inside(target, root_) ? phrase("a link to what lies in the folder anyway") : phrase("a link that leaves the folder"));
  }

  // The last pattern that matches decides, as in git; files of inner folders come later.
  static std::optional<Phrase> ignored(const fs::path& path, bool folder, const Rules& rules) {
    std::optional<Phrase> why;
    for (const auto& file : rules) {
      const std::vector<std::string> relative = segments(path.lexically_relative(file->folder).generic_string());
      for (const Rule& rule : file->rules) {
        if ((rule.folders_only && !folder) || !matches_path(rule.segments, relative)) continue;
        if (rule.negated) why.reset();
        else why = phrase("ignored by {}", (file->folder / file->name).string());
      }
    }
    return why;
  }

  static std::optional<Phrase> unreadable(const fs::path& path) {
    std::error_code error;
    const auto size = fs::file_size(path, error);
    if (error) return system_reason(error.value());
    if (size == 0) return phrase("empty file");
    if (size > kMaxDocumentBytes) return phrase("{} MiB; a document may have at most {} MiB", size >> 20, kMaxDocumentBytes >> 20);
    bool readable = false;
    const std::string start = read_start(path, readable);
    if (!readable) return phrase("cannot be opened (permission?)");
    const bool pdf = std::string_view(start).substr(0, 1024).contains("%PDF-") || lower_extension(path) == ".pdf";
    if (!pdf && !looks_like_text(start)) return phrase("binary file");
    return std::nullopt;
  }
  static std::string lower_extension(const fs::path& path) {
    std::string out = path.extension().string();
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
    return out;
  }

  fs::path root_;
  const Cancel* cancel_;
  Walk out_;
};

}  // namespace

Walk walk(const std::filesystem::path& root, const Cancel* cancel) {
  std::error_code error;
  const fs::path path = fs::canonical(root, error);
  if (error == std::errc::no_such_file_or_directory) fail(ErrorKind::not_found, "{}: no such file or folder", root.string());
  if (error) fail(ErrorKind::io, "{}: {}", root.string(), system_reason(error.value()));
  const auto type = fs::status(path, error).type();
  if (type == fs::file_type::directory) return Walker(path, cancel).run();
  check(type == fs::file_type::regular, "{}: neither a folder nor a regular file (a fifo, socket or device)", root.string());
  return {.files = {path}, .skipped = {}};
}

}  // namespace maru::rag

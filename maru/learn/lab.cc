// Starts the harness (harness.py, inside the program) in a confined child and reads its one line.
#include "maru/learn/lab.h"

#include <stdlib.h>
#include <unistd.h>

#include <chrono>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/process.h"

namespace maru::learn {
std::string_view harness_py();  // generated from harness.py

namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMegabyte = std::size_t{1} << 20;
constexpr std::size_t kMostAnswer = 4 * kMegabyte, kMostFile = 64 * kMegabyte;

class EmptyFolder {
 public:
  EmptyFolder() {
    std::string name = (fs::temp_directory_path() / "maru-lab-XXXXXX").string();
    if (!::mkdtemp(name.data())) fail(ErrorKind::io, "{}: a folder for the lab could not be made: {}", name, system_reason(errno));
    path_ = name;
  }
  ~EmptyFolder() {
    std::error_code code;
    fs::remove_all(path_, code);
  }
  EmptyFolder(const EmptyFolder&) = delete;
  EmptyFolder& operator=(const EmptyFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// A python3 that is a script (a version manager's shim) starts further processes, which the child may not: it is asked what it would run.
std::string interpreter(const std::string& program) {
  const fs::path found = program_path(program);
  std::error_code code;
  const auto file = MappedFile::open(found);
  const std::span<const std::byte> bytes = file->bytes();
  if (bytes.size() < 2 || char(bytes[0]) != '#' || char(bytes[1]) != '!') return found.string();
  const ProcessResult said = run_process({found.string(), "-I", "-c", "import sys; print(sys.executable)"});
  const std::string path = said.output.substr(0, said.output.find('\n'));
  check(said.exit_code == 0 && fs::exists(path, code), "{}: did not say where its Python is; set MARU_PYTHON to a Python program",
      found.string());
  return path;
}

LabTrouble trouble_of(const Json& said, const fs::path& lab) {
  LabTrouble out{.type = said.value("type", ""), .message = said.value("message", ""), .file = said.value("file", ""),
      .text = said.value("text", ""),
                 .line = said.value("line", 0)};
  out.in_lab = !lab.empty() && out.file == lab.string();
  return out;
}

Python named_python() {
  Python out;
  std::error_code code;
  if (const char* given = ::getenv("MARU_PYTHON"); given && *given) {
    for (std::string_view rest = given; !rest.empty();) {
      const std::string one(rest.substr(0, rest.find(':')));
      rest.remove_prefix(std::min(rest.size(), one.size() + 1));
      if (one.empty()) continue;
      if (fs::is_directory(one, code)) out.paths.push_back(fs::absolute(one).string());
      else if (fs::is_regular_file(one, code) || one.find('/') == one.npos) out.program = one;
      else fail(ErrorKind::not_found, "MARU_PYTHON: {} is neither a folder nor a program", one);
    }
    return out;
  }
  const fs::path here = fs::read_symlink("/proc/self/exe", code).parent_path();
  for (const fs::path& place : {here / "python", here / ".." / "lib" / "maru" / "python"})
    if (fs::is_directory(place / "maru", code)) {
      out.paths.push_back(fs::weakly_canonical(place, code).string());
      break;
    }
  return out;
}

}  // namespace

Python find_python() {
  Python out = named_python();
  out.program = interpreter(out.program);
  return out;
}

LabResult run_lab(const Python& python, const LabRun& run, const Cancel* cancel) {
  const EmptyFolder folder;
  Json request = {{"measure", fs::absolute(run.measure).string()}, {"seed", run.seed}, {"seconds", run.limits.seconds},
      {"paths", python.paths}};
  const fs::path lab = run.lab.empty() ? fs::path() : fs::absolute(run.lab);
  if (!lab.empty()) request["lab"] = lab.string();
  if (!run.model.empty()) request["model"] = run.model;
  ProcessLimits limits;
  // The harness ends itself a little earlier, and can say at which line.
  limits.time = std::chrono::milliseconds(std::int64_t(run.limits.seconds * 1000) + 1500);
  // What is private counts as memory; what is only mapped (a model) does not, so the address space gets room beside it.
  limits.data_bytes = run.limits.memory_mb * kMegabyte;
  limits.memory_bytes = limits.data_bytes + 8192 * kMegabyte;
  limits.output_bytes = kMostAnswer;
  limits.file_bytes = kMostFile;
  limits.alone = true;
  limits.folder = folder.path().string();
  limits.environment = {{"MARU_SABOTAGE", run.sabotage}, {"MARU_OFFLINE", "1"}, {"PYTHONUTF8", "1"}, {"TMPDIR", folder.path().string()}};
  const auto begin = std::chrono::steady_clock::now();
  const ProcessResult done = run_process({python.program, "-I", "-B", "-c", std::string(harness_py()), dump(request)}, limits, cancel);
  LabResult result;
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  result.printed = done.errors;
  result.network = done.network;
  if (done.timed_out) {
    result.trouble = LabTrouble{.type = "TooSlow"};
  } else if (done.output.empty()) {  // killed, or it left by os._exit
    result.trouble = LabTrouble{.type = done.exit_code >= 128 ? fmt::format("signal {}", done.exit_code - 128)
        : fmt::format("exit {}", done.exit_code),
                                .message = done.errors.substr(0, 2000)};
  } else {
    const Json answer = parse_json(done.output, "harness");
    if (answer.contains("error")) result.trouble = trouble_of(answer["error"], lab);
    else result.facts = answer.value("facts", Json());
    if (!result.trouble && !result.facts.is_object())
      result.trouble = LabTrouble{.type = "TypeError", .message = "measure() must return a dict of facts", .file = run.measure.string()};
  }
  return result;
}

}  // namespace maru::learn

// A child process by fork and exec: two pipes are read until the child is done, a limit is reached, or the person stops it.
#include "maru/base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "maru/base/confine.h"
#include "maru/base/error.h"

namespace maru {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kMostErrors = 64 << 10;

[[noreturn]] void refused(int code, const Phrase& action, const std::string& program) {
  fail(ErrorKind::io, "{}: could not {}: {}", program, action, system_reason(code));
}

struct Pipe {
  int read = -1, write = -1;
  explicit Pipe(const std::string& program) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) refused(errno, phrase("make a pipe"), program);
    read = ends[0];
    write = ends[1];
  }
  ~Pipe() {
    close(read);
    close(write);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  static void close(int& end) {
    if (end >= 0) ::close(std::exchange(end, -1));
  }
};

// The child and whatever it started; both are gone when this is.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The wait status, once there is one.
  bool finished() {
    if (!waiting_) return true;
    const pid_t got = ::waitpid(id_, &status_, WNOHANG);
    if (got == id_) waiting_ = false;
    return !waiting_;
  }
  void end() {
    ::kill(-id_, SIGKILL);
    if (!waiting_) return;
    ::kill(id_, SIGKILL);  // the group may not exist yet
    while (::waitpid(id_, &status_, 0) < 0 && errno == EINTR) {}
    waiting_ = false;
  }
  int exit_code() const { return WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_); }

 private:
  pid_t id_;
  int status_ = 0;
  bool waiting_ = true;
};

struct Ends {
  int input, output, errors, trouble, confined;
};
struct Start {
  const char* file;
  char* const* arguments;
  char* const* environment;
  const char* folder;
};

bool limit(int resource, std::size_t bytes) {
  const rlimit most{bytes, bytes};
  return bytes == 0 || ::setrlimit(__rlimit_resource(resource), &most) == 0;
}

// Runs in the child. Only calls that are safe after a fork of a threaded program.
[[noreturn]] void become(const Start& start, const ProcessLimits& limits, const Ends& ends, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the parent ended before the line above
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  bool ready = ::dup2(ends.input, 0) >= 0 && ::dup2(ends.output, 1) >= 0 && ::dup2(ends.errors, 2) >= 0;
  ready = ready && limit(RLIMIT_AS, limits.memory_bytes) && limit(RLIMIT_DATA, limits.data_bytes) && limit(RLIMIT_FSIZE, limits.file_bytes);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  if (ready && *start.folder) ready = ::chdir(start.folder) == 0;
  if (ready && limits.alone) {
    const char kept = confine();
    [[maybe_unused]] const auto sent = ::write(ends.confined, &kept, 1);
  }
  if (ready) ::execve(start.file, start.arguments, start.environment);
  const int code = errno;
  [[maybe_unused]] const auto sent = ::write(ends.trouble, &code, sizeof code);
  ::_exit(127);
}

// Moves what is there into `to`, keeping at most `most` bytes; closes the end when the other side has. False when some was cut.
bool drain(int& end, std::string& to, std::size_t most) {
  std::array<char, 64 << 10> buffer;
  const ssize_t n = ::read(end, buffer.data(), buffer.size());
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (n <= 0) {
    Pipe::close(end);
    return true;
  }
  const std::size_t kept = std::min(std::size_t(n), most - to.size());
  to.append(buffer.data(), kept);
  return kept == std::size_t(n);
}

}  // namespace

// Searched before the fork: between fork and exec a threaded program may call almost nothing.
std::string program_path(const std::string& program) {
  const auto runs = [](const std::string& file) {
    std::error_code code;
    return std::filesystem::is_regular_file(file, code) && ::access(file.c_str(), X_OK) == 0;
  };
  if (program.find('/') != program.npos) {
    if (runs(program)) return program;
    fail(ErrorKind::not_found, "{}: no such program, or it may not be run", program);
  }
  const char* path = std::getenv("PATH");
  std::string_view folders = path ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!program.empty() && !folders.empty()) {
    const std::string_view folder = folders.substr(0, folders.find(':'));
    folders.remove_prefix(std::min(folders.size(), folder.size() + 1));
    const std::string file = std::string(folder.empty() ? "." : folder) + "/" + program;
    if (runs(file)) return file;
  }
  fail(ErrorKind::not_found, "{}: this program is not on the PATH; install it or add its folder to PATH", program);
}

ProcessResult run_process(const std::vector<std::string>& command, const ProcessLimits& limits, const Cancel* cancel,
                          const std::function<void()>& tick) {
  if (command.empty()) fail(ErrorKind::internal, "run_process: the command is empty");
  const std::string file = program_path(command[0]);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  std::vector<std::string> settings;
  for (char** one = environ; *one; ++one) {
    const std::string_view name = std::string_view(*one).substr(0, std::string_view(*one).find('='));
    if (std::none_of(limits.environment.begin(), limits.environment.end(), [&](const auto& set) { return set.first == name; }))
      settings.emplace_back(*one);
  }
  for (const auto& [name, value] : limits.environment) settings.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (std::string& one : settings) environment.push_back(one.data());
  environment.push_back(nullptr);

  Pipe output(file), errors(file), trouble(file), confined(file);
  int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0) refused(errno, phrase("open /dev/null"), file);
  const pid_t parent = ::getpid();
  const pid_t id = ::fork();
  if (id == 0) 
    become({file.c_str(), arguments.data(), environment.data(), limits.folder.c_str()}, limits,
           {nothing, output.write, errors.write, trouble.write, confined.write}, parent);
  const int fork_code = errno;
  Pipe::close(nothing);
  if (id < 0) {
    errno = fork_code;
    refused(errno, phrase("start it"), file);
  }
  Child child(id);
  ::setpgid(id, id);  // both sides do it, so that the group exists whoever comes first
  Pipe::close(output.write);
  Pipe::close(errors.write);
  Pipe::close(trouble.write);
  Pipe::close(confined.write);

  int code = 0;  // arrives only when exec failed; a successful exec closes the pipe
  ssize_t told = 0;
  while ((told = ::read(trouble.read, &code, sizeof code)) < 0 && errno == EINTR) {}
  if (told == ssize_t(sizeof code)) {
    errno = code;
    refused(errno, phrase("start it"), file);
  }
  ::fcntl(output.read, F_SETFL, O_NONBLOCK);
  ::fcntl(errors.read, F_SETFL, O_NONBLOCK);

  ProcessResult result;
  if (limits.alone) {
    char kept = 0;
    while (::read(confined.read, &kept, 1) < 0 && errno == EINTR) {}
    constexpr std::array kWays = {"nothing", "filter", "namespace", "namespace and filter"};
    result.network = kWays[std::size_t(kept) % kWays.size()];
  }
  const auto end_time = Clock::now() + limits.time;
  auto next_tick = Clock::now() + std::chrono::milliseconds(100);
  for (;;) {
    // A negative descriptor is skipped by poll. When both pipes are closed only the end of the child is missing.
    std::array<pollfd, 2> both{{{output.read, POLLIN, 0}, {errors.read, POLLIN, 0}}};
    const bool open = output.read >= 0 || errors.read >= 0;
    const bool done = child.finished();
    const int ready = ::poll(both.data(), both.size(), done ? 0 : open ? 20 : 1);
    if (both[0].revents && !drain(output.read, result.output, limits.output_bytes)) {
      result.output_cut = true;
      break;
    }
    if (both[1].revents) drain(errors.read, result.errors, kMostErrors);
    // What a grandchild that outlives the child might still write is not waited for.
    if (done && ready <= 0) break;
    const auto now = Clock::now();
    if (now >= end_time) {
      result.timed_out = true;
      break;
    }
    if (now >= next_tick) {
      next_tick = now + std::chrono::milliseconds(100);
      if (tick) tick();
    }
    if (cancel) cancel->check();
  }
  child.end();
  result.exit_code = child.exit_code();
  return result;
}

}  // namespace maru

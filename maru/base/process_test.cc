// Child processes: what they say comes back, and none outlives its limits.
#include "maru/base/process.h"

#include <doctest/doctest.h>

#include <csignal>
#include <thread>

#include "tests/scratch.h"

using namespace maru;
using namespace std::chrono_literals;
using testing::error_of;
using testing::refuses;

namespace {

ProcessResult shell(const std::string& script, const ProcessLimits& limits = {}) { return run_process({"sh", "-c", script}, limits); }

}  // namespace

TEST_CASE("output, errors and the exit code come back") {
  const ProcessResult result = shell("echo out; echo err >&2; exit 3");
  CHECK(result.output == "out\n");
  CHECK(result.errors == "err\n");
  CHECK(result.exit_code == 3);
}

TEST_CASE("arguments reach the program as they are") {
  CHECK(run_process({"printf", "%s|", "a b", "$HOME", "*", ""}).output == "a b|$HOME|*||");
}

TEST_CASE("there is nothing to read") { CHECK(run_process({"cat"}).output.empty()); }

TEST_CASE("a program that is not there is not found") {
  CHECK(refuses(ErrorKind::not_found, [] { run_process({"no-such-program-at-all"}); }));
  CHECK(refuses(ErrorKind::not_found, [] { run_process({"/no/such/program"}); }));
  CHECK(refuses(ErrorKind::not_found, [] { run_process({""}); }));
}

TEST_CASE("a program that cannot be started says why") {
  const testing::Scratch scratch;
  const auto path = scratch.put("broken", "\x7f" "ELF broken");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  CHECK(error_of([&] { run_process({path.string()}); }).contains("could not start it"));
}

TEST_CASE("more output than both pipes hold comes back whole") {
  const ProcessResult result = shell("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2");
  CHECK(result.output.size() == 3'000'000);
  CHECK(result.errors.size() == 64 << 10);
  CHECK(result.exit_code == 0);
}

TEST_CASE("too much output ends the child") {
  const ProcessResult result = shell("cat /dev/zero", {.output_bytes = 100'000});
  CHECK(result.output_cut);
  CHECK(result.output.size() == 100'000);
  CHECK(result.exit_code == 128 + SIGKILL);
}

TEST_CASE("a child that takes too long is ended with all it started") {
  const auto start = std::chrono::steady_clock::now();
  const ProcessResult result = shell("sleep 60 & sleep 60", {.time = 100ms});
  CHECK(result.timed_out);
  CHECK(result.exit_code == 128 + SIGKILL);
  CHECK(std::chrono::steady_clock::now() - start < 20s);
}

TEST_CASE("a child that closes its pipes and stays is ended too") {
  CHECK(shell("exec >&- 2>&-; sleep 60", {.time = 100ms}).timed_out);
}

TEST_CASE("a grandchild that keeps the pipe is not waited for") {
  const ProcessResult result = shell("sleep 60 & echo done", {.time = 30s});
  CHECK_FALSE(result.timed_out);
  CHECK(result.output == "done\n");
}

TEST_CASE("memory is limited") {
  const ProcessResult result =
      run_process({"python3", "-c", "bytearray(2000 << 20)"}, {.memory_bytes = std::size_t{512} << 20});
  CHECK(result.exit_code != 0);
}

TEST_CASE("raising the cancel ends the child") {
  Cancel cancel;
  int ticks = 0;
  CHECK(refuses(ErrorKind::cancelled, [&] {
    run_process({"sleep", "60"}, {}, &cancel, [&] {
      if (++ticks == 2) cancel.raise();
    });
  }));
  CHECK(ticks == 2);
}

TEST_CASE("a child starts in the folder and with the settings it is given") {
  const ProcessResult done = run_process({"sh", "-c", "pwd; echo $MARU_GIVEN"}, {.folder = "/", .environment = {{"MARU_GIVEN", "this one"}}});
  CHECK(done.output == "/\nthis one\n");
}

TEST_CASE("a child that must stay alone starts nothing, and a file it writes has a limit") {
  CHECK(run_process({"sh", "-c", "(true) && echo started"}, {.alone = true}).output.empty());
  CHECK(run_process({"sh", "-c", "(true) && echo started"}).output == "started\n");
  CHECK(run_process({"sh", "-c", "echo here"}, {.alone = true}).output == "here\n");
  const ProcessResult large = run_process({"head", "-c", "100000", "/dev/zero"}, {.file_bytes = 10});  // a pipe is no file
  CHECK(large.output.size() == 100'000);
}

// What a prune takes away, and what it leaves.
#include "maru/hub/prune.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include "maru/base/file.h"
#include "maru/hub/digest_locks.h"
#include "maru/hub/lock.h"
#include "maru/hub/test_folder.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

void write_rests(const TestFolder& folder) {
  folder.write("home/blobs/" + std::string(64, 'f'), "no manifest names this");
  folder.write("home/partials/" + std::string(64, 'e') + ".part", "half");
  folder.write("home/partials/" + std::string(64, 'e') + ".json", "{}");
  folder.write("home/views/gone/model.gguf", "x");
  folder.write("home/tmp/killed/part", "half");
  folder.write("home/models/.maru-999999999-0.tmp", "half a manifest");
}

std::string kinds(const Pruned& pruned) {
  std::string out;
  for (const Wasted& one : pruned.found) out += std::string(waste_name(one.what)) + " ";
  return out;
}

}  // namespace

TEST_CASE("a prune takes what belongs to nothing, and leaves every model whole") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  const Model model = store.pull("file:" + folder.write("a.gguf", "GGUF weights").string());
  const std::size_t before = count_files(folder.path() / "home");
  write_rests(folder);
  folder.write("home/models/.maru-" + std::to_string(::getpid()) + "-0.tmp", "being written");
  const Pruned dry = prune(store, true);
  CHECK(kinds(dry) == "temporary temporary view partial partial blob ");
  CHECK(dry.bytes() > 0);
  CHECK(count_files(folder.path() / "home") == before + 7);
  CHECK(kinds(prune(store, false)) == kinds(dry));
  CHECK(count_files(folder.path() / "home") == before + 3);  // what is being written, and the files whose bytes lock parts and blobs
  CHECK(store.verify(model, {}, nullptr).empty());
  CHECK(prune(store, false).found.empty());
}

TEST_CASE("while a pull runs its rests, the parts and the blobs stay") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  store.pull("file:" + folder.write("a.gguf", "GGUF weights").string());
  write_rests(folder);
  folder.write("home/tmp/running/part", "half");
  const FileLock lock(folder.path() / "home/locks/running.pull", {}, nullptr);
  const Pruned pruned = prune(store, false);
  CHECK(pruned.running == 1);
  CHECK(kinds(pruned) == "temporary temporary view ");
  CHECK(fs::exists(folder.path() / "home/tmp/running/part"));
  CHECK(fs::exists(folder.path() / "home/partials" / (std::string(64, 'e') + ".part")));
  CHECK(fs::exists(folder.path() / "home/blobs" / std::string(64, 'f')));
}

TEST_CASE("a blob that a pull counts on is collected by nobody") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  const Model model = store.pull("file:" + folder.write("a.gguf", "GGUF weights").string());
  const std::string sum = model.files[0].sha256;
  const fs::path blob = folder.path() / "home/blobs" / sum;
  {
    const DigestLocks one(folder.path() / "home/locks/blobs", std::span(&sum, 1), {}, nullptr, DigestLocks::Use::together);
    const DigestLocks two(folder.path() / "home/locks/blobs", std::span(&sum, 1), {}, nullptr, DigestLocks::Use::together);
    store.remove("a");
    CHECK(fs::exists(blob));
    CHECK(kinds(prune(store, false)) == "");
    CHECK(fs::exists(blob));
  }
  CHECK(kinds(prune(store, false)) == "blob ");
  CHECK_FALSE(fs::exists(blob));
}

TEST_CASE("a manifest that cannot be read stops a prune: its blobs are not known") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  store.pull("file:" + folder.write("a.gguf", "GGUF weights").string());
  folder.write("home/models/a.json", "{");
  CHECK(error_of([&] { prune(store, false); }).find("a.json") != std::string::npos);
  CHECK(count_files(folder.path() / "home/blobs") == 1);
}

TEST_CASE("a link among the rests is removed, never what it points to") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  store.pull("file:" + folder.write("a.gguf", "GGUF weights").string());
  folder.write("mine/thesis.txt", "years of work");
  fs::create_directories(folder.path() / "home/tmp");
  fs::create_symlink(folder.path() / "mine", folder.path() / "home/tmp/link");
  CHECK(kinds(prune(store, false)) == "temporary ");
  CHECK(read_file(folder.path() / "mine/thesis.txt") == "years of work");
}

TEST_CASE("a store that was never used is pruned of nothing") {
  const TestFolder folder;
  CHECK(prune(Store(folder.path() / "home"), false).found.empty());
  CHECK_FALSE(fs::exists(folder.path() / "home"));
}

}  // namespace maru::hub

// What maru.lock keeps, what it refuses, and a pull that is held against it.
#include "maru/hub/lockfile.h"

#include <doctest/doctest.h>

#include "maru/base/file.h"
#include "maru/hub/test_folder.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

const Locked kMini{.name = "mini",
                   .reference = "hf:org/mini",
                   .revision = std::string(40, 'c'),
                   .licence = "apache-2.0 \"really\"",
                   .kind = Kind::model,
                   .files = {{.name = "config.json", .size = 2, .sha256 = std::string(64, 'a')},
                             {.name = "model.safetensors", .size = 7, .sha256 = std::string(64, 'b')}}};

Model pull_file(Store& store, const fs::path& path) { return store.pull("file:" + path.string(), {.name = "mine"}); }

}  // namespace

TEST_CASE("a lock reads back as it was written, one file a line") {
  Lock lock{kMini};
  Locked data = kMini;
  data.kind = Kind::data;
  data.revision = "";
  lock.push_back(data);
  const Lock read = parse_lock(lock_text(lock), "maru.lock");
  REQUIRE(read.size() == 2);
  CHECK(read[0].licence == kMini.licence);
  CHECK(read[0].revision == kMini.revision);
  CHECK(read[1].kind == Kind::data);
  CHECK(read[1].files[1].sha256 == kMini.files[1].sha256);
  CHECK(lock_text(read) == lock_text(lock));
  CHECK(lock_text(lock).find("{\"name\": \"config.json\", \"size\": 2, \"sha256\": ") != std::string::npos);
  CHECK(parse_lock(lock_text({}), "maru.lock").empty());
}

TEST_CASE("a model takes the place of the one with its name, and the names stay in order") {
  Lock lock{kMini};
  Locked other = kMini;
  other.name = "alpha";
  set_locked(lock, other);
  other.name = "mini";
  other.licence = "mit";
  set_locked(lock, other);
  REQUIRE(lock.size() == 2);
  CHECK(lock[0].name == "alpha");
  CHECK(lock[1].licence == "mit");
}

TEST_CASE("a lock edited by hand is refused with file and field") {
  const std::string good = lock_text({kMini});
  const auto after = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return error_of([&] { parse_lock(text, "maru.lock"); });
  };
  CHECK(after("mini", "mini").empty());
  CHECK(after("\"version\": 1", "\"version\": 2").find("version must be 1") != std::string::npos);
  CHECK(after("\"mini\"", "\"../mini\"").find("cannot be a model's name") != std::string::npos);
  CHECK(after("\"config.json\"", "\"../../.bashrc\"").find("leave its folder") != std::string::npos);
  CHECK(after("\"config.json\"", "\"model.safetensors\"").find("listed twice") != std::string::npos);
  CHECK(after(std::string(64, 'a'), std::string(64, 'A')).find("64 hex digits") != std::string::npos);
  CHECK(after("\"size\": 2", "\"size\": -2").find("size of config.json") != std::string::npos);
  CHECK(after("\"size\": 2", "\"size\": 1e3").find("size of config.json") != std::string::npos);
  CHECK(after("\"hf:org/mini\"", "\"hf:org/mini\\n\"").find("one line") != std::string::npos);
  CHECK(after("\"files\"", "\"flies\"").find("files must be a list") != std::string::npos);
  CHECK(after("\"name\": \"mini\"", "\"name\": \"mini\", \"kind\": \"code\"").find("kind must be") != std::string::npos);
  CHECK(after("{", "").find("maru.lock") != std::string::npos);
}

TEST_CASE("a lock is written whole over the old one") {
  const TestFolder folder;
  const fs::path path = folder.write("maru.lock", "{");
  CHECK(error_of([&] { read_lock(path); }).find("maru.lock") != std::string::npos);
  write_lock(path, {kMini});
  CHECK(read_lock(path).size() == 1);
  CHECK(count_files(folder.path()) == 1);
  CHECK(error_of([&] { read_lock(folder.path() / "other"); }).find("no such file") != std::string::npos);
}

TEST_CASE("bytes that differ from the lock are refused with the file, what was expected and what came") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  const fs::path path = folder.write("a.gguf", "GGUF weights");
  const Locked wanted = locked(pull_file(store, path));
  CHECK(pull_locked(store, wanted, {}).name == "mine");
  store.remove("mine");
  folder.write("a.gguf", "GGUF weighTs");
  const std::string said = error_of([&] { pull_locked(store, wanted, {}); });
  CHECK(said.find("a.gguf differs from maru.lock: expected sha256 " + wanted.files[0].sha256) != std::string::npos);
  CHECK(said.find("maru pull file:") != std::string::npos);
  CHECK(store.list().empty());
  CHECK(count_files(folder.path() / "home/blobs") == 0);
  folder.write("a.gguf", "GGUF");
  CHECK(error_of([&] { pull_locked(store, wanted, {}); }).find("expected 12 bytes, got 4 bytes") != std::string::npos);
}

TEST_CASE("files that are missing, more, or other are told apart") {
  Model model{.name = "mini", .reference = {}, .revision = {}, .licence = {}, .files = {}, .pulled = {}, .kind = Kind::model};
  for (const LockedFile& file : kMini.files)
    model.files.push_back({.name = file.name, .sha256 = file.sha256, .size = file.size, .place = {}, .git_sha1 = {}});
  CHECK(differences(kMini, model).empty());
  model.files[0].name = "extra.json";
  const std::vector<Difference> found = differences(kMini, model);
  REQUIRE(found.size() == 2);
  CHECK((found[0].file == "config.json" && found[0].got.empty()));
  CHECK((found[1].file == "extra.json" && found[1].expected.empty()));
}

}  // namespace maru::hub

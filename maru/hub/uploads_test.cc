// Files that clients send before a create names them.
#include "maru/hub/uploads.h"

#include <doctest/doctest.h>

#include "maru/base/file.h"
#include "maru/hub/make.h"
#include "maru/hub/prune.h"
#include "maru/hub/test_folder.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kHello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

BlobName hello() { return *BlobName::parse(fmt::format("sha256:{}", kHello)); }

void grow_old(const fs::path& path) { fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(25)); }

}  // namespace

TEST_CASE("a blob's name holds a sha256 and nothing else") {
  const std::string hex(kHello);
  CHECK(BlobName::parse("sha256:" + hex)->hex() == hex);
  CHECK(BlobName::parse("sha256-" + hex)->text() == "sha256:" + hex);
  std::string upper = hex;
  upper[3] = 'F';
  for (const std::string& bad :
       std::vector<std::string>{"zzz", hex, "sha512:" + hex, "sha256:" + hex.substr(1), "sha256:" + hex + "0", "sha256:" + upper,
                                "sha256/" + hex, "sha256:../../../../../../../../../../../../../../../../../etc/passwd12345678",
                                "sha256:" + std::string(64, '\0'), " sha256:" + hex, "sha256:" + hex + "\n", ""})
    CHECK_FALSE(BlobName::parse(bad));
}

TEST_CASE("an upload is there once its bytes are what its name says") {
  const TestFolder folder;
  const Store store(folder.path() / "home");
  const Uploads uploads(store);
  CHECK_FALSE(uploads.exists(hello()));
  const fs::path wrong = folder.write("body", "other");
  const std::string got = sha256_file(wrong);
  CHECK(error_of([&] { uploads.add(wrong, got, hello()); }) ==
        fmt::format("digest mismatch, expected \"sha256:{}\", got \"sha256:{}\"", kHello, got));
  CHECK(fs::exists(wrong));
  CHECK_FALSE(uploads.exists(hello()));
  CHECK(count_files(folder.path() / "home") == 0);

  const fs::path right = folder.write("body", "hello");
  uploads.add(right, std::string(kHello), hello());
  CHECK_FALSE(fs::exists(right));
  CHECK(uploads.exists(hello()));
  CHECK(read_file(uploads.path_of(hello())) == "hello");
  uploads.add(folder.write("body", "hello"), std::string(kHello), hello());   // once more is no error
  CHECK(count_files(folder.path() / "home" / "uploads") == 1);
}

TEST_CASE("what a model took from an upload is known by its digest still") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  const Uploads uploads(store);
  uploads.add(folder.write("body", "hello"), std::string(kHello), hello());
  const fs::path link = folder.path() / "home" / "linked";
  link_or_copy(uploads.path_of(hello()), link, {}, nullptr);
  MakeOptions options{.reference = "made:x", .licence = {}, .parts = {}};
  options.parts.push_back({.name = "model.gguf", .file = link, .sha256 = std::string(kHello)});
  make(store, "x", options);
  CHECK(fs::exists(uploads.path_of(hello())));
  uploads.remove(hello());
  CHECK(uploads.exists(hello()));
  CHECK(uploads.stored(hello())->size == 5);
  store.remove("x");
  CHECK_FALSE(uploads.exists(hello()));
}

TEST_CASE("uploads outlive the collection of blobs and go after a day") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  const Uploads uploads(store);
  uploads.add(folder.write("body", "hello"), std::string(kHello), hello());
  make(store, "x", {.reference = "made:x", .licence = {}, .parts = {{.name = "model.gguf", .text = "1"}}});
  make(store, "x", {.reference = "made:x", .licence = {}, .parts = {{.name = "model.gguf", .text = "2"}}});
  store.remove("x");
  CHECK(tidy_up(store) == 0);
  CHECK(prune(store, false).found.empty());
  CHECK(uploads.exists(hello()));
  grow_old(uploads.path_of(hello()));
  const Pruned pruned = prune(store, true);
  REQUIRE(pruned.found.size() == 1);
  CHECK(waste_name(pruned.found[0].what) == "upload");
  CHECK(tidy_up(store) == 5);
  CHECK_FALSE(uploads.exists(hello()));
}

TEST_CASE("a blob that is counted on stays when its model goes, and its model's end is not put off") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  const Model model = make(store, "x", {.reference = "made:x", .licence = {}, .parts = {{.name = "model.gguf", .text = "weights"}}});
  const fs::path blob = store.path_of(model.files[0]);
  {
    const auto held = hold(store, model.files);
    store.remove("x");
    CHECK(fs::exists(blob));
    CHECK(store.list().empty());
    copy(store, model, "y", "made:y");
  }
  CHECK(store.verify(*store.find("y"), {}, nullptr).empty());
  store.remove("y");
  CHECK_FALSE(fs::exists(blob));
}

}  // namespace maru::hub

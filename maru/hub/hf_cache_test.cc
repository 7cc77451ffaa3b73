// A cache laid out as the Hugging Face clients lay it out, with links and with plain copies.
#include "maru/hub/hf_cache.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "maru/base/file.h"
#include "maru/hub/test_folder.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

// $HF_HUB_CACHE for the length of a test.
class Cache {
 public:
  explicit Cache(const fs::path& path) { ::setenv("HF_HUB_CACHE", path.c_str(), 1); }
  ~Cache() { ::unsetenv("HF_HUB_CACHE"); }
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
};

const std::string kCommit(40, 'c');
constexpr std::string_view kWeights = "weights";
// printf '{}' | git hash-object --stdin
constexpr std::string_view kConfigSha1 = "9e26dfeeb6e641a33dae4961196235bdb965b21b";

std::string sum(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }

void link(const TestFolder& folder, std::string_view name, std::string_view target) {
  const fs::path path = folder.path() / name;
  fs::create_directories(path.parent_path());
  fs::create_symlink(target, path);
}

void write_cache(const TestFolder& folder) {
  const std::string repository = "hub/models--org--mini/", snapshot = repository + "snapshots/" + kCommit + "/";
  folder.write(repository + "refs/main", kCommit);
  folder.write(repository + "blobs/" + sum(kWeights), kWeights);
  folder.write(repository + "blobs/" + std::string(kConfigSha1), "{}");
  link(folder, snapshot + "model.safetensors", "../../blobs/" + sum(kWeights));
  link(folder, snapshot + "config.json", "../../blobs/" + std::string(kConfigSha1));
  link(folder, snapshot + "1_Pooling/config.json", "../../../blobs/" + std::string(kConfigSha1));
  link(folder, snapshot + "gone.json", "../../blobs/" + std::string(40, '0'));
}

}  // namespace

TEST_CASE("a snapshot's files carry the digests that their blobs are named by, and what is gone is left out") {
  const TestFolder folder;
  const Cache cache(folder.path() / "hub");
  write_cache(folder);
  for (const std::string& revision : {std::string("main"), std::string(), kCommit}) {
    const std::optional<HfSnapshot> found = find_in_hf_cache("org/mini", revision);
    REQUIRE(found);
    CHECK(found->commit == kCommit);
    REQUIRE(found->files.size() == 3);
    CHECK(found->files[0].name == "1_Pooling/config.json");
    CHECK(found->files[1].sum == Sum::git_sha1);
    CHECK(found->files[1].digest == kConfigSha1);
    CHECK(found->files[2].sum == Sum::sha256);
    CHECK(found->files[2].digest == sum(kWeights));
    CHECK(found->files[2].size == kWeights.size());
    CHECK(read_file(find_hf_blob("org/mini", found->files[2])) == kWeights);
  }
  REQUIRE(models_of_hf_cache().size() == 1);
  CHECK(models_of_hf_cache()[0].reference == "hf:org/mini");
}

TEST_CASE("what a cache does not have is nothing found") {
  const TestFolder folder;
  {
    const Cache cache(folder.path() / "hub");
    CHECK_FALSE(find_in_hf_cache("org/mini", "main"));
    write_cache(folder);
    for (const char* revision : {"dev", "../main", "0000000000000000000000000000000000000000"}) {
      CAPTURE(revision);
      CHECK_FALSE(find_in_hf_cache("org/mini", revision));
    }
    for (const char* repository : {"org/other", "../org", "org--mini", "", "org/../mini"}) {
      CAPTURE(repository);
      CHECK_FALSE(find_in_hf_cache(repository, "main"));
    }
    CHECK_FALSE(find_in_hf_cache("org/mini", "main", Kind::data));
  }
}

TEST_CASE("plain copies are found by name and size, and get their digest when asked") {
  const TestFolder folder;
  const Cache cache(folder.path() / "hub");
  folder.write("hub/models--org--mini/refs/main", kCommit + "\n");
  folder.write("hub/models--org--mini/snapshots/" + kCommit + "/model.safetensors", kWeights);
  std::optional<HfSnapshot> found = find_in_hf_cache("org/mini", "main");
  REQUIRE(found);
  REQUIRE(found->files.size() == 1);
  CHECK(found->files[0].digest.empty());
  add_digests(*found, found->files);
  CHECK(found->files[0].digest == sum(kWeights));
  CHECK(read_file(find_hf_blob("org/mini", found->files[0])) == kWeights);
  found->files[0].size += 1;
  CHECK(find_hf_blob("org/mini", found->files[0]).empty());
}

TEST_CASE("a link that leaves the cache is refused by name, and a blob that is one is not found") {
  const TestFolder folder;
  const Cache cache(folder.path() / "hub");
  write_cache(folder);
  folder.write("secret", kWeights);
  const std::string snapshot = "hub/models--org--mini/snapshots/" + kCommit + "/";
  link(folder, snapshot + "tokenizer.json", "../../../../secret");
  CHECK(error_of([] { find_in_hf_cache("org/mini", "main"); }).find("leads out of the cache") != std::string::npos);
  CHECK(models_of_hf_cache().empty());
  fs::remove(folder.path() / (snapshot + "tokenizer.json"));
  const RemoteFile weights = find_in_hf_cache("org/mini", "main")->files[2];
  const fs::path blob = folder.path() / "hub/models--org--mini/blobs" / sum(kWeights);
  fs::remove(blob);
  fs::create_symlink("../../../secret", blob);
  CHECK(find_hf_blob("org/mini", weights).empty());
}

TEST_CASE("a ref that is no commit is refused by name") {
  const TestFolder folder;
  const Cache cache(folder.path() / "hub");
  write_cache(folder);
  for (const char* text : {"../../../etc", "", "CCCC", "main"}) {
    CAPTURE(text);
    folder.write("hub/models--org--mini/refs/main", text);
    CHECK(error_of([] { find_in_hf_cache("org/mini", "main"); }).find("refs/main: must hold a commit") != std::string::npos);
  }
}

TEST_CASE("the cache is where the Hugging Face clients look for it") {
  const TestFolder folder;
  fs::create_directories(folder.path() / "home/.cache/huggingface/hub");
  fs::create_directories(folder.path() / "hf/hub");
  const std::string before = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
  ::setenv("HOME", (folder.path() / "home").c_str(), 1);
  CHECK(hf_cache() == folder.path() / "home/.cache/huggingface/hub");
  ::setenv("HF_HOME", (folder.path() / "hf").c_str(), 1);
  CHECK(hf_cache() == folder.path() / "hf/hub");
  ::setenv("HF_HUB_CACHE", (folder.path() / "nothing").c_str(), 1);
  CHECK(hf_cache().empty());
  ::unsetenv("HF_HUB_CACHE");
  ::unsetenv("HF_HOME");
  ::setenv("HOME", before.c_str(), 1);
}

}  // namespace maru::hub

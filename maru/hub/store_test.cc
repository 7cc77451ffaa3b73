// The store: what a pull leaves behind, and what it never leaves behind.
#include <doctest/doctest.h>

#include <thread>

#include "maru/base/file.h"
#include "maru/hub/digest.h"
#include "maru/hub/hub.h"
#include "maru/hub/lock.h"
#include "maru/hub/manifest.h"
#include "maru/hub/test_folder.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

constexpr const char* kGguf = "GGUF and some weights";

Model pull_file(Store& store, const fs::path& path, std::optional<std::string> name = std::nullopt) {
  return store.pull("file:" + path.string(), {.name = std::move(name)});
}

fs::path model_folder(const TestFolder& folder) {
  folder.write("mini/model.safetensors", "weights");
  folder.write("mini/config.json", "{}");
  folder.write("mini/1_Pooling/config.json", "{\"mean\": true}");
  folder.write("mini/notes.docx", "not of the model");
  return folder.path() / "mini";
}

}  // namespace

TEST_CASE("a digest in pieces equals the digest of the whole") {
  const TestFolder folder;
  const fs::path path = folder.write("abc", "abc");
  CHECK(hash_file(path, {}) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hash_file(path, {}) == sha256_file(path));
  CHECK(copy_file_hashed(path, folder.path() / "copy", {}) == sha256_file(path));
  CHECK(read_file(folder.path() / "copy") == "abc");
}

TEST_CASE("a GGUF pulled from a file is found, listed, verified and opened under its own name") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  const Model model = pull_file(store, folder.write("tiny.gguf", kGguf));
  CHECK(model.name == "tiny");
  CHECK(model.bytes() == std::string_view(kGguf).size());
  CHECK(model.pulled.size() == 20);
  CHECK(store.list().size() == 1);
  CHECK(store.find("tiny")->files[0].sha256 == model.files[0].sha256);
  CHECK(store.verify(model, {}, nullptr).empty());
  const fs::path opened = store.open_path(model);
  CHECK(opened.filename() == "tiny.gguf");
  CHECK(read_file(opened) == kGguf);
  CHECK(count_files(folder.path() / "home" / "tmp") == 0);
}

TEST_CASE("a model folder keeps its shape, and its view survives moving the store") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  const Model model = pull_file(store, model_folder(folder), "small");
  CHECK(model.files.size() == 3);
  CHECK(read_file(store.open_path(model) / "1_Pooling" / "config.json") == "{\"mean\": true}");
  fs::rename(folder.path() / "home", folder.path() / "moved");
  CHECK(read_file(folder.path() / "moved" / "views" / "small" / "1_Pooling" / "config.json") == "{\"mean\": true}");
}

TEST_CASE("editing the original after a pull changes nothing in the store, and pulling again takes the new bytes") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  const fs::path path = folder.write("tiny.gguf", kGguf);
  const Model before = pull_file(store, path);
  folder.write("tiny.gguf", "GGUF edited");
  CHECK(store.verify(before, {}, nullptr).empty());
  const Model after = pull_file(store, path);
  CHECK(read_file(store.open_path(after)) == "GGUF edited");
}

TEST_CASE("removing a model gives back only the bytes that no other model uses") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  const fs::path path = folder.write("tiny.gguf", kGguf);
  pull_file(store, path, "one");
  pull_file(store, path, "two");
  CHECK(count_files(folder.path() / "home" / "blobs") == 1);
  CHECK(store.remove("one") == 0);
  CHECK(store.verify(*store.find("two"), {}, nullptr).empty());
  CHECK(store.remove("two") == std::string_view(kGguf).size());
  CHECK(count_files(folder.path() / "home" / "blobs") == 0);
  CHECK(count_files(folder.path() / "home" / "views") == 0);
  CHECK_THROWS_AS(store.remove("two"), Error);
}

TEST_CASE("flipped and missing bytes are named by verify") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  const Model model = pull_file(store, model_folder(folder), "small");
  const fs::path blob = folder.path() / "home" / "blobs" / model.files[0].sha256;
  fs::permissions(blob, fs::perms::owner_all);
  std::ofstream(blob, std::ios::binary) << "weighTs";
  CHECK(store.verify(model, {}, nullptr) == std::vector<std::string>{"model.safetensors"});
  fs::remove(blob);
  CHECK(store.verify(model, {}, nullptr) == std::vector<std::string>{"model.safetensors"});
  CHECK(error_of([&] { (void)store.open_path(model); }).find("model.safetensors is missing") != std::string::npos);
}

TEST_CASE("what cannot be a model is refused by name, and nothing is stored") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  const auto refusal = [&](const fs::path& path) { return error_of([&] { pull_file(store, path); }); };
  CHECK(refusal(folder.path() / "absent.gguf").find("absent.gguf: no such file") != std::string::npos);
  CHECK(refusal(folder.write("empty.gguf", "")).find("begin with \"GGUF\"") != std::string::npos);
  CHECK(refusal(folder.write("x/model.safetensors", "w")).find("name the folder: file:") != std::string::npos);
  CHECK(refusal(folder.write("y/readme.txt", "w").parent_path()).find("expected a .gguf file") != std::string::npos);
  CHECK(refusal("/dev/null").find("expected a regular file, got a device") != std::string::npos);
  CHECK(store.list().empty());
  CHECK(count_files(folder.path() / "home" / "blobs") == 0);
}

TEST_CASE("a name that is taken by another model, or is no name, is refused") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  pull_file(store, folder.write("a.gguf", kGguf), "mine");
  const fs::path other = folder.write("b.gguf", kGguf);
  CHECK(error_of([&] { pull_file(store, other, "mine"); }).find("mine is taken by file:") != std::string::npos);
  for (const char* name : {"", "../x", ".hidden", "-rf", "a b", "a/b"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(pull_file(store, other, name), Error);
  }
}

TEST_CASE("what the caller finds damaged in a model is not stored, whether a file or a folder") {
  const TestFolder folder;
  std::vector<fs::path> seen;
  Store store(folder.path() / "home", [&](const fs::path& model) {
    seen.push_back(model);
    fail(ErrorKind::invalid, "{}: damaged", model.string());
  });
  const fs::path file = folder.write("tiny.gguf", kGguf), small = model_folder(folder);
  CHECK(error_of([&] { pull_file(store, file); }).ends_with("tiny.gguf: damaged"));
  CHECK(error_of([&] { pull_file(store, small); }).ends_with("mini: damaged"));
  CHECK(seen == std::vector{file, small});
  CHECK(store.list().empty());
  CHECK(count_files(folder.path() / "home" / "blobs") == 0);
}

TEST_CASE("the rests of a killed pull go with the next pull of any model, those of a running one stay") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  folder.write("home/tmp/killed/copy-0", "half a model");
  folder.write("home/tmp/running/copy-0", "half a model");
  fs::create_directories(folder.path() / "home" / "locks");
  const FileLock lock(folder.path() / "home" / "locks" / "running.pull", {}, nullptr);
  pull_file(store, folder.write("tiny.gguf", kGguf));
  CHECK_FALSE(fs::exists(folder.path() / "home" / "tmp" / "killed"));
  CHECK(fs::exists(folder.path() / "home" / "tmp" / "running" / "copy-0"));
}

TEST_CASE("a pull that is stopped leaves nothing") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  Cancel cancel;
  cancel.raise();
  CHECK(error_of([&] { store.pull("file:" + folder.write("a.gguf", kGguf).string(), {.cancel = &cancel}); }) == "stopped");
  CHECK(store.list().empty());
  CHECK(count_files(folder.path() / "home" / "blobs") + count_files(folder.path() / "home" / "tmp") == 0);
}

TEST_CASE("pulls of one model at the same time end in one whole model") {
  const TestFolder folder;
  const fs::path path = folder.write("a.gguf", "GGUF" + std::string(std::size_t{3} << 20, 'w'));
  {
    std::vector<std::jthread> pulls;
    for (int i = 0; i < 4; ++i) {
      pulls.emplace_back([&] {
        Store store(folder.path() / "home");
        pull_file(store, path, "same");
      });
    }
  }
  const Store store(folder.path() / "home");
  CHECK(store.verify(*store.find("same"), {}, nullptr).empty());
  CHECK(count_files(folder.path() / "home" / "blobs") == 1);
}

TEST_CASE("an edited manifest is refused with the file and the field") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  const Model model = pull_file(store, folder.write("a.gguf", kGguf), "mine");
  const std::string good = manifest_text(model);
  const auto after = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    folder.write("home/models/mine.json", text);
    return error_of([&] { (void)store.find("mine"); });
  };
  CHECK(after("\"name\": \"a.gguf\"", "\"name\": \"../../a\"").find("leave its folder") != std::string::npos);
  CHECK(after("\"version\": 1", "\"version\": 2").find("version must be 1") != std::string::npos);
  CHECK(after("\"name\": \"mine\"", "\"name\": \"other\"").find("name must be \"mine\"") != std::string::npos);
  CHECK(after(model.files[0].sha256, "../../etc/passwd").find("64 hex digits") != std::string::npos);
  CHECK(after("{", "").find("mine.json") != std::string::npos);
  CHECK(after("mine", "mine").empty());
}

TEST_CASE("MODEL is a stored name, a catalogue name or a path, in this order") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  const fs::path path = folder.write("a.gguf", kGguf);
  pull_file(store, path, "mine");
  CHECK(resolve(store, "mine", false).filename() == "a.gguf");
  CHECK(resolve(store, path.string(), false) == path);
  CHECK(resolve(store, "file:" + path.string(), false) == store.open_path(*store.find("mine")));
  CHECK(error_of([&] { resolve(store, "smollm2", false); }).find("maru pull smollm2") != std::string::npos);
  const std::string lost = error_of([&] { resolve(store, "nothing", false); });
  CHECK(lost.find("stored: mine; can be pulled by name: smollm2") != std::string::npos);
}

TEST_CASE("a reference names a scheme that there is, or the schemes are listed") {
  CHECK(parse_reference("package:a==1").rest == "a==1");
  CHECK(parse_reference("file:/x:y").rest == "/x:y");
  for (const char* text : {"", "smollm3", "package:", "ftp://x", ":x"}) {
    CAPTURE(text);
    CHECK(error_of([&] { parse_reference(text); }).find("package:NAME==VERSION") != std::string::npos);
  }
}

}  // namespace maru::hub

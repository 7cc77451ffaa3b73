// Walking folders: what is read, and why the rest is not.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "maru/base/error.h"
#include "maru/rag/document.h"

namespace maru::rag {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "maru-walk-XXXXXX").string();
    path = fs::canonical(mkdtemp(name.data()));
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  void put(const std::string& name, const std::string& text = "text\n") const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << text;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& file : walk(path).files) out.push_back(file.lexically_relative(path).string());
    return out;
  }
  std::string why(const std::string& name) const {
    for (const auto& skipped : walk(path).skipped) {
      if (skipped.path == path / name) return skipped.why.text;
    }
    return "";
  }
  fs::path path;
};
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("files come sorted; hidden, made, binary and empty ones are listed as skipped") {
  const Folder folder;
  for (const char* name : {"b.txt", "a/c.md", "a.txt", ".hidden", ".git/config", "node_modules/x.js", "build/y.txt"}) folder.put(name);
  folder.put("image.dat", std::string("\x89PNG\0\0", 6));
  folder.put("empty.txt", "");
  CHECK(folder.files() == Names{"a/c.md", "a.txt", "b.txt"});
  CHECK(folder.why(".hidden") == "hidden file");
  CHECK(folder.why(".git") == "hidden folder");
  CHECK(folder.why("node_modules") == "a folder of made or fetched files");
  CHECK(folder.why("image.dat") == "binary file");
  CHECK(folder.why("empty.txt") == "empty file");
}

TEST_CASE("ignore files follow git's rules") {
  const Folder folder;
  folder.put(
      ".gitignore",
      "# comment\n*.log\n!keep.log\n/top.txt\nsub/*.tmp\ndeep/**/x.txt\nonly/\n**/any.txt\nspace\\ \ncl[a-c]ss.txt\nq?.txt\n");
  for (const char* name :
       {"a.log", "keep.log", "top.txt", "sub/top.txt", "sub/a.tmp", "sub/in/a.tmp", "deep/x.txt", "deep/a/b/x.txt", "only/a.txt",
        "sub/only", "sub/any.txt", "clbss.txt", "cldss.txt", "q1.txt", "q12.txt"}) {
    folder.put(name);
  }
  CHECK(folder.files() == Names{"cldss.txt", "keep.log", "q12.txt", "sub/in/a.tmp", "sub/only", "sub/top.txt"});
  CHECK(folder.why("a.log").starts_with("ignored by "));
}

TEST_CASE("inner ignore files and .maruignore have the last word") {
  const Folder folder;
  folder.put(".gitignore", "*.txt\n");
  folder.put("in/.maruignore", "!b.txt\nc.md\n");
  for (const char* name : {"a.txt", "in/b.txt", "in/c.md", "in/d.md"}) folder.put(name);
  CHECK(folder.files() == Names{"in/b.txt", "in/d.md"});
}

TEST_CASE("links, fifos and loops are never followed") {
  const Folder folder, outside;
  outside.put("secret.txt");
  folder.put("a.txt");
  fs::create_symlink(outside.path / "secret.txt", folder.path / "out");
  fs::create_symlink(folder.path / "a.txt", folder.path / "same");
  fs::create_symlink("nowhere", folder.path / "broken");
  fs::create_directory_symlink(folder.path, folder.path / "loop");
  REQUIRE(mkfifo((folder.path / "pipe.txt").c_str(), 0600) == 0);
  CHECK(folder.files() == Names{"a.txt"});
  CHECK(folder.why("out") == "a link that leaves the folder");
  CHECK(folder.why("same") == "a link to what lies in the folder anyway");
  CHECK(folder.why("broken") == "a link that leads nowhere");
  CHECK(folder.why("pipe.txt").starts_with("not a regular file"));
}

TEST_CASE("a file is a walk of one; nothing and a fifo are errors") {
  const Folder folder;
  folder.put("a.txt");
  CHECK(walk(folder.path / "a.txt").files.size() == 1);
  CHECK_THROWS_WITH_AS(walk(folder.path / "none"), doctest::Contains("no such file"), Error);
  REQUIRE(mkfifo((folder.path / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_AS(walk(folder.path / "pipe"), Error);
}

}  // namespace maru::rag

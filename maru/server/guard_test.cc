// Keys, rates and patterns, without sockets.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/server/guard.h"
#include "maru/server/keys.h"
#include "maru/server/rates.h"

using namespace maru;
using namespace maru::server;
using namespace std::chrono_literals;

namespace {

struct Folder {
  std::filesystem::path path;
  Folder() {
    char name[] = "/tmp/maru-keys-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("a key is shown once, kept hashed, and found by its secret alone") {
  const Folder folder;
  Keys keys(folder.path);
  CHECK(keys.empty());
  const Keys::Created made = keys.create("안녕", Scope::administration, 1h, 60);
  CHECK(made.secret.starts_with("maru_"));
  CHECK(made.secret.size() == 48);
  CHECK(made.key.id.size() == 8);
  struct stat found;
  REQUIRE(::stat((folder.path / "keys.json").c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
  CHECK_FALSE(read_file(folder.path / "keys.json").contains(made.secret.substr(5)));
  const Keys again(folder.path);
  REQUIRE(again.find(made.secret));
  CHECK(again.find(made.secret)->label == "안녕");
  CHECK(again.find(made.secret)->requests_per_minute == 60);
  CHECK_FALSE(again.find(made.secret + "x"));
  CHECK_FALSE(again.find(""));
  CHECK_FALSE(again.find(made.key.sha256));
  CHECK(again.holds(made.key.id));
  CHECK(keys.revoke(made.key.id));
  CHECK_FALSE(keys.revoke(made.key.id));
  CHECK_FALSE(keys.find(made.secret));
}

TEST_CASE("secrets differ") {
  const Folder folder;
  Keys keys(folder.path);
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i) seen.insert(keys.create("", Scope::inference, {}, 0).secret);
  CHECK(seen.size() == 20);
  CHECK(keys.list().size() == 20);
}

TEST_CASE("a damaged file of keys lets nobody in and says what is wrong") {
  const Folder folder;
  write_file(folder.path / "keys.json", "{\"keys\":[{\"id\":\"x\"}]}");
  Keys keys(folder.path);
  CHECK_FALSE(keys.empty());                      // keys are asked for, and none is right
  CHECK_FALSE(keys.find("x"));
  CHECK_THROWS_AS(keys.list(), Error);
  CHECK_THROWS_AS(keys.create("", Scope::inference, {}, 0), Error);
}

TEST_CASE("rates: so many at once, then as many as the minute brings; the table does not grow") {
  Rates rates(100);
  const Rates::Clock::time_point begin{};
  for (int i = 0; i < 6; ++i) CHECK_FALSE(rates.count("a", 6, begin));
  CHECK(rates.count("a", 6, begin) == 10s);
  CHECK_FALSE(rates.count("b", 6, begin));
  CHECK_FALSE(rates.count("a", 6, begin + 10s));
  CHECK(rates.count("a", 6, begin + 10s));
  for (int i = 0; i < 100'000; ++i) rates.count(std::to_string(i), 6, begin);
  CHECK(rates.size() == 100);
  CHECK_FALSE(rates.count("c", 0, begin));
  CHECK(rates.size() == 100);
}

TEST_CASE("a star stands for anything") {
  CHECK(matches("*", ""));
  CHECK(matches("http://*.example.org", "http://a.b.example.org"));
  CHECK_FALSE(matches("http://*.example.org", "http://example.org"));
  CHECK_FALSE(matches("http://a", "http://ab"));
  CHECK(matches("a*b*c", "aXbXbXc"));
  CHECK_FALSE(matches("a*b*c", "aXbXbX"));
  const std::string stars = "*a*a*a*a*a*a*a*a*a*a*b";
  CHECK_FALSE(matches(stars, std::string(10'000, 'a')));
}

// Transfers that arrive: whole, in ranges, cut and continued, in this run or the next.
#include "maru/base/json.h"
#include "maru/hub/transfer_place_test.h"

namespace maru::hub {

TEST_CASE("a file arrives whole, in one request without a range") {
  const std::string content = content_of(300'000);
  const FakeServer server([&](const Asked& asked, Reply& reply) { reply.file(asked, content); });
  const Place place;
  const RemoteFile file = remote(server.url("/f"), content);
  CHECK(bring(place, file) == content);
  REQUIRE(server.count() == 1);
  CHECK(server.asked()[0].header("range").empty());
}

TEST_CASE("a file without a byte needs no request") {
  const FakeServer server([&](const Asked&, Reply& reply) { reply.answer(500, ""); });
  const Place place;
  CHECK(bring(place, remote(server.url("/f"), "")).empty());
  CHECK(server.count() == 0);
}

TEST_CASE("the sum of git is checked, and sha256 is known all the same") {
  // `printf 'hello\n' | git hash-object --stdin`
  const FakeServer server([&](const Asked& asked, Reply& reply) { reply.file(asked, "hello\n"); });
  const Place place;
  RemoteFile file{.name = "config.json", .url = server.url("/f"), .size = 6, .sum = Sum::git_sha1};
  file.digest = "ce013625030ba8dba906f756967f9e9ca394464a";
  const std::vector<Received> received = transfer(std::span(&file, 1), quick(), place.options());
  CHECK(received.at(0).sha256 == sha256_of("hello\n"));
  const Place other;
  file.digest[0] = 'd';
  CHECK(refused(other, file).contains("ce013625030ba8dba906f756967f9e9ca394464a"));
}

TEST_CASE("a large file comes in ranges over several connections") {
  const std::string content = content_of(1'000'003);
  const FakeServer server([&](const Asked& asked, Reply& reply) { reply.file(asked, content); });
  const Place place;
  TransferOptions options = place.options();
  options.piece_bytes = 100'000;
  options.connections = 3;
  const RemoteFile file = remote(server.url("/f"), content);
  std::uint64_t most = 0;
  options.progress = [&](const Progress& progress) { most = std::max(most, progress.done); };
  CHECK(read_file(transfer(std::span(&file, 1), quick(), options).at(0).path) == content);
  CHECK(server.count() == 11);
  CHECK(server.connections() <= 3);
  CHECK(most == content.size());
}

TEST_CASE("several files come in their order, one with the digest of another once") {
  const std::string one = content_of(5000, 1), two = content_of(7000, 2);
  const FakeServer server([&](const Asked& asked, Reply& reply) { reply.file(asked, asked.target == "/two" ? two : one); });
  const Place place;
  const std::vector<RemoteFile> files{remote(server.url("/one"), one, "a"), remote(server.url("/two"), two, "b"),
                                      remote(server.url("/one"), one, "c")};
  const std::vector<Received> received = transfer(files, quick(), place.options());
  REQUIRE(received.size() == 3);
  CHECK(read_file(received[1].path) == two);
  CHECK(received[0].path == received[2].path);
  CHECK(server.count() == 2);
}

TEST_CASE("a body cut at any byte is continued from there") {
  const std::string content = content_of(24);
  for (std::size_t k = 0; k <= content.size(); ++k) {
    std::atomic<int> times = 0;
    const FakeServer server([&](const Asked& asked, Reply& reply) { reply.file(asked, content, times++ == 0 ? k : content.size()); });
    const Place place;
    CHECK(bring(place, remote(server.url("/f"), content)) == content);
    REQUIRE(server.count() == (k < content.size() ? 2 : 1));
    if (k > 0 && k < content.size()) CHECK(server.asked()[1].header("range") == fmt::format("bytes={}-23", k));
  }
}

TEST_CASE("a connection that breaks after every few bytes brings the file as long as there is progress") {
  const std::string content = content_of(100);
  const FakeServer server([&](const Asked& asked, Reply& reply) { reply.file(asked, content, 7); });
  const Place place;
  CHECK(bring(place, remote(server.url("/f"), content)) == content);
  CHECK(server.count() == 15);
}

TEST_CASE("a server that ignores ranges is asked again from the first byte, and given up when nothing new comes") {
  const std::string content = content_of(1000);
  std::atomic<std::size_t> cut = 400;
  const FakeServer server([&](const Asked&, Reply& reply) {
    reply.raw(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", content.size(), content.substr(0, cut)));
    if (cut < content.size()) reply.close();
  });
  const Place place;
  const RemoteFile file = remote(server.url("/f"), content);
  CHECK(refused(place, file).contains("attempts"));
  CHECK(server.count() < 12);
  cut = content.size();
  CHECK(bring(place, file) == content);
}

TEST_CASE("a large file from a server that ignores ranges comes over one connection") {
  const std::string content = content_of(500'000);
  const FakeServer server([&](const Asked&, Reply& reply) { reply.answer(200, "", content); });
  const Place place;
  TransferOptions options = place.options();
  options.piece_bytes = 50'000;
  const RemoteFile file = remote(server.url("/f"), content);
  CHECK(read_file(transfer(std::span(&file, 1), quick(), options).at(0).path) == content);
}

TEST_CASE("416 to a range begins again without one; one that tells another size is refused") {
  const std::string content = content_of(1000);
  std::atomic<int> times = 0;
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    if (times++ == 0) return reply.file(asked, content, 300);
    if (asked.header("range").empty()) return reply.file(asked, content);
    reply.answer(416, asked.target == "/grown" ? "Content-Range: bytes */2000\r\n" : "");
  });
  const Place place;
  CHECK(bring(place, remote(server.url("/f"), content)) == content);
  CHECK(server.count() == 3);
}

TEST_CASE("what a second run finds is continued, and hashed again") {
  const std::string content = content_of(200'000);
  std::atomic<bool> broken = true;
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    if (broken && !asked.header("range").empty()) return reply.answer(404, "");
    reply.file(asked, content, broken ? 150'000 : content.size());
  });
  const Place place;
  const RemoteFile file = remote(server.url("/f?signature=secret"), content);
  CHECK(refused(place, file).contains("does not have it (404)"));
  REQUIRE(fs::exists(place.part(file)));
  const Json journal = parse_json(read_file(place.journal(file)), "journal");
  CHECK(journal["url"] == server.url("/f"));
  CHECK(journal["ranges"] == Json::parse("[[0, 150000]]"));
  broken = false;
  SUBCASE("as it lies") {
    CHECK(bring(place, file) == content);
    CHECK(server.asked().back().header("range") == "bytes=150000-199999");
    CHECK(server.count() == 3);
  }
  SUBCASE("with a bit flipped on the disk") {
    std::string damaged = read_file(place.part(file));
    damaged[77] ^= 1;
    place.folder.write("parts/" + file.digest + ".part", damaged);
    CHECK(bring(place, file) == content);
    CHECK(server.count() == 4);
  }
  SUBCASE("with a journal of nonsense, or of ranges that cannot be") {
    for (const char* text : {"", "{", "[]", "{\"url\":\"\",\"size\":200000,\"sum\":\"sha256\",\"ranges\":[]}"}) {
      place.folder.write("parts/" + file.digest + ".json", text);
      CHECK(bring(place, file) == content);
    }
    for (const char* ranges : {"[[0,300000]]", "[[10,5]]", "[[0,10],[5,20]]", "[[-1,10]]", "[[0]]", "7"}) {
      Json wrong = journal;
      wrong["ranges"] = Json::parse(ranges);
      place.folder.write("parts/" + file.digest + ".json", dump(wrong));
      CHECK(bring(place, file) == content);
    }
  }
  SUBCASE("without its part") {
    fs::remove(place.part(file));
    CHECK(bring(place, file) == content);
    CHECK(server.asked().back().header("range").empty());
  }
  SUBCASE("whole: nothing is asked for") {
    CHECK(bring(place, file) == content);
    const std::size_t count = server.count();
    CHECK(bring(place, file) == content);
    CHECK(server.count() == count);
  }
}

TEST_CASE("ranges that came out of order are continued by their gaps") {
  const std::string content = content_of(10'000);
  std::atomic<bool> broken = true;
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    if (broken && asked.range(content.size()).first == 2000) {
      std::this_thread::sleep_for(50ms);
      return reply.answer(404, "");
    }
    reply.file(asked, content);
  });
  const Place place;
  TransferOptions options = place.options();
  options.piece_bytes = 1000;
  const RemoteFile file = remote(server.url("/f"), content);
  CHECK_THROWS_AS(transfer(std::span(&file, 1), quick(), options), Error);
  const std::size_t before = server.count();
  broken = false;
  CHECK(read_file(transfer(std::span(&file, 1), quick(), options).at(0).path) == content);
  CHECK(server.count() - before == 1);
}

}  // namespace maru::hub

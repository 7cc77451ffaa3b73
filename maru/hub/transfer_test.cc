// Transfers from a server that misbehaves: whatever it does, what arrives is right, or is refused and can be continued.
#include "maru/hub/transfer.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/hub/digest.h"
#include "maru/hub/test_folder.h"
#include "maru/net/fake_server_test.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;
using net::FakeServer;
using Asked = FakeServer::Asked;
using Reply = FakeServer::Reply;

std::string content_of(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = char(random());
  return text;
}

std::string sha256_of(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }

RemoteFile remote(const std::string& url, std::string_view content, std::string name = "model.gguf") {
  return {.name = std::move(name), .url = url, .size = content.size(), .digest = sha256_of(content)};
}

net::Settings quick() { return {.connect_time = 2s, .stall_time = 100ms, .pause_unit = 1ms}; }

struct Place {
  TestFolder folder;
  TransferOptions options() const { return {.partials = folder.path() / "parts", .blobs = folder.path() / "blobs"}; }
  fs::path part(const RemoteFile& file) const { return folder.path() / "parts" / (file.digest + ".part"); }
  fs::path journal(const RemoteFile& file) const { return folder.path() / "parts" / (file.digest + ".json"); }
};

std::string bring(const Place& place, const RemoteFile& file) {
  const std::vector<Received> received = transfer(std::span(&file, 1), quick(), place.options());
  REQUIRE(received.size() == 1);
  CHECK(received[0].sha256.size() == 64);
  CHECK(received[0].size == file.size);
  return read_file(received[0].path);
}

std::string refused(const Place& place, const RemoteFile& file) {
  return net::refusal([&] { transfer(std::span(&file, 1), quick(), place.options()); });
}

}  // namespace

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
  RemoteFile file{.name = "config.json", .url = server.url("/f"), .size = 6, .sum = Sum::git_sha1, .digest = "ce013625030ba8dba906f756967f9e9ca394464a"};
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
  const std::vector<RemoteFile> files{remote(server.url("/one"), one, "a"), remote(server.url("/two"), two, "b"), remote(server.url("/one"), one, "c")};
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

TEST_CASE("a Content-Length that is too short is continued, one too long is refused") {
  const std::string content = content_of(1000);
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    if (asked.target == "/long") return reply.answer(200, "", content + "more");
    if (asked.header("range").empty()) return reply.answer(200, "", content.substr(0, 600));
    reply.file(asked, content);
  });
  const Place place;
  CHECK(bring(place, remote(server.url("/short"), content)) == content);
  const Place other;
  const std::string message = refused(other, remote(server.url("/long"), content));
  CHECK(message.contains("sends 1004 bytes, expected 1000"));
}

TEST_CASE("chunked bodies need no length, and one that is longer than promised is refused") {
  const std::string content = content_of(1000);
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    reply.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    reply.raw(fmt::format("{:x}\r\n{}\r\n", content.size(), content));
    if (asked.target == "/long") reply.raw("1\r\nx\r\n");
    reply.raw("0\r\n\r\n");
  });
  const Place place, other;
  CHECK(bring(place, remote(server.url("/f"), content)) == content);
  CHECK(server.count() == 1);
  CHECK(refused(other, remote(server.url("/long"), content)).contains("more came than the 1000 bytes"));
  CHECK(server.count() == 3);
}

TEST_CASE("an encoded body is taken off its encoding, and never continued by a range") {
  // gzip of "hello", by Python's gzip.compress(b"hello", mtime=0).
  constexpr unsigned char kGzip[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0xcb, 0x48, 0xcd,
                                     0xc9, 0xc9, 0x07, 0x00, 0x86, 0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00};
  const std::string gzip(reinterpret_cast<const char*>(kGzip), sizeof kGzip);
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    if (asked.header("range").empty()) return reply.answer(200, "Content-Encoding: gzip\r\n", gzip);
    const auto [first, last] = asked.range(gzip.size());
    reply.answer(206, fmt::format("Content-Encoding: gzip\r\nContent-Range: bytes {}-{}/{}\r\n", first, last, gzip.size()), gzip.substr(first, last - first + 1));
  });
  const Place place, other;
  const RemoteFile file = remote(server.url("/f"), "hello");
  CHECK(bring(place, file) == "hello");
  TransferOptions options = other.options();
  options.piece_bytes = 2;
  options.connections = 1;
  CHECK(read_file(transfer(std::span(&file, 1), quick(), options).at(0).path) == "hello");
}

TEST_CASE("206 for another range is not believed") {
  const std::string content = content_of(1000);
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    if (asked.header("range").empty()) return reply.file(asked, content, 500);
    if (asked.target == "/size") return reply.answer(206, "Content-Range: bytes 500-999/1001\r\n", content.substr(500));
    if (asked.target == "/none") return reply.answer(206, "", content.substr(500));
    reply.answer(206, "Content-Range: bytes 400-899/1000\r\n", content.substr(400, 500));
  });
  for (const std::string path : {"/other", "/size", "/none"}) {
    const Place place;
    CHECK(refused(place, remote(server.url(path), content)).contains("was asked for bytes 500 to 999 of 1000"));
  }
}

TEST_CASE("a flipped bit is fetched again once, then refused with both sums and removed") {
  const std::string content = content_of(50'000);
  std::string wrong = content;
  wrong[30'000] ^= 4;
  std::atomic<int> bad = 1;
  const FakeServer server([&](const Asked& asked, Reply& reply) { reply.file(asked, bad-- > 0 ? wrong : content); });
  const Place place;
  const RemoteFile file = remote(server.url("/f"), content);
  CHECK(bring(place, file) == content);
  CHECK(server.count() == 2);
  bad = 100;
  const Place other;
  const std::string message = refused(other, file);
  CHECK(message.contains(file.digest));
  CHECK(message.contains(sha256_of(wrong)));
  CHECK(server.count() == 4);
  CHECK(!fs::exists(other.part(file)));
  CHECK(!fs::exists(other.journal(file)));
}

TEST_CASE("a file that changes between two attempts is noticed") {
  const std::string old = content_of(1000, 1), content = content_of(1000, 2);
  std::atomic<int> times = 0;
  const FakeServer server([&](const Asked& asked, Reply& reply) { times++ == 0 ? reply.file(asked, old, 500) : reply.file(asked, content); });
  const Place place;
  CHECK(bring(place, remote(server.url("/f"), content)) == content);
  CHECK(server.count() == 3);
}

TEST_CASE("a stalled connection is cut and its rest asked for again") {
  const std::string content = content_of(1000);
  std::atomic<int> times = 0;
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    if (times++ > 0) return reply.file(asked, content);
    reply.raw(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}", content.substr(0, 10)));
    reply.stall();
  });
  const Place place;
  CHECK(bring(place, remote(server.url("/f"), content)) == content);
  CHECK(server.asked().back().header("range") == "bytes=10-999");
}

TEST_CASE("a reset in the middle and statuses that pass are no end, others are") {
  const std::string content = content_of(1000);
  std::atomic<int> times = 0;
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    const int time = times++;
    if (asked.target == "/reset" && time == 0) {
      reply.raw(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}", content.substr(0, 400)));
      std::this_thread::sleep_for(20ms);
      return reply.reset();
    }
    if (asked.target == "/busy" && time < 4) return reply.answer(std::vector{429, 500, 502, 503}[std::size_t(time)], "Retry-After: 1\r\n");
    if (asked.target.starts_with("/4")) return reply.answer(std::stoi(asked.target.substr(1)), "X-Error-Message: no\r\n");
    if (asked.target == "/down") return reply.answer(503, "");
    reply.file(asked, content);
  });
  const Place reset, busy;
  CHECK(bring(reset, remote(server.url("/reset"), content)) == content);
  times = 0;
  CHECK(bring(busy, remote(server.url("/busy"), content)) == content);
  for (const int status : {401, 403, 404}) {
    const Place place;
    const std::size_t before = server.count();
    const std::string message = refused(place, remote(server.url(fmt::format("/{}", status)), content));
    CHECK(message.contains(fmt::format("{}", status)));
    CHECK(message.contains("model.gguf: 127.0.0.1:"));
    CHECK(server.count() - before == 1);
  }
  const Place place;
  const std::size_t before = server.count();
  CHECK(refused(place, remote(server.url("/down"), content)).contains("503"));
  CHECK(server.count() - before == 5);
}

TEST_CASE("where the url redirects to is asked directly, without credentials, until it runs out") {
  const std::string content = content_of(10'000);
  std::atomic<int> valid = 0, served = 0;
  const FakeServer cdn([&](const Asked& asked, Reply& reply) {
    if (asked.target != fmt::format("/signed{}", int(valid)) || ++served % 4 == 0) {
      ++valid;
      return reply.answer(403, "");
    }
    reply.file(asked, content);
  });
  const FakeServer server([&](const Asked&, Reply& reply) { reply.answer(302, fmt::format("Location: {}\r\n", cdn.url(fmt::format("/signed{}", int(valid))))); });
  const Place place;
  TransferOptions options = place.options();
  options.piece_bytes = 1000;
  options.connections = 1;
  RemoteFile file = remote(server.url("/f"), content);
  file.authorization = "Bearer secret";
  CHECK(read_file(transfer(std::span(&file, 1), quick(), options).at(0).path) == content);
  CHECK(server.count() >= 3);
  CHECK(server.count() <= 5);
  for (const Asked& asked : server.asked()) CHECK(asked.header("authorization") == "Bearer secret");
  for (const Asked& asked : cdn.asked()) CHECK(asked.header("authorization").empty());
}

TEST_CASE("a plan too large for the disk is refused before the first byte, with numbers") {
  const FakeServer server([&](const Asked&, Reply& reply) { reply.answer(200, ""); });
  const Place place;
  RemoteFile file = remote(server.url("/f"), "x");
  file.size = std::uint64_t{1} << 49;
  CHECK(refused(place, file).contains("the files still need 562949954 MB"));
  CHECK(server.count() == 0);
  CHECK(!fs::exists(place.part(file)));
}

TEST_CASE("hostile plans are refused") {
  const Place place;
  const RemoteFile good{.name = "a", .url = "http://127.0.0.1:1/", .size = 1, .digest = std::string(64, 'a')};
  const auto with = [&](auto change) {
    RemoteFile file = good;
    change(file);
    return refused(place, file);
  };
  CHECK(with([](RemoteFile& file) { file.name = "../a"; }).contains("could leave its folder"));
  CHECK(with([](RemoteFile& file) { file.digest = "../../etc/passwd"; }).contains("64 lower-case hex digits"));
  CHECK(with([](RemoteFile& file) { file.digest[3] = 'A'; }).contains("64 lower-case hex digits"));
  CHECK(with([](RemoteFile& file) { file.size = ~std::uint64_t{0}; }).contains("cannot be"));
  CHECK(with([](RemoteFile& file) { file.url = "file:///etc/passwd"; }).contains("not an http or https URL"));
}

TEST_CASE("a person can stop it at once, and progress that throws ends it") {
  const std::string content = content_of(1000);
  const FakeServer server([&](const Asked&, Reply& reply) {
    reply.raw(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}", content.substr(0, 10)));
    reply.stall();
  });
  const Place place;
  const RemoteFile file = remote(server.url("/f"), content);
  Cancel cancel;
  TransferOptions options = place.options();
  options.cancel = &cancel;
  std::thread person([&] {
    std::this_thread::sleep_for(60ms);
    cancel.raise();
  });
  const auto start = std::chrono::steady_clock::now();
  CHECK(net::refusal([&] { transfer(std::span(&file, 1), {.stall_time = 30s}, options); }) == "stopped");
  person.join();
  CHECK(std::chrono::steady_clock::now() - start < 260ms);
  CHECK(parse_json(read_file(place.journal(file)), "journal")["ranges"] == Json::parse("[[0, 10]]"));
  cancel.clear();
  options.progress = [](const Progress&) { throw std::runtime_error("enough"); };
  CHECK(net::refusal([&] { transfer(std::span(&file, 1), {.stall_time = 30s}, options); }) == "enough");
}

namespace {

// What a caller does: takes the file into its store, then lets go.
std::string pull(const Place& place, const RemoteFile& file, std::chrono::milliseconds stall_time) {
  const std::vector<Received> received = transfer(std::span(&file, 1), {.stall_time = stall_time}, place.options());
  const fs::path blob = place.folder.path() / "blobs" / received.at(0).sha256;
  fs::create_directories(blob.parent_path());
  if (received[0].path != blob) fs::rename(received[0].path, blob);
  return read_file(blob);
}

}  // namespace

TEST_CASE("threads that want one file fetch it once") {
  const std::string content = content_of(100'000);
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    std::this_thread::sleep_for(30ms);
    reply.file(asked, content);
  });
  const Place place;
  RemoteFile file = remote(server.url("/f"), content);
  SUBCASE("by its sha256") {}
  SUBCASE("by git's sum") {
    Digest digest(Hash::sha1);
    const std::string head = fmt::format("blob {}", content.size());
    digest.add(std::as_bytes(std::span(head.c_str(), head.size() + 1)));
    digest.add(std::as_bytes(std::span(content)));
    file.sum = Sum::git_sha1;
    file.digest = digest.hex();
  }
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { right += pull(place, file, 20s) == content; });
  for (std::thread& one : threads) one.join();
  CHECK(right == 3);
  CHECK(server.count() == 1);
}

TEST_CASE("processes that want one file fetch it once, and continue what a killed one left") {
  const std::string content = content_of(400'000);
  const Place place;
  struct Child {
    int pipe_ends[2];
    pid_t id;
  };
  std::vector<Child> children(3);
  // Before the server has threads.
  for (Child& child : children) {
    REQUIRE(::pipe(child.pipe_ends) == 0);
    child.id = ::fork();
    if (child.id != 0) continue;
    int port = 0;
    if (::read(child.pipe_ends[0], &port, sizeof port) != sizeof port) ::_exit(1);
    try {
      const RemoteFile file = remote(fmt::format("http://127.0.0.1:{}/f", port), content);
      ::_exit(pull(place, file, 20s) == content ? 0 : 2);
    } catch (...) {
      ::_exit(3);
    }
  }
  std::atomic<int> times = 0;
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    if (times++ > 0) return reply.file(asked, content);
    reply.raw(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n{}", content.substr(0, 100'000)));
    std::this_thread::sleep_for(50ms);
    reply.raw(content.substr(100'000, 10));
    reply.stall();
  });
  const int port = server.port();
  const auto begin = [&](const Child& child) { REQUIRE(::write(child.pipe_ends[1], &port, sizeof port) == sizeof port); };
  const auto status_of = [](const Child& child) {
    int status = 0;
    ::waitpid(child.id, &status, 0);
    return status;
  };
  begin(children[0]);
  const fs::path journal = place.journal(remote(server.url("/f"), content));
  const auto kept = [&] { return fs::exists(journal) && read_file(journal).contains("[[0,100010]]"); };
  for (int i = 0; i < 600 && !kept(); ++i) std::this_thread::sleep_for(5ms);
  REQUIRE(kept());
  begin(children[1]);
  begin(children[2]);
  std::this_thread::sleep_for(150ms);
  CHECK(server.count() == 1);  // the two wait
  ::kill(children[0].id, SIGKILL);
  CHECK(WIFSIGNALED(status_of(children[0])));
  CHECK(status_of(children[1]) == 0);
  CHECK(status_of(children[2]) == 0);
  CHECK(server.count() == 2);
  CHECK(server.asked().back().header("range") == "bytes=100010-399999");
  for (const Child& child : children) {
    ::close(child.pipe_ends[0]);
    ::close(child.pipe_ends[1]);
  }
}

}  // namespace maru::hub

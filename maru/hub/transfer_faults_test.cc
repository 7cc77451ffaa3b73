// Transfers from a server that misbehaves: what arrives is right, or is refused and can be continued.
#include "maru/base/json.h"
#include "maru/hub/transfer_place_test.h"

namespace maru::hub {

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
    reply.answer(206, fmt::format("Content-Encoding: gzip\r\nContent-Range: bytes {}-{}/{}\r\n", first, last, gzip.size()),
                 gzip.substr(first, last - first + 1));
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
  CHECK(message.contains("expected " + file.digest));
  CHECK(message.contains("the sha256 sum " + sha256_of(wrong)));
  CHECK(server.count() == 4);
  CHECK(!fs::exists(other.part(file)));
  CHECK(!fs::exists(other.journal(file)));
}

TEST_CASE("a file that changes between two attempts is noticed") {
  const std::string old = content_of(1000, 1), content = content_of(1000, 2);
  std::atomic<int> times = 0;
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    if (times++ == 0) return reply.file(asked, old, 500);
    reply.file(asked, content);
  });
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
  CHECK(bring(place, remote(server.url("/f"), content), quick(100ms)) == content);
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
  const FakeServer server([&](const Asked&, Reply& reply) {
    reply.answer(302, fmt::format("Location: {}\r\n", cdn.url(fmt::format("/signed{}", int(valid)))));
  });
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

TEST_CASE("a redirect that is not followed names the file") {
  std::string to;
  const FakeServer server([&](const Asked&, Reply& reply) { reply.answer(302, "Location: " + to + "\r\n"); });
  for (const char* one : {"file:///etc/passwd", "ftp://127.0.0.1/x", "http://user:word@127.0.0.1/", "http://"}) {
    to = one;
    const Place place;
    const std::string message = refused(place, remote(server.url("/f"), "x"));
    CHECK_MESSAGE(message.starts_with("model.gguf: "), message);
  }
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

}  // namespace maru::hub

// Files are mapped, read and written whole, and whatever is no regular file is named and refused.
#include "maru/base/file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "tests/scratch.h"

using namespace maru;
using testing::error_of;
using testing::refuses;
using testing::Scratch;
namespace fs = std::filesystem;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::size_t entries(const fs::path& folder) { return std::size_t(std::distance(fs::directory_iterator(folder), {})); }

}  // namespace

TEST_CASE("a mapped file shows its bytes, also after a part was forgotten") {
  const Scratch scratch;
  const std::string content(100'000, 'x');
  const auto file = MappedFile::open(scratch.put("a", content));
  REQUIRE(file->bytes().size() == content.size());
  file->forget(file->bytes().subspan(10, 50'000));
  CHECK(std::memcmp(file->bytes().data(), content.data(), content.size()) == 0);
}

TEST_CASE("an empty file maps as no bytes") {
  const Scratch scratch;
  CHECK(MappedFile::open(scratch.put("empty", ""))->bytes().empty());
}

TEST_CASE("a folder, a fifo, a socket and a device are named and refused at once") {
  const Scratch scratch;
  REQUIRE(::mkfifo((scratch.path / "fifo").c_str(), 0600) == 0);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (scratch.path / "socket").c_str(), sizeof address.sun_path - 1);
  REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(descriptor);
  const auto opened = [&](const fs::path& path) { return error_of([&] { MappedFile::open(path); }); };
  CHECK(opened(scratch.path).contains("got a folder"));
  CHECK(opened(scratch.path / "fifo").contains("got a fifo"));
  CHECK(opened(scratch.path / "socket").contains("got a socket"));
  CHECK(opened("/dev/zero").contains("got a device"));
  CHECK(refuses(ErrorKind::invalid, [&] { read_file(scratch.path / "fifo"); }));
  CHECK(refuses(ErrorKind::invalid, [&] { sha256_file(scratch.path / "fifo"); }));
}

TEST_CASE("a path that leads nowhere is not found, and links in a circle are said to be") {
  const Scratch scratch;
  CHECK(refuses(ErrorKind::not_found, [&] { MappedFile::open(scratch.path / "none"); }));
  fs::create_symlink("b", scratch.path / "a");
  fs::create_symlink("a", scratch.path / "b");
  CHECK(error_of([&] { MappedFile::open(scratch.path / "a"); }).contains("circle"));
}

TEST_CASE("reading stops at the limit") {
  const Scratch scratch;
  const fs::path path = scratch.put("a", "12345");
  CHECK(read_file(path, 5) == "12345");
  CHECK(refuses(ErrorKind::limit, [&] { read_file(path, 4); }));
  CHECK_FALSE(read_file("/proc/self/stat").empty());  // its size is said to be zero
}

TEST_CASE("a written file replaces the old one and leaves nothing beside it") {
  const Scratch scratch;
  const fs::path path = scratch.put("a", "old");
  write_file(path, "new\0content");
  CHECK(read_file(path) == "new");
  write_file(path, std::string("a\0b", 3));
  CHECK(read_file(path).size() == 3);
  CHECK(entries(scratch.path) == 1);
}

TEST_CASE("a write that fails keeps the old file and leaves nothing behind") {
  const Scratch scratch;
  const fs::path path = scratch.put("a", "old");
  // A limit on the size of files fails the write half-way, as a full disk does.
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1'000, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string message = error_of([&] { write_file(path, std::string(5'000, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  CHECK(message.contains(path.string()));
  CHECK(read_file(path) == "old");
  CHECK(entries(scratch.path) == 1);
}

TEST_CASE("a file cannot take the place of a folder or stand in a folder that is not there") {
  const Scratch scratch;
  fs::create_directory(scratch.path / "folder");
  CHECK(refuses(ErrorKind::io, [&] { write_file(scratch.path / "folder", "x"); }));
  CHECK(refuses(ErrorKind::not_found, [&] { write_file(scratch.path / "none" / "a", "x"); }));
  CHECK(entries(scratch.path) == 1);
}

TEST_CASE("sha256 gives the digests of FIPS 180-4") {
  const Scratch scratch;
  CHECK(sha256({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256(bytes_of("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string million(1'000'000, 'a');
  CHECK(sha256(bytes_of(million)) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  // Longer than the buffer it is read through.
  const std::string large(3 << 20, 'b');
  CHECK(sha256_file(scratch.put("large", large)) == sha256(bytes_of(large)));
}

TEST_CASE("free space is asked of the nearest folder that exists") {
  CHECK(free_space("/") > 0);
  CHECK(free_space("/no/such/folder") == free_space("/"));
  CHECK(free_space("relative/none") > 0);
}

TEST_CASE("MARU_HOME decides where the home is") {
  const char* before = std::getenv("MARU_HOME");
  const std::string kept = before ? before : "";
  ::setenv("MARU_HOME", "/some/where", 1);
  CHECK(home() == "/some/where");
  if (before) ::setenv("MARU_HOME", kept.c_str(), 1);
  else ::unsetenv("MARU_HOME");
}

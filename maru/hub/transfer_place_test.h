#pragma once
// For the tests of transfers: random content, the file that names it, and a folder to bring it to.
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/digest.h"
#include "maru/hub/test_folder.h"
#include "maru/hub/transfer.h"
#include "maru/net/fake_server_test.h"

namespace maru::hub {
namespace fs = std::filesystem;

using namespace std::chrono_literals;
using net::FakeServer;
using Asked = FakeServer::Asked;
using Reply = FakeServer::Reply;

inline std::string content_of(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = char(random());
  return text;
}

inline std::string sha256_of(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }

inline RemoteFile remote(const std::string& url, std::string_view content, std::string name = "model.gguf") {
  return {.name = std::move(name), .url = url, .size = content.size(), .digest = sha256_of(content)};
}

inline net::Settings quick(std::chrono::milliseconds stall_time = 5s) {
  return {.connect_time = 5s, .stall_time = stall_time, .pause_unit = 1ms};
}

struct Place {
  TestFolder folder;
  TransferOptions options() const { return {.partials = folder.path() / "parts", .blobs = folder.path() / "blobs"}; }
  fs::path part(const RemoteFile& file) const { return folder.path() / "parts" / (file.digest + ".part"); }
  fs::path journal(const RemoteFile& file) const { return folder.path() / "parts" / (file.digest + ".json"); }
};

inline std::string bring(const Place& place, const RemoteFile& file, const net::Settings& settings = quick()) {
  const std::vector<Received> received = transfer(std::span(&file, 1), settings, place.options());
  REQUIRE(received.size() == 1);
  CHECK(received[0].sha256.size() == 64);
  CHECK(received[0].size == file.size);
  return read_file(received[0].path);
}

inline std::string refused(const Place& place, const RemoteFile& file) {
  return net::refusal([&] { transfer(std::span(&file, 1), quick(), place.options()); });
}

}  // namespace maru::hub

// Git LFS's batch API: where to put which bytes.  git-lfs docs/api/batch.md; the hub's "multipart" has a chunk_size and numbered
// addresses in the upload's header.
#include "maru/hub/push_upload.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/hub/search_answer.h"

namespace maru::hub {
namespace {

constexpr int kAttempts = 5;
constexpr std::uint64_t kMostParts = 10'000;
constexpr const char* kType = "application/vnd.git-lfs+json";

class Upload {
 public:
  Upload(std::span<const LargeFile> files, const UploadOptions& options, net::Client& client)
      : files_(files), options_(options), client_(client) {
    for (const LargeFile& one : files) total_ += one.file->size;
  }

  Uploaded run() {
    const Json objects = batch();
    check(objects.is_array() && objects.size() == files_.size(), "{}: expected where to put {} files, got {}", options_.where,
        files_.size(), objects.size());
    Uploaded out;
    for (const Json& object : objects) {
      const std::string oid = text_of(object, "oid");
      const auto one = std::ranges::find(files_, oid, &LargeFile::sha256);
      check(one != files_.end(), "{}: the hub speaks of a file that was not announced: {}", options_.where, oid.substr(0, 80));
      check(!object.contains("error"), "{}: {}: the hub refuses it: {}", options_.where, one->file->name,
            dump(object.value("error", Json())).substr(0, 200));
      if (!object.contains("actions") || !object["actions"].is_object() || !object["actions"].contains("upload")) {
        ++out.known;
        done_ += one->file->size;
        continue;
      }
      send(*one, object["actions"]["upload"]);
      if (object["actions"].contains("verify")) verify(*one, text_of(object["actions"]["verify"], "href"));
      ++out.sent;
      out.bytes += one->file->size;
    }
    return out;
  }

 private:
  Json batch() {
    Json objects = Json::array();
    for (const LargeFile& one : files_) objects.push_back({{"oid", one.sha256}, {"size", one.file->size}});
    const Json body{{"operation", "upload"}, {"transfers", {"basic", "multipart"}}, {"objects", objects}, {"hash_algo", "sha256"}};
    const Json answer = json_answer(post(options_.repository + ".git/info/lfs/objects/batch", body), options_.where);
    check(answer.is_object() && answer.contains("objects"), "{}: expected where to put the files", options_.where);
    return answer["objects"];
  }

  // The token goes along to the hub's own host only.
  net::Response post(const std::string& url, const Json& body) {
    net::Request request;
    request.url = url;
    request.method = "POST";
    request.headers = {{"Content-Type", kType}, {"Accept", kType}};
    if (net::same_origin(url, options_.repository)) request.authorization = options_.authorization;
    request.body = dump(body);
    return net::send_patiently(client_, request, options_.cancel);
  }

  void send(const LargeFile& one, const Json& action) {
    const auto mapped = MappedFile::open(one.file->path);
    check(mapped->bytes().size() == one.file->size, "{}: changed while it was sent", one.file->path.string());
    const std::string href = text_of(action, "href");
    const Json header = action.is_object() ? action.value("header", Json::object()) : Json::object();
    if (!header.contains("chunk_size")) {
      put(*mapped, mapped->bytes(), href, one);
      return;
    }
    std::uint64_t part = 0;
    const std::string size = header["chunk_size"].is_string() ? header["chunk_size"].get<std::string>() : dump(header["chunk_size"]);
    std::from_chars(size.data(), size.data() + size.size(), part);
    check(part > 0, "{}: {}: expected the size of a part, got {}", options_.where, one.file->name, size.substr(0, 40));
    const std::uint64_t count = (one.file->size + part - 1) / part;
    check(count <= kMostParts, "{}: {}: {} parts, expected at most {}", options_.where, one.file->name, count, kMostParts);
    Json parts = Json::array();
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t first = i * part;
      const auto bytes = mapped->bytes().subspan(first, std::min(part, one.file->size - first));
      const net::Response answer = put(*mapped, bytes, address(header, i + 1), one);
      const std::string tag(answer.header("ETag"));
      check(!tag.empty(), "{}: {}: part {} was taken without a receipt (ETag)", options_.where, one.file->name, i + 1);
      parts.push_back({{"partNumber", i + 1}, {"etag", tag}});
    }
    json_answer(post(href, {{"oid", one.sha256}, {"parts", parts}}), options_.where);
  }

  // Numbered from 1, with or without zeros in front.
  std::string address(const Json& header, std::uint64_t number) const {
    for (const auto& [key, value] : header.items()) {
      std::uint64_t got = 0;
      const auto [end, bad] = std::from_chars(key.data(), key.data() + key.size(), got);
      if (bad == std::errc() && end == key.data() + key.size() && got == number && value.is_string()) return value.get<std::string>();
    }
    fail(ErrorKind::invalid, "{}: the hub gives no address for part {}", options_.where, number);
  }

  net::Response put(const MappedFile& mapped, std::span<const std::byte> bytes, const std::string& url, const LargeFile& one) {
    const std::uint64_t before = done_;
    for (int attempt = 1;; ++attempt) {
      done_ = before;
      std::optional<net::Response> answer;
      try {
        answer = put_once(bytes, url);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::io || attempt == kAttempts) throw;
      }
      if (answer && answer->ok()) {
        mapped.forget(bytes);
        return *std::move(answer);
      }
      if (answer && (!net::may_pass(answer->status) || attempt == kAttempts))
        fail(ErrorKind::io, "{}: {}: its upload ended with status {}; run the command again, what is there already is not sent twice",
            options_.where,
             one.file->name, answer->status);
      net::wait(net::pause_before(attempt, answer ? &*answer : nullptr, client_.settings().pause_unit), options_.cancel);
    }
  }

  net::Response put_once(std::span<const std::byte> bytes, const std::string& url) {
    net::Request request;
    request.url = url;
    request.method = "PUT";
    request.upload_bytes = bytes.size();
    request.upload = [this, bytes](std::span<std::byte> into) mutable {
      const std::size_t size = std::min(into.size(), bytes.size());
      std::memcpy(into.data(), bytes.data(), size);
      bytes = bytes.subspan(size);
      done_ += size;
      if (options_.progress) options_.progress({.what = "uploading", .done = done_, .total = total_, .unit = "bytes"});
      return size;
    };
    return client_.send(request, options_.cancel);
  }

  void verify(const LargeFile& one, const std::string& url) {
    const net::Response answer = post(url, {{"oid", one.sha256}, {"size", one.file->size}});
    if (!answer.ok())
      fail(ErrorKind::invalid, "{}: {}: the hub did not get what was sent (status {}); run the command again", options_.where,
          one.file->name, answer.status);
  }

  std::span<const LargeFile> files_;
  const UploadOptions& options_;
  net::Client& client_;
  std::uint64_t total_ = 0, done_ = 0;
};

}  // namespace

Uploaded upload(std::span<const LargeFile> files, const UploadOptions& options, net::Client& client) {
  return Upload(files, options, client).run();
}

}  // namespace maru::hub

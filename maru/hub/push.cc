// The order of a push: the repository, which files are large, their bytes, and at the end one commit of all.
#include "maru/hub/push.h"

#include <openssl/evp.h>

#include <algorithm>
#include <map>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/hub/digest.h"
#include "maru/hub/git_sum.h"
#include "maru/hub/hf/endpoint.h"
#include "maru/hub/push_upload.h"
#include "maru/hub/search_answer.h"

namespace maru::hub {
namespace {

constexpr std::size_t kAskedAtOnce = 256, kLargeAtOnce = 100, kSampleBytes = 512;
constexpr std::uint64_t kMostInCommit = std::uint64_t{128} << 20;   // of small files together

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
      int(bytes.size()));
  out.resize(std::size_t(size));
  return out;
}

struct Sent {
  const PushFile* file;
  bool large = false;
  std::string remote;   // what the hub has under this name: git's sha1, or the sha256 of a large file; "" for nothing
  std::string sha256 = {};
};

class Push {
 public:
  Push(std::string_view id, std::string_view revision, const PushOptions& options, net::Client& client)
      : id_(id), revision_(revision), options_(options), client_(client), endpoint_(hf::endpoint()), authorization_(hf::authorization()),
        where_(fmt::format("hf:{}{}", options.data ? "datasets/" : "", id)) {
    check_token(where_);
  }

  Pushed run(std::span<const PushFile> files) {
    if (options_.create) create();
    std::vector<Sent> all = announced(files);
    hash(all);
    Pushed out{.commit = {}, .page = fmt::format("{}/{}{}", endpoint_, options_.data ? "datasets/" : "", id_), .files = files.size()};
    for (const PushFile& file : files) out.bytes += file.size;
    out.unchanged = std::erase_if(all, [](const Sent& one) { return same(one); });
    if (all.empty()) return out;
    std::vector<LargeFile> large;
    for (const Sent& one : all)
      if (one.large) large.push_back({one.file, one.sha256});
    for (std::size_t at = 0; at < large.size(); at += kLargeAtOnce) {
      const auto part = std::span(large).subspan(at, std::min(kLargeAtOnce, large.size() - at));
      const UploadOptions how{.repository = out.page, .where = where_, .authorization = authorization_, .progress = options_.progress,
                              .cancel = options_.cancel};
      const Uploaded uploaded = upload(part, how, client_);
      out.uploaded += uploaded.sent;
      out.known += uploaded.known;
      out.uploaded_bytes += uploaded.bytes;
    }
    out.commit = commit(all);
    return out;
  }

 private:
  std::string api(std::string_view action) const {
    return fmt::format("{}/api/{}/{}/{}/{}", endpoint_, options_.data ? "datasets" : "models", id_, action, hf::quoted(revision_, false));
  }
  net::Response post(const std::string& url, std::string body, const char* type = "application/json") {
    net::Request request;
    request.url = url;
    request.method = "POST";
    request.headers = {{"Content-Type", type}};
    request.authorization = authorization_;
    request.body = std::move(body);
    return net::send_patiently(client_, request, options_.cancel);
  }

  void create() {
    const std::size_t slash = id_.find('/');
    Json body{{"name", id_.substr(slash == std::string::npos ? 0 : slash + 1)}, {"private", options_.private_repository}};
    if (slash != std::string::npos) body["organization"] = id_.substr(0, slash);
    if (options_.data) body["type"] = "dataset";
    const net::Response response = post(endpoint_ + "/api/repos/create", dump(body));
    if (response.status != 409) json_answer(response, where_);  // 409: it is there, which is as good
  }

  // Which files the hub wants by LFS, and what it has under their names.
  std::vector<Sent> announced(std::span<const PushFile> files) {
    std::map<std::string_view, const PushFile*> by_name;
    for (const PushFile& file : files) by_name.emplace(file.name, &file);
    std::vector<Sent> out;
    for (std::size_t at = 0; at < files.size(); at += kAskedAtOnce) {
      Json asked = Json::array();
      for (const PushFile& file : files.subspan(at, std::min(kAskedAtOnce, files.size() - at)))
        asked.push_back({{"path", file.name}, {"size", file.size}, {"sample", base64(sample(file))}});
      const Json answer = json_answer(post(api("preupload"), dump(Json{{"files", asked}})), where_);
      check(answer.is_object() && answer.contains("files") && answer["files"].is_array(), "{}: expected a list of how to send each file",
          where_);
      for (const Json& one : answer["files"]) {
        const auto file = by_name.find(text_of(one, "path"));
        const std::string mode = text_of(one, "uploadMode");
        check(file != by_name.end() && (mode == "lfs" || mode == "regular"), "{}: expected how to send each file, got {}", where_,
            dump(one).substr(0, 120));
        check(one.value("shouldIgnore", Json(false)) != Json(true),
            "{}: {}: the repository's .gitignore keeps it out; take it out of the folder", where_,
              file->second->name);
        out.push_back({file->second, mode == "lfs", text_of(one, "oid")});
        by_name.erase(file);
      }
    }
    check(by_name.empty(), "{}: the hub did not say how to send {}", where_, by_name.empty() ? "" : by_name.begin()->first);
    return out;
  }
  static std::string sample(const PushFile& file) {
    if (file.path.empty()) return file.content.substr(0, kSampleBytes);
    const auto mapped = MappedFile::open(file.path);
    const auto bytes = mapped->bytes();
    return {reinterpret_cast<const char*>(bytes.data()), std::min(kSampleBytes, bytes.size())};
  }

  void hash(std::vector<Sent>& all) {
    std::uint64_t total = 0, done = 0;
    for (const Sent& one : all) total += one.large ? one.file->size : 0;
    for (Sent& one : all) {
      if (!one.large) continue;
      check(!one.file->path.empty(), "{}: {}: the hub wants it as a large file, though it is text", where_, one.file->name);
      one.sha256 = hash_file(one.file->path, [&](std::uint64_t bytes) {
        if (options_.cancel) options_.cancel->check();
        done += bytes;
        if (options_.progress) options_.progress({.what = "hashing", .done = done, .total = total, .unit = "bytes"});
      });
    }
  }
  static std::string content(const PushFile& file) { return file.path.empty() ? file.content : read_file(file.path, kMostInCommit); }
  // Of a large file the hub tells the sha256, or git's name of the pointer that stands for it.
  static bool same(const Sent& one) {
    if (one.remote.empty()) return false;
    if (!one.large) return one.remote == git_sha1(content(*one.file));
    const std::string pointer = fmt::format("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n", one.sha256, one.file->size);
    return one.remote == one.sha256 || one.remote == git_sha1(pointer);
  }

  std::string commit(const std::vector<Sent>& all) {
    std::string body = dump(Json{{"key", "header"}, {"value", {{"summary", options_.message}, {"description", ""}}}}) + "\n";
    std::uint64_t small = 0;
    for (const Sent& one : all) {
      if (one.large) {
        const Json pointer{{"path", one.file->name}, {"algo", "sha256"}, {"oid", one.sha256}, {"size", one.file->size}};
        body += dump(Json{{"key", "lfsFile"}, {"value", pointer}}) + "\n";
        continue;
      }
      small += one.file->size;
      check(small <= kMostInCommit, "{}: its small files take more than {} MB together; push them in parts", where_, kMostInCommit >> 20);
      const Json whole{{"path", one.file->name}, {"content", base64(content(*one.file))}, {"encoding", "base64"}};
      body += dump(Json{{"key", "file"}, {"value", whole}}) + "\n";
    }
    const Json answer = json_answer(post(api("commit"), std::move(body), "application/x-ndjson"), where_);
    const std::string name = text_of(answer, "commitOid");
    check(!name.empty(), "{}: the hub took the files but names no commit", where_);
    return name;
  }

  std::string id_, revision_;
  const PushOptions& options_;
  net::Client& client_;
  std::string endpoint_, authorization_, where_;
};

}  // namespace

void check_token(std::string_view where) {
  if (!hf::authorization().empty()) return;
  fail(ErrorKind::usage, "{}: pushing needs a token with write access: make one at {}/settings/tokens and set HF_TOKEN", where, hf::endpoint());
}

Pushed push(std::string_view id, std::string_view revision, std::span<const PushFile> files, const PushOptions& options,
    net::Client& client) {
  return Push(id, revision, options, client).run(files);
}

}  // namespace maru::hub

// /api/blobs and /api/create as a client sees them, without a network: bodies through the fields' table, answers as they would be sent.
#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>

#include "maru/base/file.h"
#include "maru/convert/random.h"
#include "maru/hub/uploads.h"
#include "maru/server/fields.h"
#include "maru/server/service.h"
#include "tests/scratch.h"

namespace maru::server {

RouteFamily ollama_blobs_routes();
RouteFamily ollama_create_routes();

namespace {

using testing::Scratch;
namespace fs = std::filesystem;

class Heard final : public Exchange {
 public:
  Request asked;
  int status = 0;
  std::string said;

  const Request& request() const override { return asked; }
  void answer(int code, std::string body, std::string_view, std::vector<Header>) override { finish(code, std::move(body)); }
  void begin(int code, std::string_view, std::vector<Header>) override { status = code; }
  bool send(std::string piece) override {
    said += piece;
    return !gone_;
  }
  void end() override { finish(status, {}); }
  bool begun() const override { return status != 0; }
  void on_gone(std::function<void()> call) override {
    if (gone_) call();
  }
  bool gone() const override { return gone_; }

  void leave() { gone_ = true; }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return over_; });
  }
  Json error() const { return parse_json(said, "answer")["error"]; }
  std::vector<std::string> statuses() const {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < said.size(); at = said.find('\n', at) + 1) {
      const Json line = parse_json(said.substr(at, said.find('\n', at) - at), "line");
      out.push_back(line.contains("status") ? line["status"].get<std::string>() : "error: " + line["error"].get<std::string>());
    }
    return out;
  }

 private:
  void finish(int code, std::string body) {
    const std::lock_guard lock(mutex_);
    status = code;
    said += body;
    over_ = true;
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false, gone_ = false;
};

struct Served {
  Scratch scratch;
  Service service{Options{}, scratch.path / "home"};

  std::shared_ptr<Heard> run(const Route& route, Request request, bool leaves = false) {
    const auto heard = std::make_shared<Heard>();
    heard->asked = std::move(request);
    if (leaves) heard->leave();
    try {
      route.run(service, heard);
      heard->wait();
    } catch (const std::exception& error) {
      const Refusal refused = refusal(error, Dialect::ollama, "id");
      heard->answer(refused.status, refused.body, "", {});
    }
    return heard;
  }
  std::shared_ptr<Heard> create(std::string_view body, bool leaves = false) {
    const RouteFamily family = ollama_create_routes();
    CheckedBody checked = check_body(body, family.routes[0].fields);
    Request request;
    request.json = std::move(checked.json);
    request.ignored = std::move(checked.ignored);
    return run(family.routes[0], std::move(request), leaves);
  }
  std::shared_ptr<Heard> blob(std::string_view method, std::string digest, std::string_view content = "") {
    const RouteFamily family = ollama_blobs_routes();
    const auto route = std::ranges::find(family.routes, method, &Route::method);
    Request request;
    request.captures = {std::move(digest)};
    if (method == "POST") {
      request.body_file = scratch.put("body", content);
      request.body_sha256 = sha256(std::as_bytes(std::span(content)));
    }
    return run(*route, std::move(request));
  }
  std::string gguf() {
    const convert::Shape tiny{
        .name = "tiny", .layers = 1, .width = 64, .hidden = 64, .heads = 4, .kv_heads = 2, .vocabulary = 320, .context = 64};
    convert::write_random(scratch.path / "tiny.gguf", tiny, "F32", {.seed = 1});
    return read_file(scratch.path / "tiny.gguf");
  }
};

}  // namespace

TEST_CASE("blobs are answered as Ollama answers them") {
  Served served;
  const std::string digest = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
                    zeros = "sha256:" + std::string(64, '0');
  CHECK(served.blob("HEAD", digest)->status == 404);
  CHECK(served.blob("HEAD", "zzz")->status == 400);
  CHECK(served.blob("POST", "zzz", "hello")->error() == "invalid digest format");
  const auto wrong = served.blob("POST", zeros, "hello");
  CHECK(wrong->status == 400);
  CHECK(wrong->error() == "digest mismatch, expected \"" + zeros + "\", got \"" + digest + "\"");
  CHECK(served.blob("POST", digest, "hello")->status == 201);
  CHECK(served.blob("POST", digest, "x")->status == 200);
  CHECK(served.blob("HEAD", digest)->status == 200);
}

TEST_CASE("a model is created line by line, or with one answer") {
  Served served;
  const std::string bytes = served.gguf(), digest = "sha256:" + sha256(std::as_bytes(std::span(bytes)));
  REQUIRE(served.blob("POST", digest, bytes)->status == 201);
  const auto lines =
      served.create(R"({"model":"smol","files":{"smol.gguf":")" + digest + R"("},"system":"Terse.","renderer":"x","surprise":1})");
  CHECK(lines->status == 200);
  const std::vector<std::string> statuses = lines->statuses();
  CHECK(statuses.front() == "warning: renderer has no effect here and was ignored");
  CHECK(statuses.back() == "success");
  CHECK(std::ranges::count(statuses, "parsing GGUF") == 1);
  CHECK(std::ranges::count(statuses, "warning: surprise has no effect here and was ignored") == 1);
  CHECK(std::ranges::count(statuses, "creating new layer " + digest) == 1);
  const auto one = served.create(R"({"model":"pirate","from":"smol","parameters":{"no_such_param":1},"stream":false})");
  CHECK(one->status == 200);
  CHECK(parse_json(one->said, "answer")["status"] == "success");
  CHECK(parse_json(one->said, "answer")["warnings"].size() == 1);
}

TEST_CASE("a client's mistakes are statuses of its own before anything was sent") {
  Served served;
  const auto refused = [&](std::string_view body, int status, std::string_view words) {
    const auto heard = served.create(body);
    CHECK(heard->status == status);
    CHECK_MESSAGE(heard->error().get<std::string>().contains(words), heard->said);
  };
  const std::string ones = "sha256:" + std::string(64, '1');
  refused(R"({"model":"x"})", 400, "neither 'from' or 'files' was specified");
  refused(R"({"files":{}})", 400, "invalid model name");
  refused(R"({"model":"in valid/../name","from":"y"})", 400, "invalid model name");
  refused(R"({"model":"x@sha256:1","from":"y"})", 400, "invalid model name");
  refused(R"({"model":"x","files":{"a":"zz"}})", 400, "invalid digest format");
  refused(R"({"model":"x","files":{"a":1}})", 400, "files.a: expected a digest");
  refused(R"({"model":"x","files":{"a.gguf":")" + ones + R"("}})", 400, "there is no blob " + ones);
  refused(R"({"model":"x","from":"y","remote_host":"http://z"})", 400, "remote_host");
  refused(R"({"model":"x","from":"y","quantize":"Q9"})", 400, "unsupported quantization type Q9");
}

TEST_CASE("what a client that left had asked for is not made") {
  Served served;
  const std::string bytes = served.gguf(), digest = "sha256:" + sha256(std::as_bytes(std::span(bytes)));
  REQUIRE(served.blob("POST", digest, bytes)->status == 201);
  served.create(R"({"model":"gone","files":{"a.gguf":")" + digest + R"("},"stream":false})", true);
  CHECK_FALSE(served.service.store().find("gone"));
}

}  // namespace maru::server

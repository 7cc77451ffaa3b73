// Plans from canned answers of a hub: honest ones, and those of a hub that lies.
#include "maru/hub/hf/plan.h"

#include <doctest/doctest.h>

#include <map>

#include "maru/base/file.h"
#include "maru/hub/git_sum.h"
#include "maru/hub/test_folder.h"

namespace maru::hub::hf {
namespace {

const std::string kCommit(40, 'a'), kSha(64, 'b');

Json file(const std::string& path, std::uint64_t size = 10) {
  return {{"type", "file"}, {"path", path}, {"size", size}, {"oid", std::string(40, 'c')}};
}
Json large(const std::string& path, std::uint64_t size = 1000) {
  Json entry = file(path, size);
  entry["lfs"] = {{"oid", kSha}, {"size", size}, {"pointerSize", 134}};
  return entry;
}

// Answers by the address without the host; what it does not know is not there.
struct Hub {
  std::map<std::string, net::Response> answers;
  int asked = 0;
  void put(const std::string& path, const std::string& body, int status = 200, std::vector<net::Header> headers = {}) {
    net::Response response;
    response.status = status;
    response.headers = std::move(headers);
    response.body = body;
    answers["https://huggingface.co" + path] = response;
  }
  void model(const Json& tree, Json info = Json::object()) {
    info["sha"] = kCommit;
    put("/api/models/org/name/revision/main", dump(info));
    put("/api/models/org/name/tree/" + kCommit + "?recursive=true", dump(tree));
  }
  Plan plan(std::string_view rest = "org/name") {
    return hf::plan(parse_reference(rest), [this](const net::Request& request) {
      ++asked;
      const auto found = answers.find(request.url);
      if (found != answers.end()) return found->second;
      net::Response none;
      none.status = 404;
      none.headers = {{"X-Error-Code", "RepoNotFound"}};
      return none;
    });
  }
  std::string refusal(std::string_view rest = "org/name") {
    return error_of([&] { plan(rest); });
  }
};

std::vector<std::string> names(const Plan& plan) {
  std::vector<std::string> out;
  for (const RemoteFile& one : plan.files) out.push_back(one.name);
  return out;
}

bool holds(const std::string& text, std::string_view words) {
  CAPTURE(text);
  CAPTURE(words);
  const bool found = text.find(words) != std::string::npos;
  CHECK(found);
  return found;
}

}  // namespace

TEST_CASE("a plan is pinned to the commit, with sizes and sums of the listing, weights first") {
  Hub hub;
  hub.model({file("config.json"), large("model.safetensors"), file("README.md"), file("run.py"), large("pytorch_model.bin"),
             large("tf_model.h5"), {{"type", "directory"}, {"path", "1_Pooling"}, {"oid", "x"}}, file("1_Pooling/config.json"),
             file("vocab.txt"), file("onnx/config.json")},
            {{"cardData", {{"license", "apache-2.0"}}}, {"id", "org/name"}});
  const Plan plan = hub.plan();
  CHECK(plan.revision == kCommit);
  CHECK(plan.licence == "apache-2.0");
  CHECK(names(plan) == std::vector<std::string>{"model.safetensors", "config.json", "README.md", "1_Pooling/config.json", "vocab.txt"});
  CHECK(plan.files[0].url == "https://huggingface.co/org/name/resolve/" + kCommit + "/model.safetensors");
  CHECK(plan.files[0].sum == Sum::sha256);
  CHECK(plan.files[0].digest == kSha);
  CHECK(plan.files[1].sum == Sum::git_sha1);
  CHECK(plan.bytes() == 1040);
  CHECK(plan.notes.empty());
}

TEST_CASE("of several GGUF files Q4_K_M is taken and said, and another by its quantisation or name") {
  Hub hub;
  hub.model({large("s-Q4_K_M.gguf"), large("s-Q4_K_S.gguf"), large("s-UD-Q4_K_M.gguf"), large("mmproj-s.gguf"), large("f16/s-f16.gguf"),
             file("config.json")});
  CHECK(names(hub.plan()) == std::vector<std::string>{"s-Q4_K_M.gguf"});
  CHECK(hub.plan().notes[0].text.starts_with("of 4 GGUF files s-Q4_K_M.gguf was chosen"));
  CHECK(names(hub.plan("org/name:q4_k_s")) == std::vector<std::string>{"s-Q4_K_S.gguf"});
  CHECK(names(hub.plan("org/name:s-UD-Q4_K_M.gguf")) == std::vector<std::string>{"s-UD-Q4_K_M.gguf"});
  CHECK(names(hub.plan("org/name:f16")) == std::vector<std::string>{"s-f16.gguf"});
  holds(hub.refusal("org/name:Q4_K"), "has no file and no quantisation \"Q4_K\"; there are s-Q4_K_M.gguf");
  hub.model({large("s-Q4_K_M-00001-of-00002.gguf"), large("s-Q4_K_M-00002-of-00002.gguf")});
  holds(hub.refusal(), "one of several parts");
}

TEST_CASE("an index is believed only when its parts are plain names that are there") {
  const auto with_index = [](const std::string& index) {
    Hub hub;
    Json entry = file("model.safetensors.index.json", index.size());
    entry["oid"] = git_sha1(index);
    hub.model({entry, large("model-00001-of-00002.safetensors"), large("model-00002-of-00002.safetensors"),
               large("consolidated.safetensors")});
    hub.put("/org/name/resolve/" + kCommit + "/model.safetensors.index.json", index);
    return hub;
  };
  const std::string both = R"({"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}})";
  CHECK(names(with_index(both).plan()).size() == 3);
  holds(with_index(R"({"weight_map":{"a":"../../x"}})").refusal(), "names the part \"../../x\"");
  holds(with_index(R"({"weight_map":{"a":"model-00003-of-00002.safetensors"}})").refusal(), "which is not there as weights");
  holds(with_index(R"({"weight_map":{"a":"model-00001-of-00002.safetensors"}})").refusal(), "does not name");
  holds(with_index(R"({"weight_map":{"a":"model.safetensors.index.json"}})").refusal(), "which is not there as weights");
  holds(with_index(R"({"weight_map":{"a":7}})").refusal(), "must be a text");
  holds(with_index(R"({"weight_map":{}})").refusal(), "holds no weight_map");
  holds(with_index("[").refusal(), "index.json");
  Hub changed = with_index(both);
  changed.put("/org/name/resolve/" + kCommit + "/model.safetensors.index.json", std::string(both.size(), ' '));
  holds(changed.refusal(), "the hub's listing says");
}

TEST_CASE("pytorch_model.bin is the last choice, and formats that are not read are refused with what to do") {
  Hub hub;
  hub.model({file("config.json"), large("pytorch_model.bin"), large("training_args.bin"), large("optimizer.pt")});
  CHECK(names(hub.plan()) == std::vector<std::string>{"pytorch_model.bin", "config.json"});
  for (const char* other : {"tf_model.h5", "flax_model.msgpack", "onnx/model.onnx", "model.ckpt", "consolidated.00.pth"}) {
    hub.model({file("config.json"), large(other)});
    holds(hub.refusal(), other);
    holds(hub.refusal(), "save_pretrained");
  }
  hub.model({file("adapter_config.json"), large("adapter_model.safetensors")});
  holds(hub.refusal(), "only an adapter");
}

TEST_CASE("hostile names, sizes and sums in a listing are refused") {
  const auto refusal = [](const Json& entry) {
    Hub hub;
    hub.model({large("model.safetensors"), file("config.json"), entry});
    return hub.refusal();
  };
  holds(refusal(file("../x.json")), "could leave");
  holds(refusal(file("/etc/x.json")), "could leave");
  holds(refusal(file("a\\b.json")), "could leave");
  holds(refusal(file("a\x01.json")), "could leave");
  holds(refusal(file("CON.json")), "cannot be used on every system");
  holds(refusal(file("Config.JSON.json")).empty() ? refusal(file("CONFIG.json")) : "", "would be one");
  holds(refusal(file(std::string(5000, 'x') + ".json")), "could leave");
  Json size = file("x.json");
  for (const Json& bad : {Json(-1), Json(1.5), Json("7"), Json(std::uint64_t{1} << 63), Json(nullptr)}) {
    size["size"] = bad;
    holds(refusal(size), "expected a whole number");
  }
  Json sum = large("x.json");
  sum["lfs"]["oid"] = "../../etc/passwd";
  holds(refusal(sum), "not a sha256");
  sum = file("x.json");
  sum["oid"] = "zz";
  holds(refusal(sum), "not a git id");
  sum = large("x.json");
  sum["lfs"]["size"] = 3;
  holds(refusal(sum), "two sizes");
  holds(refusal(file("config.json")), "twice");
  holds(refusal(Json(3)), "must hold objects");
}

TEST_CASE("names that differ only in how Hangul is composed are refused") {
  Hub hub;
  hub.model({large("model.safetensors"), file("\xEA\xB0\x80.json"), file("\xE1\x84\x80\xE1\x85\xA1.json")});
  holds(hub.refusal(), "would be one");
}

TEST_CASE("a listing of many pages is read to its end; one that goes round, leaves the host or does not end is refused") {
  const std::string first = "/api/models/org/name/tree/" + kCommit + "?recursive=true";
  const auto link = [](const std::string& to) { return std::vector<net::Header>{{"Link", "<" + to + ">; rel=\"next\""}}; };
  Hub hub;
  hub.model(Json::array());
  hub.put(first, dump(Json{file("config.json")}), 200, link("https://huggingface.co" + first + "&cursor=2"));
  hub.put(first + "&cursor=2", dump(Json{large("model.safetensors")}));
  CHECK(names(hub.plan()).size() == 2);
  hub.put(first + "&cursor=2", "[]", 200, link("https://huggingface.co" + first));
  holds(hub.refusal(), "leads back to a page");
  hub.put(first, "[]", 200, link("https://elsewhere.example/x"));
  holds(hub.refusal(), "on another host");
  hub.put(first, "[]", 200, link("https://huggingface.co@elsewhere.example/x"));
  CHECK_FALSE(hub.refusal().empty());
  hub.put(first, "[]", 200, link("http://huggingface.co/x"));
  holds(hub.refusal(), "from https to http");
  hub.put(first, "{}");
  holds(hub.refusal(), "must be a list");

  int pages = 0;
  const auto endless = [&](const net::Request&) {
    net::Response response;
    response.status = 200;
    response.body = pages++ == 0 ? dump(Json{{"sha", kCommit}}) : "[]";
    response.headers = link("https://huggingface.co/next/" + std::to_string(pages));
    return response;
  };
  holds(error_of([&] { hf::plan(parse_reference("org/name"), endless); }), "more than 1000 pages");

  // A million entries, a page at a time.
  Json page = Json::array();
  std::size_t entries = 0;
  const auto huge = [&](const net::Request&) {
    net::Response response;
    response.status = 200;
    if (entries == 0 && page.empty()) {
      response.body = dump(Json{{"sha", kCommit}});
      page.push_back(0);
      return response;
    }
    page = Json::array();
    for (int i = 0; i < 10'000; ++i) page.push_back(file("f" + std::to_string(entries++)));
    response.body = dump(page);
    response.headers = link("https://huggingface.co/next/" + std::to_string(entries));
    return response;
  };
  holds(error_of([&] { hf::plan(parse_reference("org/name"), huge); }), "more than 200000 files");
}

TEST_CASE("what the hub refuses is told apart, with what to do") {
  const auto refusal = [](int status, std::vector<net::Header> headers) {
    Hub hub;
    hub.put("/api/models/org/name/revision/main", "", status, std::move(headers));
    return hub.refusal();
  };
  holds(refusal(401, {{"X-Error-Code", "GatedRepo"}}), "accept it at https://huggingface.co/org/name, then set HF_TOKEN");
  holds(refusal(403, {{"X-Error-Code", "GatedRepo"}}), "accept it at https://huggingface.co/org/name");
  holds(refusal(401, {{"X-Error-Code", "RepoNotFound"}}), "or it is private");
  holds(refusal(404, {}), "or it is private");
  holds(refusal(404, {{"X-Error-Code", "RevisionNotFound"}}), "no branch, tag or commit");
  holds(refusal(403, {{"X-Error-Message", "Access to this resource is disabled."}}), "has disabled it");
  holds(refusal(429, {}), "fewer requests");
  holds(refusal(503, {}), "not well (status 503)");
  holds(refusal(418, {}), "status 418");
}

TEST_CASE("a gated repository is asked for access before anything is fetched") {
  Hub hub;
  hub.model(Json::array({large("model.safetensors")}), {{"gated", "manual"}});
  hub.put("/api/models/org/name/auth-check", "", 401, {{"X-Error-Code", "GatedRepo"}});
  holds(hub.refusal(), "accept the licence");
  hub.put("/api/models/org/name/auth-check", "{}");
  CHECK(hub.plan().files.size() == 1);
}

TEST_CASE("a commit that is not the one asked for is refused") {
  Hub hub;
  hub.put("/api/models/org/name/revision/" + std::string(40, 'd'), dump(Json{{"sha", kCommit}}));
  holds(hub.refusal("org/name@" + std::string(40, 'd')), "the hub answers with");
  hub.put("/api/models/org/name/revision/main", dump(Json{{"sha", "HEAD"}}));
  holds(hub.refusal(), "names no commit");
}

TEST_CASE("a data set comes from the hub's Parquet copy, else from its files in formats that are read") {
  const std::string branch = "/api/datasets/org/name/revision/refs%2Fconvert%2Fparquet", copy(40, 'e');
  Hub hub;
  hub.put("/api/datasets/org/name/revision/main", dump(Json{{"sha", kCommit}, {"tags", {"license:mit"}}}));
  hub.put(branch, "", 404, {{"X-Error-Code", "RevisionNotFound"}});
  hub.put("/api/datasets/org/name/tree/" + kCommit + "?recursive=true",
          dump(Json{file("README.md"), file("train.jsonl"), file("dataset_infos.json"), file("load.py"), file("photos.zip"),
                    file("sub/test.csv")}));
  const Plan files = hub.plan("datasets/org/name");
  CHECK(names(files) == std::vector<std::string>{"train.jsonl", "sub/test.csv", "README.md"});
  CHECK(files.licence == "mit");
  holds(files.notes.at(0).text, "1 files in formats that maru does not read are left out (photos.zip)");

  hub.put(branch, dump(Json{{"sha", copy}}));
  hub.put("/api/datasets/org/name/tree/" + copy + "?recursive=true",
          dump(Json{file(".gitattributes"), large("ko/train/0000.parquet"), large("ko/test/0000.parquet"),
                    large("en/train/0000.parquet")}));
  const Plan parquet = hub.plan("datasets/org/name");
  CHECK(parquet.revision == copy);
  CHECK(names(parquet).size() == 3);
  holds(parquet.notes.at(0).text, "2 configurations (en, ko)");
  CHECK(names(hub.plan("datasets/org/name:ko")) == std::vector<std::string>{"ko/train/0000.parquet", "ko/test/0000.parquet"});
  CHECK(names(hub.plan("datasets/org/name:sub")) == std::vector<std::string>{"sub/test.csv", "README.md"});
  holds(hub.refusal("datasets/org/name:fr"), "no configuration, folder or file \"fr\"");
}

}  // namespace maru::hub::hf

// Safetensors: a small valid file is written, then each rule is broken alone.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>

#include "maru/io/model_file.h"
#include "tests/scratch.h"

using namespace maru;
using namespace std::literals;
using io::ModelFile;
using testing::error_of;
using testing::refuses;
using testing::Scratch;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kValid =
    R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2,2],"data_offsets":[16,24]},)"
    R"("a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"none":{"dtype":"I64","shape":[0,3],"data_offsets":[24,24]},)"
    R"("one":{"dtype":"U8","shape":[],"data_offsets":[24,25]}}   )";

std::string file_of(std::string_view header, std::size_t data) {
  const std::uint64_t size = header.size();
  std::string bytes(sizeof size, '\0');
  std::memcpy(bytes.data(), &size, sizeof size);
  return bytes.append(header).append(data, '\x01');
}

std::string error_for_bytes(std::string_view bytes) {
  static const Scratch scratch;
  const fs::path path = scratch.put("m.safetensors", bytes);
  return error_of([&] { io::open_safetensors(path); });
}

// The error for one tensor "t" of the given description, followed by so many bytes of data.
std::string error_for(std::string_view entry, std::size_t data = 16) {
  return error_for_bytes(file_of("{\"t\":" + std::string(entry) + "}", data));
}

std::string header_error(std::string_view header, std::size_t data = 0) { return error_for_bytes(file_of(header, data)); }

}  // namespace

TEST_CASE("a valid safetensors file gives its tensors in the order of the data") {
  const Scratch scratch;
  const ModelFile model = io::open_file(scratch.put("m.safetensors", file_of(kValid, 25)));
  CHECK_FALSE(model.gguf);
  CHECK(model.metadata.all().empty());
  REQUIRE(model.tensors.size() == 4);
  CHECK(model.tensors[0].name == "a");
  CHECK(model.tensors[0].type == "F32");
  CHECK(model.tensors[0].bytes.size() == 16);
  CHECK(model.tensors[1].shape == std::vector<std::int64_t>{2, 2});
  CHECK(model.tensors[2].bytes.empty());
  CHECK(model.tensors[3].shape.empty());
  CHECK(model.tensors[3].bytes.size() == 1);
  CHECK(io::open_file(scratch.put("sha256-abc", file_of(kValid, 25))).tensors.size() == 4);
}

TEST_CASE("no tensors at all are a valid file") { CHECK(header_error("{}").empty()); }

TEST_CASE("the length of the header is checked first") {
  CHECK(error_for_bytes("").contains("has 0 bytes"));
  CHECK(error_for_bytes("1234567").contains("has 7 bytes"));
  CHECK(error_for_bytes(std::string(8, '\xff')).contains("expected at most 100000000"));
  CHECK(error_for_bytes("\x03\0\0\0\0\0\0\0{}"sv).contains("only 2 follow"));
}

TEST_CASE("the header is an object that spaces may follow, and nothing else") {
  CHECK(header_error("").contains("expected a JSON object"));
  CHECK(header_error("   ").contains("expected a JSON object"));
  CHECK(header_error(" {}").contains("expected a JSON object"));
  CHECK(header_error("{}\n").contains("expected a JSON object"));
  CHECK(header_error("[]").contains("expected a JSON object"));
  CHECK(header_error("{} {}").contains("not valid JSON"));
  CHECK(header_error("{\"a\":}").contains("not valid JSON"));
  CHECK(header_error("{\"\xff\":{}}").contains("not valid JSON"));
  CHECK(header_error(R"({"\ud800":{}})").contains("not valid JSON"));
  CHECK(header_error(R"({"a":{"b":[[1]]}})").contains("deeper than 3"));
  const std::string entry = R"({"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  CHECK(header_error("{\"a\":" + entry + ",\"a\":" + entry + "}").contains("stands twice"));
  CHECK(header_error("{\"a\":[" + std::string(5'000'000, ',') + "]}").contains("values, expected at most"));
}

TEST_CASE("notes are texts") {
  CHECK(header_error(R"({"__metadata__":{"a":"b"}})").empty());
  CHECK(header_error(R"({"__metadata__":{"a":1}})").contains("__metadata__"));
  CHECK(header_error(R"({"__metadata__":"x"})").contains("__metadata__: expected an object"));
}

TEST_CASE("names of tensors are plain and told apart") {
  const std::string entry = R"({"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  CHECK(header_error("{\"\":" + entry + "}").contains("the name"));
  CHECK(header_error("{\"a\\u0000\":" + entry + "}").contains("the name"));
  CHECK(header_error("{\"e\\u0301\":" + entry + ",\"\\u00e9\":" + entry + "}").contains("two Unicode spellings"));
}

TEST_CASE("an entry has dtype, shape and data_offsets of the right kinds") {
  CHECK(error_for(R"({"dtype":"F32","shape":[4],"data_offsets":[0,16]})").empty());
  CHECK(error_for("1").contains("tensor t: expected an object"));
  CHECK(error_for(R"({"shape":[4],"data_offsets":[0,16],"x":1})").contains("dtype is missing"));
  CHECK(error_for(R"({"dtype":"F32","data_offsets":[0,16],"x":1})").contains("shape is missing"));
  CHECK(error_for(R"({"dtype":"F32","shape":[4],"x":[0,16]})").contains("data_offsets is missing"));
  CHECK(error_for(R"({"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":1})").contains("nothing else"));
  CHECK(error_for(R"({"dtype":1,"shape":[4],"data_offsets":[0,16]})").contains("dtype: expected a text"));
  CHECK(error_for(R"({"dtype":"F33","shape":[4],"data_offsets":[0,16]})").contains("unknown dtype"));
  CHECK(error_for(R"({"dtype":"Q4_1","shape":[4],"data_offsets":[0,16]})").contains("unknown dtype"));
  CHECK(error_for(R"({"dtype":"F32","shape":4,"data_offsets":[0,16]})").contains("shape: expected a list"));
  CHECK(error_for(R"({"dtype":"F32","shape":[4],"data_offsets":[0,16,32]})").contains("list of two numbers"));
  CHECK(error_for(R"({"dtype":"F32","shape":[4],"data_offsets":{}})").contains("list of two numbers"));
}

TEST_CASE("numbers are whole, not negative and within 63 bits") {
  for (const char* number : {"-1", "1.5", "1e3", "9223372036854775808", "18446744073709551616", "\"4\"", "null", "true"}) {
    CAPTURE(number);
    const std::string n = number;
    CHECK(error_for(R"({"dtype":"F32","shape":[)" + n + R"(],"data_offsets":[0,16]})").contains("tensor t: shape: expected a whole"));
    CHECK(error_for(R"({"dtype":"F32","shape":[4],"data_offsets":[)" + n + ",16]}").contains("data_offsets: expected a whole"));
    CHECK(error_for(R"({"dtype":"F32","shape":[4],"data_offsets":[0,)" + n + "]}").contains("data_offsets: expected a whole"));
  }
  CHECK(error_for(R"({"dtype":"F32","shape":[1e999],"data_offsets":[0,16]})").contains("not valid JSON"));
}

TEST_CASE("sizes agree without overflow") {
  CHECK(error_for(R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,16]})").contains("multiply to more"));
  CHECK(error_for(R"({"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,16]})").contains("more than 2^63 - 1"));
  CHECK(error_for(R"({"dtype":"F32","shape":[3],"data_offsets":[0,16]})").contains("take 12 bytes, data_offsets span 16"));
  CHECK(error_for(R"({"dtype":"F32","shape":[4],"data_offsets":[16,0]})").contains("comes before"));
  CHECK(error_for(R"({"dtype":"F4","shape":[32],"data_offsets":[0,16]})").empty());
  CHECK(error_for(R"({"dtype":"F4","shape":[31],"data_offsets":[0,16]})").contains("do not fill whole bytes"));
}

TEST_CASE("the data has no gap, no overlap, and ends with the file") {
  CHECK(error_for(R"({"dtype":"F32","shape":[4],"data_offsets":[0,16]})", 15).contains("cut short"));
  CHECK(error_for(R"({"dtype":"F32","shape":[4],"data_offsets":[0,16]})", 17).contains("end at byte 16 of the data, which has 17"));
  CHECK(error_for(R"({"dtype":"F32","shape":[3],"data_offsets":[4,16]})").contains("expected to begin at 0"));
  const auto two = [](int begin, int end) {
    return R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[8],"data_offsets":[)" +
           std::to_string(begin) + "," + std::to_string(end) + "]}}";
  };
  CHECK(header_error(two(8, 16), 16).empty());
  CHECK(header_error(two(9, 17), 17).contains("tensor b: data_offsets: expected to begin at 8"));
  CHECK(header_error(two(7, 15), 15).contains("expected to begin at 8"));
  CHECK(header_error(two(0, 8), 8).contains("expected to begin at 8"));
}

TEST_CASE("a safetensors file cut at any byte is refused, and a damaged byte does no more than throw") {
  const std::string whole = file_of(kValid, 25);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(error_for_bytes(whole.substr(0, size)).contains("m.safetensors: "));
  }
  for (std::size_t at = 0; at < whole.size() - 25; ++at) {
    for (const char flip : {'\x01', '\x10', '\x80', '\xff'}) {
      std::string damaged = whole;
      damaged[at] = char(damaged[at] ^ flip);
      error_for_bytes(damaged);
    }
  }
}

TEST_CASE("config.json becomes typed metadata") {
  const Scratch scratch;
  scratch.put("model.safetensors", file_of(kValid, 25));
  scratch.put("config.json", R"({"model_type":"b\u00e9rt","hidden_size":384,"layer_norm_eps":1e-12,"use_cache":true,"nothing":null,
    "rope":{"theta":10000,"factors":[1,2.5],"deep":{"name":"x"}},"architectures":["BertModel","Other"],"ids":[1,2],"none":[],
    "odd":[{"a":1}],"huge":1000000000000000019884624838656})");
  const ModelFile model = io::open_file(scratch.path);
  const io::Metadata& m = model.metadata;
  CHECK(m.string("model_type") == "b\u00e9rt");
  CHECK(m.integer("hidden_size", 1, 1'000) == 384);
  CHECK(m.number("layer_norm_eps") == 1e-12);
  CHECK(m.boolean("use_cache", false));
  CHECK_FALSE(m.has("nothing"));
  CHECK_FALSE(m.has("odd"));
  CHECK(m.integer("rope.theta", 0, 100'000) == 10'000);
  CHECK(m.numbers("rope.factors") == std::vector<double>{1, 2.5});
  CHECK(m.string("rope.deep.name") == "x");
  CHECK(m.strings("architectures") == std::vector<std::string_view>{"BertModel", "Other"});
  CHECK(m.integers("ids") == std::vector<std::int64_t>{1, 2});
  CHECK(m.number("huge") == 1e30);
  CHECK(error_of([&] { m.integer("num_layers", 1, 9); }).contains("config.json: num_layers is missing"));
}

TEST_CASE("a folder needs its config.json, and it has to be right") {
  const Scratch scratch;
  scratch.put("model.safetensors", file_of(kValid, 25));
  CHECK(error_of([&] { io::open_file(scratch.path); }).contains("config.json is missing"));
  scratch.put("config.json", R"({"a":1,"a":2})");
  CHECK(error_of([&] { io::open_file(scratch.path); }).contains("stands twice"));
  scratch.put("config.json", R"({"a.b":1,"a":{"b":2}})");
  CHECK(error_of([&] { io::open_file(scratch.path); }).contains("stands twice"));
  scratch.put("config.json", "[]");
  CHECK(error_of([&] { io::open_file(scratch.path); }).contains("expected an object"));
  fs::remove(scratch.path / "config.json");
  REQUIRE(::mkfifo((scratch.path / "config.json").c_str(), 0600) == 0);
  CHECK(error_of([&] { io::open_file(scratch.path); }).contains("a fifo"));
}

TEST_CASE("shards together make a model, and the index agrees with them") {
  const Scratch scratch;
  scratch.put("config.json", "{}");
  const auto shard = [](std::string_view name) {
    return file_of("{\"" + std::string(name) + R"(":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})", 8);
  };
  const auto error_with = [&](std::string_view map) {
    scratch.put("model.safetensors.index.json", "{\"metadata\":{\"total_size\":16},\"weight_map\":" + std::string(map) + "}");
    return error_of([&] { io::open_file(scratch.path); });
  };
  scratch.put("m-1.safetensors", shard("a"));
  scratch.put("m-2.safetensors", shard("b"));
  CHECK(error_with(R"({"a":"m-1.safetensors","b":"m-2.safetensors"})").empty());
  CHECK(io::open_file(scratch.path).tensors.size() == 2);
  CHECK(io::open_file(scratch.path).files.size() == 2);
  CHECK(error_with(R"({"a":"m-2.safetensors","b":"m-1.safetensors"})").contains("the index puts it into"));
  CHECK(error_with(R"({"a":"m-1.safetensors","c":"m-2.safetensors"})").contains("does not name"));
  CHECK(error_with(R"({"a":"m-1.safetensors","b":"m-2.safetensors","c":"m-2.safetensors"})").contains("should hold the tensor c"));
  CHECK(error_with(R"({"a":"m-1.safetensors","b":"m-3.safetensors"})").contains("no such file"));
  CHECK(error_with("{}").contains("expected 1 to"));
  CHECK(error_with("[]").contains("weight_map: expected an object"));
  for (const char* name : {"../m-1.safetensors", "/etc/m.safetensors", "", ".", "..", "m-1.bin", "a/b.safetensors", ".safetensors",
                           "a\\\\b.safetensors", "a\\u0000.safetensors"}) {
    CAPTURE(name);
    CHECK(error_with(R"({"a":")" + std::string(name) + "\"}").contains("plain name"));
  }
  CHECK(error_with(R"({"a":1})").contains("plain name"));
}

TEST_CASE("a safetensors folder or fifo by the name of a file is refused") {
  const Scratch scratch;
  REQUIRE(::mkfifo((scratch.path / "m.safetensors").c_str(), 0600) == 0);
  CHECK(error_of([&] { io::open_safetensors(scratch.path / "m.safetensors"); }).contains("a fifo"));
  CHECK(refuses(ErrorKind::not_found, [&] { io::open_safetensors(scratch.path / "none.safetensors"); }));
  scratch.put("config.json", "{}");
  CHECK(error_of([&] { io::open_safetensors(scratch.path); }).contains("holds neither"));
}

TEST_CASE("MiniLM opens with its configuration") {
  const char* path = std::getenv("MARU_TEST_MINILM");
  if (!path) {
    MESSAGE("MARU_TEST_MINILM is not set: this test did not run");
    return;
  }
  const ModelFile model = io::open_file(path);
  CHECK(model.metadata.string("model_type") == "bert");
  CHECK(model.metadata.integer("hidden_size", 1, 10'000) == 384);
  CHECK(model.tensors.size() == 104);
}

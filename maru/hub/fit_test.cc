// The arithmetic of fitting, by tables; what the machine says of itself, by files.
#include "maru/hub/fit.h"

#include <doctest/doctest.h>

#include <chrono>

#include "maru/hub/test_folder.h"

namespace maru::hub {
namespace {

// A GGUF's head, key by key.
struct Gguf {
  std::string bytes;
  std::uint64_t keys = 0;
  template <class T>
  void raw(T value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void text(std::string_view value) {
    raw(std::uint64_t(value.size()));
    bytes += value;
  }
  void key(std::string_view name, std::string_view value) {
    ++keys;
    text(name);
    raw(std::uint32_t{8});
    text(value);
  }
  void key(std::string_view name, std::uint32_t value) {
    ++keys;
    text(name);
    raw(std::uint32_t{4});
    raw(value);
  }
  std::string whole() const {
    Gguf head;
    head.bytes = "GGUF";
    head.raw(std::uint32_t{3});
    head.raw(std::uint64_t{0});
    head.raw(keys);
    return head.bytes + bytes;
  }
};

std::span<const std::byte> as_bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

Gguf llama() {
  Gguf file;
  file.key("general.architecture", "llama");
  file.key("llama.context_length", 8192);
  file.key("llama.block_count", 16);
  file.key("llama.embedding_length", 2048);
  file.key("llama.attention.head_count", 32);
  file.key("llama.attention.head_count_kv", 8);
  return file;
}

constexpr std::uint64_t kGigabyte = 1'000'000'000;

}  // namespace

TEST_CASE("a configuration's numbers are found under the names that families give them") {
  struct Row {
    const char* config;
    std::int64_t layers, kv_heads, head, context;
    bool generates;
  };
  const Row rows[] = {
      {R"({"model_type":"llama","num_hidden_layers":16,"num_attention_heads":32,"num_key_value_heads":8,"hidden_size":2048,"max_position_embeddings":131072})",
       16, 8, 64, 131072, true},
      {R"({"model_type":"gpt2","n_layer":12,"n_head":12,"n_embd":768,"n_positions":1024})", 12, 12, 64, 1024, true},
      {R"({"model_type":"bert","num_hidden_layers":6,"num_attention_heads":12,"hidden_size":384,"max_position_embeddings":512})", 6, 12, 32, 512, false},
      {R"({"model_type":"gemma3","text_config":{"num_hidden_layers":34,"num_attention_heads":8,"num_key_value_heads":4,"head_dim":256}})", 34, 4, 256, 0, true},
      {R"({"num_hidden_layers":"many","num_attention_heads":-3,"hidden_size":1e300})", 0, 0, 0, 0, true},
      {R"([])", 0, 0, 0, 0, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.config);
    const Shape shape = shape_of_config(Json::parse(row.config), 1);
    CHECK(shape.layers == row.layers);
    CHECK(shape.kv_heads == row.kv_heads);
    CHECK(shape.head == row.head);
    CHECK(shape.context == row.context);
    CHECK(shape.generates == row.generates);
  }
}

TEST_CASE("the head of a GGUF gives the same, wherever it is cut") {
  const std::string whole = llama().whole();
  const std::optional<Shape> shape = shape_of_gguf(as_bytes(whole), kGigabyte);
  REQUIRE(shape);
  CHECK((shape->layers == 16 && shape->kv_heads == 8 && shape->head == 64 && shape->context == 8192 && shape->generates));
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const std::string part = whole.substr(0, cut);
    const std::optional<Shape> less = shape_of_gguf(as_bytes(part), kGigabyte);
    CHECK((!less || less->layers == 16 || less->layers == 0));
  }
}

TEST_CASE("a GGUF's lists are passed over, and one that lies about its length ends the reading") {
  Gguf file = llama();
  file.keys += 2;
  file.text("tokenizer.ggml.tokens");
  file.raw(std::uint32_t{9});
  file.raw(std::uint32_t{8});
  file.raw(std::uint64_t{2});
  file.text("a");
  file.text("b");
  file.text("tokenizer.ggml.scores");
  file.raw(std::uint32_t{9});
  file.raw(std::uint32_t{6});
  file.raw(~std::uint64_t{0} / 2);
  file.key("llama.attention.key_length", 128);  // never reached
  CHECK(shape_of_gguf(as_bytes(file.whole()), 1)->head == 64);
  const std::string none = "GGML and more than twenty-four bytes";
  CHECK_FALSE(shape_of_gguf(as_bytes(none), 1));
}

TEST_CASE("a model needs its weights, its cache at four bytes a number, and a reserve") {
  const Shape shape{.weight_bytes = kGigabyte, .generates = true, .layers = 16, .kv_heads = 8, .head = 64, .context = 8192, .active = 1};
  const Need need = need_of(shape, 4096);
  CHECK(need.cache == std::uint64_t{2} * 16 * 8 * 64 * 4 * 4096);
  CHECK(need.reserve == 250'000'000);
  CHECK(need.total() == need.weights + need.cache + need.reserve);
  CHECK(need_of(shape, 100'000).context == 8192);
  Shape encoder = shape;
  encoder.generates = false;
  CHECK(need_of(encoder).cache == 0);
  Shape absurd = shape;
  absurd.layers = absurd.kv_heads = absurd.head = std::int64_t{1} << 31;
  CHECK(need_of(absurd).cache > std::uint64_t{1} << 60);
}

TEST_CASE("of a mixture of experts a token reads the experts it uses and what all share") {
  CHECK(active_part(2048, 24, 0, 0, 1024, 32000) == 1);
  CHECK(active_part(2048, 24, 8, 8, 1024, 32000) == 1);
  // Mixtral 8x7B: 12.9 of 46.7 billion weights; its grouped heads make the true share a little smaller.
  CHECK(active_part(4096, 32, 8, 2, 14336, 32000) == doctest::Approx(12.9 / 46.7).epsilon(0.05));
}

TEST_CASE("what fits, and what does not, is said in numbers") {
  const Shape shape{.weight_bytes = kGigabyte, .generates = true, .layers = 16, .kv_heads = 8, .head = 64, .context = 8192, .active = 1};
  const Machine machine{.memory_available = 20'100'000'000, .disk_free = 50 * kGigabyte, .bytes_per_second = 12e9};
  CHECK(said(fit(shape, kGigabyte, machine)).text == "fits: needs 1.5 GB, this machine has 20.1 GB free; up to about 11 tokens/s");
  Machine small = machine;
  small.memory_available = 500'000'000;
  CHECK(said(fit(shape, kGigabyte, small)).text ==
        "does not fit in memory: needs 1.5 GB (weights 1.0 GB, 4096 tokens of context 268 MB, reserve 250 MB), this machine has 500 MB free");
  small.disk_free = 10'000'000;
  CHECK(said(fit(shape, kGigabyte, small)).text == "does not fit on the disk: 1.0 GB to download, 10 MB free");
  CHECK(fit(shape, 0, small).disk());
  Shape encoder = shape;
  encoder.generates = false;
  CHECK(said(fit(encoder, 0, machine)).text == "fits: needs 1.2 GB, this machine has 20.1 GB free");
}

TEST_CASE("memory is what the system has, or what the control groups leave of it") {
  const TestFolder folder;
  folder.write("proc/meminfo", "MemTotal: 64000000 kB\nMemFree: 10 kB\nMemAvailable:   4000000 kB\n");
  const auto available = [&] { return available_memory(folder.path() / "proc", folder.path() / "cgroup"); };
  CHECK(available() == 4'096'000'000);
  folder.write("proc/self/cgroup", "0::/a/b\n");
  folder.write("cgroup/a/b/memory.max", "max\n");
  folder.write("cgroup/a/b/memory.current", "1000\n");
  CHECK(available() == 4'096'000'000);
  folder.write("cgroup/a/memory.max", "2000000000\n");
  folder.write("cgroup/a/memory.current", "1500000000\n");
  folder.write("cgroup/a/memory.stat", "anon 5\ninactive_file 300000000\n");
  CHECK(available() == 800'000'000);
  folder.write("proc/self/cgroup", "5:cpu:/\n4:memory:/c\n");
  folder.write("cgroup/memory/c/memory.limit_in_bytes", "1000000000\n");
  folder.write("cgroup/memory/c/memory.usage_in_bytes", "1000000001\n");
  CHECK(available() == 0);
  folder.write("cgroup/memory/c/memory.limit_in_bytes", "9223372036854771712\n");
  CHECK(available() == 4'096'000'000);
}

TEST_CASE("the speed of memory is measured once, shortly") {
  const double first = memory_speed();
  const auto begin = std::chrono::steady_clock::now();
  CHECK(memory_speed() == first);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(5));
  CHECK(first > 1e8);
}

}  // namespace maru::hub

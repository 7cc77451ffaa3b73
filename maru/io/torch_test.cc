// Files of torch.save: written by torch itself (tools/golden_torch.py) and held against the same values as safetensors; and hostile ones,
// built here byte by byte.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "maru/io/torch.h"
#include "tests/scratch.h"

using namespace maru;
using namespace std::literals;
using io::ModelFile;
using io::StoredTensor;
using testing::error_of;
using testing::Scratch;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = fs::path(MARU_TESTS) / "golden" / "torch";

const StoredTensor& find(const ModelFile& model, std::string_view name) {
  const auto at = std::ranges::find(model.tensors, name, &StoredTensor::name);
  REQUIRE(at != model.tensors.end());
  return *at;
}

void check_same(const ModelFile& got, const ModelFile& expected) {
  CHECK(got.tensors.size() == expected.tensors.size());
  for (const StoredTensor& e : expected.tensors) {
    CAPTURE(e.name);
    const StoredTensor& g = find(got, e.name);
    CHECK(g.type == e.type);
    CHECK(g.shape == e.shape);
    CHECK(std::ranges::equal(g.bytes, e.bytes));
  }
}

std::string bytes_of(const fs::path& path) {
  const auto file = MappedFile::open(path);
  return {reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()};
}

std::string error_for(std::string_view bytes) {
  static const Scratch scratch;
  const fs::path path = scratch.put("m.pt", bytes);
  return error_of([&] { io::open_torch(path); });
}

template <class T>
std::string number(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}
std::string text(std::string_view value) { return "X" + number(std::uint32_t(value.size())).append(value); }
std::string whole(std::int64_t value) { return "\x8a\x08" + number(value); }

// The old format around a pickled object: with so many elements of storage "s" behind it, or none.
std::string file_of(std::string_view object, std::int64_t floats = -1) {
  std::string out = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}."s;
  out.append("\x80\x02").append(object).append(".\x80\x02]");
  if (floats >= 0) out += text("s") + "a";
  out += ".";
  if (floats >= 0) out += number(floats) + std::string(std::size_t(floats) * 4, '\1');
  return out;
}
std::string object_error(std::string_view object, std::int64_t floats = -1) { return error_for(file_of(object, floats)); }

// {"t": a tensor of storage "s"}, all sizes as told.
struct Told {
  std::int64_t count = 4, offset = 0;
  std::vector<std::int64_t> shape = {2, 2}, strides = {2, 1};
};
std::string tuple_of(const std::vector<std::int64_t>& values) {
  std::string out = "(";
  for (const std::int64_t v : values) out += whole(v);
  return out + "t";
}
std::string tensor(const Told& told) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" + text("s") + text("cpu") + whole(told.count) + "tQ" +
         whole(told.offset) + tuple_of(told.shape) + tuple_of(told.strides) + "\x89}tR";
}
std::string error_told(const Told& told, std::int64_t floats = 4) { return object_error("}" + text("t") + tensor(told) + "s", floats); }

}  // namespace

TEST_CASE("what torch.save writes is bit for bit what safetensors holds of the same state") {
  for (const char* name : {"module", "tied", "views", "types", "shapes", "parameter", "wide_types"}) {
    CAPTURE(name);
    const ModelFile expected = io::open_file(kGolden / (name + ".safetensors"s));
    check_same(io::open_file(kGolden / (name + ".zip.pt"s)), expected);
    if (name == "wide_types"sv) continue;  // the old format cannot hold them
    check_same(io::open_file(kGolden / (name + ".old.pt"s)), expected);
  }
}

TEST_CASE("tied weights share their bytes, and only a view out of order is copied") {
  for (const char* name : {"tied.zip.pt", "tied.old.pt"}) {
    const ModelFile model = io::open_file(kGolden / name);
    CHECK(find(model, "embed.weight").bytes.data() == find(model, "head.weight").bytes.data());
    CHECK(find(model, "tail.weight").bytes.data() == find(model, "embed.weight").bytes.data() + 24);
  }
  const ModelFile views = io::open_file(kGolden / "views.zip.pt");
  for (const StoredTensor& tensor : views.tensors) CHECK((tensor.file == views.files[0]) == (tensor.name != "transposed" &&
      tensor.name != "column" && tensor.name != "one"));
}

TEST_CASE("a checkpoint of training gives the one member that is the model, and says what was left out") {
  std::vector<Phrase> notes;
  const ModelFile model = io::open_torch(kGolden / "checkpoint.zip.pt", &notes);
  CHECK(model.tensors.size() == 2);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].text.contains("\"state_dict\" are read; 2 other members"));
  CHECK(error_of([] { io::open_file(kGolden / "two_models.zip.pt"); }).contains("2 of its members hold tensors"));
}

TEST_CASE("the name that DataParallel puts before all others is left out, and said") {
  std::vector<Phrase> notes;
  const ModelFile model = io::open_torch(kGolden / "wrapped.zip.pt", &notes);
  CHECK(model.tensors.at(0).name == "a");
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].text.contains("2 names begin with \"module.\""));
}

TEST_CASE("newer protocols of pickle are read too") {
  for (const char* name : {"protocol_3.zip.pt", "protocol_4.zip.pt", "protocol_5.zip.pt"})
    CHECK(io::open_file(kGolden / name).tensors.size() == 2);
}

TEST_CASE("shards of torch.save together make a model") {
  const ModelFile model = io::open_file(kGolden / "sharded");
  CHECK(model.tensors.size() == 2);
  CHECK(model.files.size() == 2);
}

TEST_CASE("what is no dictionary of tensors is refused by name") {
  const auto error = [](const char* name) { return error_of([&] { io::open_file(kGolden / name); }); };
  CHECK(error("whole_module.zip.pt").contains("names torch.nn.modules.linear.Linear, which no file of tensors needs: this file would run "
      "code"));
  CHECK(error("sparse.zip.pt").contains("_rebuild_sparse_tensor"));
  CHECK(error("list.zip.pt").contains("holds no dictionary of tensors"));
  CHECK(error("script.zip.pt").contains("TorchScript"));
  CHECK(error("expanded.zip.pt").contains("tensor a: is a view that repeats elements"));
  std::string tar(512, '\0');
  tar.replace(257, 5, "ustar");
  CHECK(error_for(tar).contains("is a tar file"));
}

TEST_CASE("the old format built here is read, so that each rule can be broken alone") {
  CHECK(error_told({}).empty());
  CHECK(object_error("}").empty());
  CHECK(error_told({.shape = {}, .strides = {}}).empty());
  CHECK(error_told({.offset = 4, .shape = {0, 7}, .strides = {7, 1}}).empty());
}

TEST_CASE("a pickle that would run code is refused with the name of what it would run") {
  CHECK(object_error("cos\nsystem\n(" + text("touch /tmp/owned") + "tR").contains("names os.system, which no file of tensors needs"));
  CHECK(object_error("cbuiltins\neval\n(" + text("1") + "tR").contains("builtins.eval"));
  CHECK(object_error("cposix\nsystem\n").contains("posix.system"));
  CHECK(object_error(text("os") + text("system") + "\x93").contains("os.system"));
  CHECK(object_error("ctorch._utils\n_rebuild_device_tensor_from_numpy\n").contains("_rebuild_device_tensor_from_numpy"));
  CHECK(object_error("ctorch\nload\n").contains("torch.load"));
  CHECK(object_error("ctorch\nFloatStorage\n)R").contains("calls a type"));
  CHECK(object_error("ccollections\nOrderedDict\n)Rccollections\nOrderedDict\n)RR").contains("expected a name"));
  CHECK(object_error("(cos\nsystem\no").contains("os.system"));
  CHECK(object_error("(ios\nsystem\n").contains("opcode 0x69"));
  CHECK(object_error(")\x81").contains("opcode 0x81"));
  CHECK(object_error("}}b").contains("no OrderedDict"));
  CHECK(object_error("ccollections\nOrderedDict\n)Rccollections\nOrderedDict\nb").contains("sets the state"));
  CHECK(object_error("c\n\n").contains("would run code"));
  CHECK(object_error("c\x1b[2J\nx\n").contains("\\u001b"));
}

TEST_CASE("the stack and the memo hold only what was put there") {
  CHECK(object_error("0").contains("empty stack"));
  CHECK(object_error("t").contains("no mark"));
  CHECK(object_error("}(0").contains("empty stack"));
  CHECK(object_error("h\x05").contains("memo place 5 was never filled"));
  CHECK(object_error("}r\xff\xff\xff\xff").contains("memo place 4294967295"));
  CHECK(object_error("}}").contains("values left on the stack"));
  CHECK(object_error("}(" + text("a") + "u").contains("a key without a value"));
  CHECK(object_error("N" + text("a") + text("b") + "s").contains("expected a dictionary"));
  CHECK(object_error(")Na").contains("appends to a tuple"));
  CHECK(object_error("\x80\x06").contains("protocol 6"));
  CHECK(object_error("X\xff\xff\xff\x7f").contains("a text of 2147483647 bytes"));
  CHECK(object_error("NQ").contains("storage: the number of parts"));
  CHECK(object_error("K\x01").contains("holds no dictionary"));
}

TEST_CASE("a bomb of shared values costs no more than its own bytes") {
  // Each list holds the one before it ten times; written out it would have 10^40 items.
  std::string bomb = "}" + text("x") + "]q\0"s;
  for (char i = 0; i < 40; ++i) {
    bomb += "](";
    for (int k = 0; k < 10; ++k) bomb.append("h").push_back(i);
    bomb.append("eq").push_back(char(i + 1));
    bomb += "\x86";
  }
  CHECK(object_error(bomb + "s").contains("holds no tensors"));
  // One long list of pairs, made into a dictionary again and again.
  std::string pairs = "ccollections\nOrderedDict\nq\0000]("s;
  for (int i = 0; i < 10'000; ++i) pairs += "NN\x86";
  pairs += "e\x85q\x01" "0";
  for (int i = 0; i < 1'000; ++i) pairs += "h\0h\1R0"s;
  CHECK(object_error(pairs + "}").contains("takes more than 4000000 steps"));
  CHECK(object_error(std::string(5'000'000, 'N')).contains("values wait on the stack"));
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "\x85";
  CHECK(object_error("N" + deep).contains("holds no dictionary"));
}

TEST_CASE("offsets, shapes and strides lie within the storage") {
  CHECK(error_told({.offset = 1}).contains("tensor t: needs element 4 of storage \"s\", which has 4"));
  CHECK(error_told({.offset = INT64_MAX}).contains("tensor t: needs element"));
  CHECK(error_told({.offset = -1}).contains("the offset is not"));
  CHECK(error_told({.shape = {-2, 2}}).contains("the shape is not"));
  CHECK(error_told({.strides = {2, -1}}).contains("the strides is not"));
  CHECK(error_told({.strides = {2}}).contains("the strides is not"));
  CHECK(error_told({.shape = {3, 2}}).contains("needs element 5"));
  CHECK(error_told({.strides = {INT64_MAX, 1}}).contains("multiply to more"));
  CHECK(error_told({.strides = {INT64_MAX - 5, 1}}).contains("needs element"));
  CHECK(error_told({.shape = {INT64_MAX, INT64_MAX}}).contains("multiply to more"));
  CHECK(error_told({.shape = {1LL << 40}, .strides = {0}}).contains("repeats elements"));
  CHECK(error_told({.shape = {4, 4}, .strides = {1, 0}}).contains("repeats elements"));
  CHECK(error_told({.shape = std::vector<std::int64_t>(65, 1), .strides = std::vector<std::int64_t>(65, 1)}).contains("the shape is not"));
  CHECK(error_told({.count = 5}).contains("4 elements, but its object says 5"));
  CHECK(error_told({.count = 1LL << 62}, 4).contains("2^63"));
  CHECK(error_told({}, -1).contains("names 1 storages, the file holds 0"));
  CHECK(error_for(file_of("}" + text("t") + tensor({}) + "s", 4) + "x").contains("1 bytes follow"));
}

TEST_CASE("names of tensors are texts, and no two are the same") {
  CHECK(object_error("}K\x01" + tensor({}) + "s", 4).contains("the name of a tensor"));
  CHECK(object_error("}" + text("a\n") + tensor({}) + "s", 4).contains("the name of a tensor"));
  CHECK(object_error("}" + text("\xff") + tensor({}) + "s", 4).contains("the name of a tensor"));
  CHECK(object_error("}(" + text("a") + tensor({}) + text("a") + tensor({}) + "u", 4).contains("tensor a stands twice"));
}

TEST_CASE("a file of torch.save cut at any byte is refused, and a damaged byte does no more than throw") {
  for (const char* name : {"tied.zip.pt", "tied.old.pt"}) {
    const std::string whole = bytes_of(kGolden / name);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(error_for(whole.substr(0, size)).empty());
    }
    for (std::size_t at = 0; at < whole.size(); at += 3) {
      std::string damaged = whole;
      damaged[at] = char(damaged[at] ^ '\x21');
      error_for(damaged);
    }
  }
}

TEST_CASE("a zip file says the same in its directory and its entries") {
  const std::string whole = bytes_of(kGolden / "tied.zip.pt");
  const std::size_t directory = whole.find("PK\1\2");
  const auto changed = [&](std::size_t at, std::string_view to) { return std::string(whole).replace(at, to.size(), to); };
  CHECK(error_for(changed(directory + 10, "\x08")).contains("is compressed"));
  CHECK(error_for(changed(directory + 8, "\x09")).contains("is encrypted"));
  CHECK(error_for(changed(directory + 46, "X")).contains("another name in its own header"));
  CHECK(error_for(changed(directory + 46, "../")).contains("leaves its folder"));
  CHECK(error_for(changed(directory + 42, "\xff\xff\xff\x7f")).contains("points to byte"));
  CHECK(error_for("PK\3\4" + std::string(40, 'x')).contains("no directory"));
  const std::size_t order = whole.find("little");
  CHECK(error_for(changed(order, "bigbig")).contains("big-endian"));
}

TEST_CASE("folders of other programs are refused with what to take instead") {
  const Scratch scratch;
  scratch.put("config.json", "{}");
  for (const auto& [name, of] : {std::pair{"tf_model.h5", "TensorFlow"}, {"flax_model.msgpack", "Flax"}, {"model.onnx", "ONNX"},
      {"model.keras", "Keras"}}) {
    scratch.put(name, "x");
    const std::string error = error_of([&] { io::open_file(scratch.path); });
    CHECK(error.contains(name));
    CHECK(error.contains("is "s + of + "'s"));
    fs::remove(scratch.path / name);
  }
  scratch.put("pytorch_model.bin", "<html>not found</html>");
  CHECK(error_of([&] { io::open_file(scratch.path); }).contains("is no file of torch.save"));
}

// Models made here: from uploads, from stored models, from a person's files; and what is refused before anything is stored.
#include "maru/server/make_model.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "maru/base/file.h"
#include "maru/chat/modelfile.h"
#include "maru/convert/random.h"
#include "maru/hub/make.h"
#include "maru/hub/uploads.h"
#include "maru/io/model_file.h"
#include "maru/io/writers.h"
#include "maru/server/described.h"
#include "maru/server/modelfile_sources.h"
#include "maru/server/settings.h"
#include "tests/scratch.h"

namespace maru::server {
namespace {

using testing::error_of;
using testing::Scratch;
namespace fs = std::filesystem;

constexpr convert::Shape kTiny{
    .name = "tiny", .layers = 2, .width = 64, .hidden = 128, .heads = 4, .kv_heads = 2, .vocabulary = 320, .context = 64};

struct Kitchen {
  Scratch scratch;
  hub::Store store{scratch.path / "home"};
  std::vector<std::string> statuses;

  fs::path gguf(std::string_view type = "F32", std::uint64_t seed = 1) const {
    const fs::path path = scratch.path / fmt::format("{}-{}.gguf", type, seed);
    convert::write_random(path, kTiny, type, {.seed = seed});
    return path;
  }
  hub::BlobName upload(const fs::path& path) const {
    const std::string sum = sha256_file(path);
    const fs::path body = scratch.path / "body";
    fs::copy_file(path, body);
    const hub::BlobName name = *hub::BlobName::parse("sha256:" + sum);
    hub::Uploads(store).add(body, sum, name);
    return name;
  }
  hub::Model make(std::string_view name, NewModel given) {
    statuses.clear();
    std::vector<std::string> warnings;
    given.name = new_name(name, "model");
    given = checked(store, std::move(given), warnings);
    for (const std::string& one : warnings) statuses.push_back("warning: " + one);
    MakeHearer hearer;
    hearer.status = [&](const Phrase& status) { statuses.push_back(status.text); };
    return make_model(store, given, hearer);
  }
  hub::Model from_upload(std::string_view name, const fs::path& path, std::string quantize = {}) {
    NewModel given;
    given.files.push_back({.name = "x.gguf", .path = {}, .digest = upload(path)});
    given.quantize = std::move(quantize);
    return make(name, std::move(given));
  }
  NewModel on(std::string from) const {
    NewModel given;
    given.from = std::move(from);
    return given;
  }
  bool said(std::string_view text) const {
    return std::ranges::any_of(statuses, [&](const std::string& one) { return one.contains(text); });
  }
  std::vector<std::string> rests() const {
    std::vector<std::string> out;
    for (const char* folder : {"tmp", "uploads"})
      for (const fs::directory_entry& entry : fs::directory_iterator(store.home() / folder)) out.push_back(entry.path().filename());
    return out;
  }
};

std::string type_of(const hub::Store& store, const hub::Model& model, std::string_view tensor) {
  const io::ModelFile file = io::open_file(store.open_path(model));
  return std::ranges::find(file.tensors, tensor, &io::StoredTensor::name)->type;
}

}  // namespace

TEST_CASE("an upload becomes a model with its lines, and the statuses tell what happened") {
  Kitchen kitchen;
  NewModel given;
  given.files.push_back({.name = "smol.gguf", .path = {}, .digest = kitchen.upload(kitchen.gguf())});
  given.parameters = {{"temperature", 0.2}, {"stop", "<end>"}};
  given.system = "You are terse.";
  given.licences = {"MIT License\nall of it"};
  const hub::Model model = kitchen.make("smol", given);
  CHECK(model.name == "smol");
  CHECK(model.reference == "made:smol");
  CHECK(model.licence == "MIT License");
  CHECK(model.files[0].name == "model.gguf");
  CHECK(kitchen.statuses.front() == "parsing GGUF");
  CHECK(kitchen.statuses.back() == "writing manifest");
  CHECK(kitchen.said("creating new layer sha256:" + model.files[0].sha256));
  CHECK(kitchen.rests().empty());
  CHECK(kitchen.store.verify(model, {}, nullptr).empty());
  const Settings settings = read_settings(kitchen.store, model);
  CHECK(settings.system == "You are terse.");
  CHECK(dump(settings.parameters) == R"({"temperature":0.2,"stop":["<end>"]})");
  CHECK(settings.parent.empty());

  // Again under another name: its weights are there, and known by their digest though the upload is gone.
  const hub::Model again = kitchen.make("again", given);
  CHECK(kitchen.said("using existing layer sha256:" + model.files[0].sha256));
  CHECK(again.files[0].sha256 == model.files[0].sha256);
}

TEST_CASE("a model on another one inherits its lines, and outlives it") {
  Kitchen kitchen;
  NewModel first;
  first.files.push_back({.name = "x.gguf", .path = {}, .digest = kitchen.upload(kitchen.gguf())});
  first.parameters = {{"temperature", 0.2}};
  first.system = "You are terse.";
  kitchen.make("smol", first);
  NewModel given = kitchen.on("smol");
  given.parameters = {{"num_ctx", 1024}, {"no_such_param", 1}};
  given.messages = {{{.role = "user", .content = "hi", .thinking = {}}, {.role = "assistant", .content = "hello", .thinking = {}}}};
  given.licences = {"MIT"};
  const hub::Model model = kitchen.make("someone/pirate:v2", given);
  CHECK(model.reference == "made:someone/pirate:v2");
  CHECK(client_name(model) == "someone/pirate:v2");
  CHECK(kitchen.said("option no_such_param is not known"));
  kitchen.store.remove("smol");
  CHECK(kitchen.store.verify(model, {}, nullptr).empty());
  const Settings settings = read_settings(kitchen.store, model);
  CHECK(settings.system == "You are terse.");
  CHECK(settings.parent == "smol:latest");
  CHECK(settings.parameters["temperature"] == 0.2);
  CHECK(settings.parameters["num_ctx"] == 1024);
  CHECK(settings.messages.size() == 2);
  // An empty text takes the base's away.
  NewModel quiet = kitchen.on("someone/pirate:v2");
  quiet.system = "";
  CHECK(read_settings(kitchen.store, kitchen.make("quiet", quiet)).system.empty());
}

TEST_CASE("a model replaces what has its name, and its own base too") {
  Kitchen kitchen;
  const hub::Model old = kitchen.from_upload("mine", kitchen.gguf());
  const fs::path weights = kitchen.store.path_of(old.files[0]);
  const auto used = MappedFile::open(weights);
  NewModel given = kitchen.on("mine:latest");
  given.system = "new";
  const hub::Model next = kitchen.make("mine", given);
  CHECK(next.files[0].sha256 == old.files[0].sha256);
  kitchen.from_upload("mine", kitchen.gguf("F32", 2));
  CHECK_FALSE(fs::exists(weights));
  CHECK(std::string_view(reinterpret_cast<const char*>(used->bytes().data()), 4) == "GGUF");   // whoever opened it keeps it
  CHECK(kitchen.store.list().size() == 1);
  // For the store "mine:v2" and "mine-v2" are one name, for clients two.
  const hub::Model tagged =
      hub::copy(kitchen.store, *kitchen.store.find("mine"), place_for(kitchen.store, new_name("mine:v2", "x")), "made:mine:v2");
  const NewName dashed = new_name("mine-v2", "x");
  CHECK(place_for(kitchen.store, dashed) != tagged.name);
  CHECK(place_for(kitchen.store, new_name("mine:v2", "x")) == tagged.name);
  const std::string longest(80, 'a');
  CHECK(place_for(kitchen.store, new_name(longest + "/" + longest + ":" + longest, "x")).size() <= 100);
}

TEST_CASE("weights are quantised on the way, from either kind of file, in types of any spelling") {
  Kitchen kitchen;
  const hub::Model small = kitchen.from_upload("small", kitchen.gguf(), "q8_0");
  CHECK(kitchen.said("quantizing F32 model to Q8_0"));
  CHECK(type_of(kitchen.store, small, "blk.0.attn_q.weight") == "Q8_0");
  // Rows of 64 fill no blocks of 256, and the statuses say so.
  const hub::Model mixed = kitchen.from_upload("mixed", kitchen.gguf(), "q5_k_m");
  CHECK(kitchen.said("their rows do not fill blocks of 256"));
  CHECK(mixed.bytes() < small.bytes() * 11 / 10);
  NewModel half = kitchen.on("small");
  half.quantize = "f16";
  CHECK(type_of(kitchen.store, kitchen.make("half", half), "blk.0.attn_q.weight") == "F16");
  CHECK(kitchen.said("were Q8_0 already"));
  CHECK(std::ranges::none_of(kitchen.rests(), [](const std::string& name) { return name.starts_with('+'); }));
}

TEST_CASE("a folder of safetensors is stored as it is, or as a GGUF in another type") {
  Kitchen kitchen;
  const fs::path folder = fs::path(MARU_TESTS) / "golden/models/llama";
  NewModel given;
  for (const char* name : {"config.json", "model.safetensors"}) given.files.push_back({.name = name, .path = folder / name, .digest = {}});
  const hub::Model model = kitchen.make("folder", given);
  CHECK(model.files[0].name == "model.safetensors");
  CHECK(model.files[0].sha256 == sha256_file(folder / "model.safetensors"));
  given.files.pop_back();
  CHECK(error_of([&] { kitchen.make("nothing", given); }).contains("expected a .gguf file or a folder with model.safetensors"));
  given.files.push_back({.name = "../model.safetensors", .path = folder / "model.safetensors", .digest = {}});
  CHECK(error_of([&] { kitchen.make("nothing", given); }).contains("could leave its folder"));
  CHECK_FALSE(kitchen.store.find("nothing"));
}

TEST_CASE("an adapter is merged on the way; what was quantised becomes F16, or what is asked for") {
  Kitchen kitchen;
  const fs::path adapter = kitchen.scratch.path / "adapter.gguf";
  std::vector<float> numbers(64 * 4, 0.01f);
  const auto fill = io::whole(std::as_bytes(std::span(numbers)));
  const std::vector<io::GgufEntry> keys{io::gguf_text("general.architecture", "llama"), io::gguf_text("general.type", "adapter"),
                                        io::gguf_text("adapter.type", "lora"), io::gguf_f32("adapter.lora.alpha", 8)};
  const std::vector<io::NewTensor> tensors{{"blk.0.attn_q.weight.lora_a", {4, 64}, "F32", fill},
                                           {"blk.0.attn_q.weight.lora_b", {64, 4}, "F32", fill}};
  io::write_gguf(adapter, keys, tensors);
  const hub::Model base = kitchen.from_upload("base", kitchen.gguf("Q8_0"));
  NewModel given = kitchen.on("base");
  given.adapters.push_back({.name = "adapter.gguf", .path = {}, .digest = kitchen.upload(adapter)});
  const hub::Model merged = kitchen.make("merged", given);
  CHECK(type_of(kitchen.store, merged, "blk.0.attn_q.weight") == "F16");
  CHECK(type_of(kitchen.store, merged, "blk.1.attn_q.weight") == "Q8_0");
  CHECK(kitchen.said("1 of 21 weights were quantised and became F16"));
  CHECK(kitchen.said("merged into 1 of 21 tensors"));
  given.quantize = "Q8_0";
  CHECK(type_of(kitchen.store, kitchen.make("merged", given), "blk.0.attn_q.weight") == "Q8_0");
  NewModel wrong;
  wrong.files = given.adapters;
  CHECK(error_of([&] { kitchen.make("wrong", wrong); }).contains("is an adapter; it needs a model"));
  CHECK_FALSE(kitchen.store.find("wrong"));
  CHECK(kitchen.store.verify(base, {}, nullptr).empty());
}

TEST_CASE("what cannot be made is refused in words that name it, and nothing is stored") {
  Kitchen kitchen;
  kitchen.from_upload("base", kitchen.gguf());
  const auto refused = [&](NewModel given, std::string_view words) {
    const std::string message = error_of([&] { kitchen.make("bad", given); });
    CHECK_MESSAGE(message.contains(words), message);
    CHECK_MESSAGE(!message.contains(kitchen.store.home().string()), message);
    CHECK_FALSE(kitchen.store.find("bad"));
  };
  const hub::BlobName absent = *hub::BlobName::parse("sha256:" + std::string(64, '1'));
  NewModel given;
  refused(given, "neither 'from' or 'files' was specified");
  given.files.push_back({.name = "x.gguf", .path = {}, .digest = absent});
  refused(given, "there is no blob sha256:1111");
  given = kitchen.on("base");
  given.files.push_back({.name = "x.gguf", .path = {}, .digest = kitchen.upload(kitchen.gguf())});
  refused(given, "both 'from' and 'files'");
  given = kitchen.on("base");
  given.quantize = "Q9_X";
  refused(given, "unsupported quantization type Q9_X; supported are F32 F16");
  given = kitchen.on("base");
  given.parameters = {{"temperature", "hot"}};
  refused(given, "temperature");
  given.parameters = {{"top_p", 7}};
  refused(given, "top_p");
  given = kitchen.on("base");
  given.template_source = "{{ .Bad ";
  refused(given, "template error: ");
  given = kitchen.on("base");
  given.messages = {{{.role = "king", .content = "hi", .thinking = {}}}};
  refused(given, "role must be system, user or assistant");
  // A file of a few bytes, one cut short, one whose tensors lie beyond its end: refused as when they are opened to be used.
  const std::string whole = read_file(kitchen.gguf());
  const std::pair<std::string, std::string_view> damaged[] = {
      {"GGUF", "x.gguf"}, {whole.substr(0, 100), "x.gguf"}, {whole.substr(0, whole.size() - 64), "x.gguf"}};
  for (const auto& [bytes, words] : damaged)
    for (const char* type : {"", "Q8_0"}) {
      given = {};
      given.files.push_back({.name = "x.gguf", .path = {}, .digest = kitchen.upload(kitchen.scratch.put("damaged", bytes))});
      given.quantize = type;
      refused(given, words);
    }
  CHECK(kitchen.store.list().size() == 1);
}

TEST_CASE("what show prints makes the same model again") {
  Kitchen kitchen;
  NewModel given;
  given.files.push_back({.name = "x.gguf", .path = kitchen.gguf(), .digest = {}});
  given.parameters = {{"temperature", 0.2}, {"stop", {"<end>", "\n\n"}}};
  given.system = "Two\nlines \"quoted\".";
  given.template_source = "{{ .System }}|{{ .Prompt }}";
  given.messages = {{{.role = "user", .content = "hi", .thinking = {}}}};
  given.licences = {"MIT", "and more"};
  const hub::Model first = kitchen.make("first", given);
  const Described told = described(read_settings(kitchen.store, first), client_name(first), kitchen.store.open_path(first).string(), "");
  std::vector<Phrase> notes;
  const hub::Model second =
      kitchen.make("second", model_of(chat::parse_modelfile(told.modelfile, "Modelfile"), kitchen.scratch.path, notes));
  CHECK(notes.empty());
  REQUIRE(second.files.size() == first.files.size());
  for (std::size_t i = 0; i < first.files.size(); ++i) {
    CHECK(second.files[i].name == first.files[i].name);
    CHECK(second.files[i].sha256 == first.files[i].sha256);
  }
  CHECK(told.parameters ==
        "temperature                    0.2\nstop                           \"<end>\"\nstop                           \"\\n\\n\"\n");
}

TEST_CASE("a Modelfile's paths start from its folder, and what is no path is a model's name") {
  Kitchen kitchen;
  kitchen.from_upload("base", kitchen.gguf());
  const auto read = [&](std::string_view text) {
    std::vector<Phrase> notes;
    return model_of(chat::parse_modelfile(text, "Modelfile"), kitchen.scratch.path, notes);
  };
  CHECK(read("FROM base").from == "base");
  CHECK(read("FROM F32-1.gguf").files.at(0).path == kitchen.scratch.path / "F32-1.gguf");
  CHECK(error_of([&] { read("FROM ./nothing.gguf"); }).contains("no such file or folder"));
  CHECK(error_of([&] { read("FROM base\nADAPTER ./nothing"); }).contains("no such file or folder"));
  CHECK(error_of([&] { read("FROM base\nFROM other"); }).contains("made from one other model"));
  CHECK(error_of([&] { kitchen.make("x", read("FROM /dev/zero")); }).contains("expected a regular file"));
}

TEST_CASE("two that make one model at once leave one of the two") {
  Kitchen kitchen;
  kitchen.from_upload("base", kitchen.gguf());
  std::vector<std::jthread> both;
  for (int i = 0; i < 4; ++i)
    both.emplace_back([&, i] {
      NewModel given = kitchen.on("base");
      given.name = new_name("twice", "model");
      given.system = std::to_string(i);
      given.quantize = i % 2 ? "Q8_0" : "";
      make_model(kitchen.store, given);
    });
  both.clear();
  const hub::Model model = *kitchen.store.find("twice");
  CHECK(kitchen.store.verify(model, {}, nullptr).empty());
  CHECK(kitchen.store.list().size() == 2);
  CHECK(kitchen.rests().empty());
}

}  // namespace maru::server

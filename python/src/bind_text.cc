// A model folder's tokenizer and chat template. How a batch is padded is decided in maru/tokenizer.py.
#include <algorithm>

#include "maru/engine/stored_template.h"
#include "maru/io/model_file.h"
#include "maru/text/chat_template.h"
#include "maru/text/tokenizer.h"
#include "maru/text/tokenizer_folder.h"
#include "python.h"

namespace maru::python {
namespace {

constexpr std::size_t kMostJson = std::size_t{64} << 20;

// Takes tokens from the end of the longer text, one at a time, until the whole fits; what the tokenizer adds stays.
void cut(text::Encoding& e, std::size_t longest) {
  std::size_t counts[2] = {};
  for (const std::int32_t s : e.sequence)
    if (s >= 0) ++counts[s];
  const std::size_t added = e.ids.size() - counts[0] - counts[1];
  if (added > longest) fail(ErrorKind::limit, "max_length is {}, but the special tokens alone are {}", longest, added);
  for (std::size_t over = e.ids.size() > longest ? e.ids.size() - longest : 0; over > 0; --over) --counts[counts[1] > counts[0] ? 1 : 0];
  std::size_t seen[2] = {}, to = 0;
  for (std::size_t i = 0; i < e.ids.size(); ++i) {
    const std::int32_t s = e.sequence[i];
    if (s >= 0 && seen[s]++ >= counts[s]) continue;
    e.ids[to] = e.ids[i];
    e.types[to] = e.types[i];
    e.offsets[to] = e.offsets[i];
    e.sequence[to] = s;
    e.words[to++] = e.words[i];
  }
  e.ids.resize(to);
  e.types.resize(to);
  e.offsets.resize(to);
  e.sequence.resize(to);
  e.words.resize(to);
}

struct Tokenizer {
  std::shared_ptr<const text::Tokenizer> tokenizer;
  io::ModelFile file;                  // of a GGUF; else only its path
  Json config = Json::object(), model_config = Json::object();

  explicit Tokenizer(const std::string& path) {
    file.path = path;
    const bool folder = std::filesystem::is_directory(file.path);
    if (folder && text::has_tokenizer(file.path)) {
      tokenizer = text::tokenizer_from_folder(file.path);
      config = json_beside("tokenizer_config.json");
      model_config = json_beside("config.json");
      return;
    }
    file = io::open_file(path);
    if (!file.gguf) fail(ErrorKind::not_found, "{}: no tokenizer.json beside the weights", path);
    tokenizer = text::tokenizer_from_gguf(file.metadata);
    model_config["model_type"] = std::string(file.metadata.string("general.architecture", ""));
  }
  Json json_beside(std::string_view name) const {
    const std::filesystem::path path = file.path / name;
    if (!std::filesystem::exists(path)) return Json::object();
    Json json = parse_json(read_file(path, kMostJson), path.string());
    check(json.is_object(), "{}: expected an object", path.string());
    return json;
  }
  nb::object encode(const std::string& text, const std::optional<std::string>& pair, bool special, std::size_t longest) const {
    const text::EncodeOptions how{.add_special = special, .parse_special = true, .offsets = true};
    text::Encoding e = pair ? tokenizer->encode_pair(text, *pair, how) : tokenizer->encode(text, how);
    if (longest > 0 && e.ids.size() > longest) cut(e, longest);
    nb::list offsets;
    for (const auto& [begin, end] : e.offsets) offsets.append(nb::make_tuple(begin, end));
    return nb::make_tuple(nb::cast(e.ids), nb::cast(e.types), offsets, nb::cast(e.sequence), nb::cast(e.words));
  }
  std::vector<std::string> pieces(const std::string& text) const {
    std::vector<std::string> out;
    for (const std::int32_t id : tokenizer->encode(text, {.add_special = false, .parse_special = true}).ids)
      out.emplace_back(tokenizer->piece(id));
    return out;
  }
  // variables: what else the template may read.
  std::string render(nb::handle messages, bool add_generation_prompt, nb::handle variables) const {
    const auto found = engine::stored_template(file);
    if (!found) fail(ErrorKind::not_found, "{}: this model has no chat template", file.path.string());
    const auto spelled = [&](std::optional<std::int32_t> id) { return id ? std::string(tokenizer->piece(*id)) : std::string(); };
    Json all = to_json(variables);
    all.update({{"messages", to_json(messages)}, {"add_generation_prompt", add_generation_prompt}, {"bos_token", spelled(tokenizer->bos)},
                {"eos_token", spelled(tokenizer->eos)}});
    return text::ChatTemplate(found->source, found->where).render(all);
  }
};

void check_id(const Tokenizer& t, std::int32_t id) {
  check(id >= 0 && id < t.tokenizer->vocabulary(), "{} is no token: the vocabulary has {}", id, t.tokenizer->vocabulary());
}

}  // namespace

void add_texts(nb::module_& m) {
  nb::class_<Tokenizer> c(m, "_Tokenizer");
  c.def(nb::init<const std::string&>())
      .def("encode", &Tokenizer::encode, "text"_a, "pair"_a.none(), "special"_a, "longest"_a)
      .def("pieces", &Tokenizer::pieces)
      .def("render", &Tokenizer::render)
      .def("decode", [](const Tokenizer& t, const std::vector<std::int32_t>& ids, bool skip) { return t.tokenizer->decode(ids, skip); })
      .def("piece", [](const Tokenizer& t, std::int32_t id) {
        check_id(t, id);
        return std::string(t.tokenizer->piece(id));
      })
      .def("id", [](const Tokenizer& t, const std::string& piece) { return t.tokenizer->id(piece); })
      .def("special", [](const Tokenizer& t, std::int32_t id) {
        check_id(t, id);
        return t.tokenizer->special(id);
      })
      .def("special_count", [](const Tokenizer& t) { return t.tokenizer->special_count(); })
      .def("config", [](const Tokenizer& t) { return to_python(t.config); })
      .def("model_type", [](const Tokenizer& t) { return t.model_config.value("model_type", std::string()); })
      .def_prop_ro("vocab_size", [](const Tokenizer& t) { return t.tokenizer->vocabulary(); });
  using Id = std::optional<std::int32_t> text::Tokenizer::*;
  constexpr std::pair<const char*, Id> ids[] = {{"bos", &text::Tokenizer::bos},       {"eos", &text::Tokenizer::eos},
                                                {"unk", &text::Tokenizer::unknown},   {"pad", &text::Tokenizer::padding},
                                                {"cls", &text::Tokenizer::classify},  {"sep", &text::Tokenizer::separator},
                                                {"mask", &text::Tokenizer::mask}};
  for (const auto& [name, id] : ids) c.def_prop_ro(name, [id = id](const Tokenizer& t) { return (*t.tokenizer).*id; });
}

}  // namespace maru::python

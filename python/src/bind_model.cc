// Finding and opening models, and one pass through them. The names of heads and outputs are the reference library's.
#include "maru/engine/padded.h"
#include "maru/hub/hub.h"
#include "opened.h"

namespace maru::python {
namespace {

void say(const std::string& line) {
  nb::gil_scoped_acquire gil;
  nb::module_::import_("sys").attr("stderr").attr("write")(line + "\n");
}

models::Head head_named(const std::string& name) {
  constexpr std::pair<std::string_view, models::Head> known[] = {
      {"vocabulary", models::Head::vocabulary}, {"pooled", models::Head::pooled}, {"sequence", models::Head::sequence},
      {"token", models::Head::token},           {"span", models::Head::span},     {"next_sentence", models::Head::next_sentence},
      {"replaced", models::Head::replaced}};
  for (const auto& [known_name, head] : known)
    if (known_name == name) return head;
  fail(ErrorKind::internal, "no head is called {}", name);
}

struct Inputs {
  Array ids;
  std::optional<Array> mask, types, target;
};

std::vector<std::int32_t> ids_like(const std::optional<Array>& x, const Dims& shape, std::string_view what) {
  if (!x) return {};
  check(shape.empty() || x->shape == shape, "{}: [{}], but input_ids is [{}]", what, fmt::join(x->shape, ", "), fmt::join(shape, ", "));
  return to_ids(x->type == DType::boolean || x->type == DType::float32 ? converted(*x, DType::int64) : *x, what);
}

nb::dict forward(const Opened& model, const Inputs& in, const std::vector<std::string>& heads, bool attentions, bool hidden_states) {
  check(in.ids.rank() == 2,
        "input_ids: [texts, tokens] is wanted, got {} axes; return_tensors=\"pt\" gives it so, and unsqueeze(0) adds the first axis",
        in.ids.rank());
  const std::vector<std::int32_t> ids = to_ids(in.ids, "input_ids"), mask = ids_like(in.mask, in.ids.shape, "attention_mask"),
                                  types = ids_like(in.types, in.ids.shape, "token_type_ids"),
                                  target = ids_like(in.target, {}, "decoder_input_ids");
  check(!in.target || (in.target->rank() == 2 && in.target->shape[0] == in.ids.shape[0]), "decoder_input_ids: [{}, tokens] is wanted",
        in.ids.shape[0]);
  engine::PaddedOptions options{.attentions = attentions, .hidden_states = hidden_states};
  for (const std::string& head : heads) options.heads.push_back(head_named(head));
  Watchers watchers(model.watchers, in.ids.shape[0]);
  const std::vector<engine::Computed> computed = without_gil([&](const Cancel*) {
    const Watchers::Scope scope(watchers);
    return engine::run_padded(*model.pretrained, {.texts = in.ids.shape[0], .ids = ids, .mask = mask, .types = types, .target = target},
                              options);
  });
  nb::dict out;
  for (const engine::Computed& one : computed) out[nb::str(one.name.c_str())] = nb::cast(reshape(Array::of(one.value), one.shape));
  return out;
}

nb::object value_of(const io::Value& value) {
  return std::visit([](const auto& v) -> nb::object {
    using T = std::remove_cvref_t<decltype(v)>;
    if constexpr (std::is_same_v<T, std::string_view>) return nb::str(v.data(), v.size());
    else if constexpr (std::is_same_v<T, bool>) return nb::bool_(v);
    else if constexpr (std::is_same_v<T, std::vector<std::string_view>>) {
      nb::list out;
      for (const std::string_view one : v) out.append(nb::str(one.data(), one.size()));
      return out;
    } else return nb::cast(v);
  }, value);
}

nb::dict config_of(const Opened& model) {
  nb::dict out;
  if (model.pretrained->file().gguf) {
    for (const auto& [key, value] : model.pretrained->file().metadata.all())
      if (!key.starts_with("tokenizer.")) out[nb::str(key.c_str())] = value_of(value);
    return out;
  }
  return nb::cast<nb::dict>(to_python(model.pretrained->beside("config.json")));
}

nb::dict info_of(const Opened& model) {
  const models::Info& i = model.pretrained->info();
  nb::dict out;
  const auto set = [&](const char* name, auto value) { out[name] = value; };
  set("layers", i.layers);
  set("width", i.width);
  set("heads", i.heads);
  set("kv_heads", i.kv_heads);
  set("head", i.head);
  set("vocabulary", i.vocabulary);
  set("context", i.context);
  set("causal", i.causal);
  set("encoder_decoder", i.encoder_decoder);
  set("encoder_layers", i.encoder_layers);
  set("decoder_start", i.decoder_start);
  set("max_tokens", model.pretrained->max_tokens());
  return out;
}

// The file's own tensors, decoded: a copy of each, by the names that the file gives them.
nb::dict parameters_of(const Opened& model) {
  nb::dict out;
  for (const io::StoredTensor& t : model.pretrained->file().tensors) {
    const quant::Format* const format = t.type == "F32" ? nullptr : quant::find(t.type);
    if (!format && t.type != "F32") continue;
    const Tensor view = Tensor::view(Shape(std::span<const std::int64_t>(t.shape)), format, t.bytes, t.file);
    const Array copy = Array::empty(DType::float32, t.shape);
    const Tensor values = view.decoded();
    std::memcpy(copy.data, values.bytes(), std::size_t(copy.size()) * sizeof(float));
    out[nb::str(t.name.c_str())] = nb::cast(copy);
  }
  return out;
}

}  // namespace

std::string resolve_model(const std::string& name, bool pull) {
  return without_gil([&](const Cancel* cancel) {
    hub::Store store(home(), [](const std::filesystem::path& model) { (void)io::open_file(model); });
    hub::PullOptions options{.cancel = cancel, .note = [](const Phrase& note) { say(in_language(note)); }};
    options.planned = [](const hub::Model& model, const hub::Plan& plan, std::uint64_t bytes) {
      say(in_language(phrase("{}: {} files, {:.1f} MB to download", model.reference, plan.files.size(), double(bytes) / 1e6)));
    };
    return hub::resolve(store, name, pull, options).string();
  });
}

void add_models(nb::module_& m) {
  add_watch(m);
  m.def("_resolve", resolve_model, "name"_a, "pull"_a);
  nb::class_<Opened>(m, "_Model")
      .def("__init__",
           [](Opened* self, const std::string& path) {
             (void)sabotage();  // a word that it does not know is said at once
             auto opened = without_gil([&](const Cancel*) { return std::make_shared<const engine::Pretrained>(path); });
             new (self) Opened{std::move(opened), {}};
           })
      .def(
          "forward",
          [](const Opened& model, const Array& ids, const std::optional<Array>& mask, const std::optional<Array>& types,
             const std::optional<Array>& target, const std::vector<std::string>& heads, bool attentions,
             bool hidden_states) { return forward(model, {ids, mask, types, target}, heads, attentions, hidden_states); },
          "input_ids"_a, "attention_mask"_a.none(), "token_type_ids"_a.none(), "decoder_input_ids"_a.none(), "heads"_a, "attentions"_a,
          "hidden_states"_a)
      .def(
          "generate",
          [](const Opened& model, const Array& ids, const std::optional<Array>& mask, const nb::dict& options) {
            const Generated made = generate(model, ids, mask, to_json(options));
            return nb::make_tuple(made.ids, made.ignored);
          },
          "input_ids"_a, "attention_mask"_a.none(), "options"_a)
      .def("answers", [](const Opened& model, const std::string& head) { return model.pretrained->model().answers(head_named(head)); })
      .def("labels", [](const Opened& model) { return model.pretrained->labels(); })
      .def("name", [](const Opened& model) { return model.pretrained->name(); })
      .def("config", config_of)
      .def("info", info_of)
      .def("parameters", parameters_of)
      .def("watch", [](Opened& model, std::shared_ptr<Watcher> watcher) { model.watchers.push_back(std::move(watcher)); })
      .def("unwatch", [](Opened& model, const std::shared_ptr<Watcher>& watcher) { std::erase(model.watchers, watcher); });
}

}  // namespace maru::python

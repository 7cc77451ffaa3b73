// The parameters of a Modelfile: names, types and ranges. (Ollama's api.Options and docs/modelfile.mdx.)
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "maru/base/error.h"
#include "maru/chat/modelfile.h"

namespace maru::chat {
namespace {

enum class Kind : std::uint8_t { whole, number, yes_no, texts, dropped };
struct Parameter {
  std::string_view name;
  Kind kind;
  double least = 0, most = 0;
};
constexpr double kMost = 2147483647.0;
constexpr Parameter kParameters[] = {
    {"num_keep", Kind::whole, -1, kMost},
    {"seed", Kind::whole, -9007199254740992.0, 9007199254740992.0},
    {"num_predict", Kind::whole, -2, kMost},
    {"top_k", Kind::whole, -1, kMost},
    {"top_p", Kind::number, 0, 1},
    {"min_p", Kind::number, 0, 1},
    {"typical_p", Kind::number, 0, 1},
    {"repeat_last_n", Kind::whole, -1, kMost},
    {"temperature", Kind::number, 0, 100},
    {"repeat_penalty", Kind::number, 0, 100},
    {"presence_penalty", Kind::number, -100, 100},
    {"frequency_penalty", Kind::number, -100, 100},
    {"stop", Kind::texts},
    {"num_ctx", Kind::whole, 0, 16777216},
    {"num_batch", Kind::whole, 1, kMost},
    {"num_gpu", Kind::whole, -1, kMost},
    {"main_gpu", Kind::whole, 0, kMost},
    {"num_thread", Kind::whole, 0, 65536},
    {"draft_num_predict", Kind::whole, 0, kMost},
    {"use_mmap", Kind::yes_no},
    {"penalize_newline", Kind::dropped},
    {"low_vram", Kind::dropped},
    {"f16_kv", Kind::dropped},
    {"logits_all", Kind::dropped},
    {"vocab_only", Kind::dropped},
    {"use_mlock", Kind::dropped},
    {"mirostat", Kind::dropped},
    {"mirostat_tau", Kind::dropped},
    {"mirostat_eta", Kind::dropped},
};

const Parameter& parameter(std::string_view name) {
  const auto found = std::ranges::find(kParameters, name, &Parameter::name);
  check(found != std::end(kParameters), "unknown parameter \"{}\"", name.substr(0, 60));
  return *found;
}

Json ranged(const Parameter& known, double value) {
  check(std::isfinite(value) && value >= known.least && value <= known.most, "parameter \"{}\" is {}, expected {} to {}", known.name, value,
        known.least, known.most);
  if (known.kind == Kind::number) return value;
  check(value == std::floor(value), "parameter \"{}\" is {}, expected a whole number", known.name, value);
  return std::int64_t(value);
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

Json parameter_value(std::string_view name, std::string_view text) {
  const Parameter& known = parameter(name);
  switch (known.kind) {
    case Kind::dropped: return nullptr;
    case Kind::texts:
      check(!text.empty(), "parameter \"{}\": an empty text would end every answer", name);
      return Json::array({std::string(text)});
    case Kind::yes_no: {
      static constexpr std::string_view kYes[] = {"1", "t", "T", "true", "TRUE", "True"},
                                        kNo[] = {"0", "f", "F", "false", "FALSE", "False"};
      if (std::ranges::find(kYes, text) != std::end(kYes)) return true;
      check(std::ranges::find(kNo, text) != std::end(kNo), "parameter \"{}\": expected true or false, got \"{}\"", name,
            text.substr(0, 60));
      return false;
    }
    default: break;
  }
  const auto value = number_of(text);
  check(value || known.kind == Kind::number, "parameter \"{}\": expected a whole number, got \"{}\"", name, text.substr(0, 60));
  check(value.has_value(), "parameter \"{}\": expected a number, got \"{}\"", name, text.substr(0, 60));
  return ranged(known, *value);
}

Json checked_parameter(std::string_view name, const Json& value) {
  const Parameter& known = parameter(name);
  if (known.kind == Kind::dropped) return nullptr;
  if (value.is_string()) return parameter_value(name, value.get_ref<const std::string&>());
  if (known.kind == Kind::texts) {
    check(value.is_array(), "parameter \"{}\": expected a text or an array of texts, got {}", name, kind_of(value));
    Json out = Json::array();
    for (const Json& text : value) {
      check(text.is_string(), "parameter \"{}\": expected a text or an array of texts, got {}", name, kind_of(text));
      out.push_back(parameter_value(name, text.get_ref<const std::string&>())[0]);
    }
    return out;
  }
  if (known.kind == Kind::yes_no) {
    check(value.is_boolean(), "parameter \"{}\": expected true or false, got {}", name, kind_of(value));
    return value;
  }
  check(value.is_number() || known.kind == Kind::number, "parameter \"{}\": expected a whole number, got {}", name, kind_of(value));
  check(value.is_number(), "parameter \"{}\": expected a number, got {}", name, kind_of(value));
  // A double holds no greater whole number exactly, and no parameter is one.
  return ranged(known, value.get<double>());
}

}  // namespace maru::chat

// The options of a request by Ollama's names: one table of what each means here.
#include "maru/server/sampling_options.h"

#include <array>
#include <cmath>
#include <random>

#include "maru/base/error.h"

namespace maru::server {
namespace {

struct Option {
  std::string_view name;
  enum class Kind { whole, real, texts, boolean, biases } kind;
  double low, high;
  void (*set)(engine::Sampling&, const Json&);
};

template <class T, T engine::Sampling::* field>
void put(engine::Sampling& sampling, const Json& value) {
  sampling.*field = value.get<T>();
}

void put_seed(engine::Sampling& sampling, const Json& value) {
  // -1 asks for another answer each time, which is what no seed means too.
  if (value.get<double>() >= 0) sampling.seed = value.get<std::uint64_t>();
}

void put_stop(engine::Sampling& sampling, const Json& value) {
  sampling.stop.clear();
  if (value.is_string()) sampling.stop.push_back(value);
  else
    for (const Json& one : value) sampling.stop.push_back(one);
}

void put_biases(engine::Sampling& sampling, const Json& value) {
  for (const auto& [id, bias] : value.items()) sampling.logit_bias[std::int32_t(std::stol(id))] = bias.get<float>();
}

void put_limit(engine::Sampling& sampling, const Json& value) {
  // Ollama takes 0, -1 and -2 for no limit of one's own.
  const auto tokens = value.get<std::int64_t>();
  sampling.max_tokens = tokens > 0 ? tokens : -1;
}

using S = engine::Sampling;
constexpr double kBig = 2147483647;
constexpr std::array<Option, 15> kOptions{{
    {"temperature", Option::Kind::real, 0, 100, put<float, &S::temperature>},
    {"top_k", Option::Kind::whole, 0, kBig, put<int, &S::top_k>},
    {"top_p", Option::Kind::real, 0, 1, put<float, &S::top_p>},
    {"min_p", Option::Kind::real, 0, 1, put<float, &S::min_p>},
    {"typical_p", Option::Kind::real, 0, 1, put<float, &S::typical_p>},
    {"repeat_penalty", Option::Kind::real, 0.01, 100, put<float, &S::repeat_penalty>},
    {"repeat_last_n", Option::Kind::whole, -1, kBig, put<int, &S::repeat_last_n>},
    {"presence_penalty", Option::Kind::real, -2, 2, put<float, &S::presence_penalty>},
    {"frequency_penalty", Option::Kind::real, -2, 2, put<float, &S::frequency_penalty>},
    {"seed", Option::Kind::whole, -9.2e18, 1.8e19, put_seed},
    {"num_predict", Option::Kind::whole, -2, kBig, put_limit},
    {"stop", Option::Kind::texts, 0, 0, put_stop},
    {"logit_bias", Option::Kind::biases, 0, 0, put_biases},
    {"ignore_eos", Option::Kind::boolean, 0, 0, put<bool, &S::ignore_end>},
    {"num_ctx", Option::Kind::whole, 1, kBig, nullptr},
}};
// Known to Ollama's clients, and of no meaning for this engine: how it uses threads, memory and batches is its own to find.
constexpr std::array<std::string_view, 15> kWithoutEffect{"num_batch", "num_gpu", "main_gpu", "use_mmap", "use_mlock", "num_thread", "low_vram", "f16_kv", "numa",
                                                          "vocab_only", "logits_all", "penalize_newline", "mirostat", "mirostat_eta", "mirostat_tau"};
constexpr std::size_t kMostStops = 64, kLongestStop = 4096;

void check_option(const Option& option, const Json& value) {
  switch (option.kind) {
    case Option::Kind::whole:
      check(value.is_number_integer() || (value.is_number() && value.get<double>() == std::floor(value.get<double>())),
            "option \"{}\" must be of type integer, got {}", option.name, kind_of(value));
      break;
    case Option::Kind::real: check(value.is_number(), "option \"{}\" must be of type float32, got {}", option.name, kind_of(value)); break;
    case Option::Kind::boolean: check(value.is_boolean(), "option \"{}\" must be of type boolean, got {}", option.name, kind_of(value)); return;
    case Option::Kind::texts: {
      const bool list = value.is_array() && std::ranges::all_of(value, [](const Json& one) { return one.is_string(); });
      check(value.is_string() || list, "option \"{}\" must be of type array of strings, got {}", option.name, kind_of(value));
      check(!list || value.size() <= kMostStops, "stop: at most {} texts, got {}", kMostStops, value.size());
      const auto one_stop = [](const Json& one) {
        const std::size_t bytes = one.get_ref<const std::string&>().size();
        check(bytes > 0, "stop: an empty text would end every answer at once");
        check(bytes <= kLongestStop, "stop: a text of {} bytes; at most {}", bytes, kLongestStop);
      };
      if (value.is_string()) one_stop(value);
      else std::ranges::for_each(value, one_stop);
      return;
    }
    case Option::Kind::biases:
      check(value.is_object(), "logit_bias: expected an object of token ids and biases, got {}", kind_of(value));
      for (const auto& [id, bias] : value.items()) {
        check(!id.empty() && id.size() <= 9 && id.find_first_not_of("0123456789") == std::string::npos, "logit_bias: {:?} is no token id", id);
        check(bias.is_number() && std::abs(bias.get<double>()) <= 100, "logit_bias.{}: expected a number from -100 to 100", id);
      }
      return;
  }
  const double number = value.get<double>();
  check(std::isfinite(number) && number >= option.low && number <= option.high, "option \"{}\": expected {} to {}, got {}", option.name, option.low, option.high,
        dump(value));
}

}  // namespace

engine::Sampling sampling_of(const Json& parameters, std::vector<std::string>& warnings) {
  engine::Sampling out;
  out.seed = std::random_device{}();
  for (const auto& [name, value] : parameters.items()) {
    if (value.is_null()) continue;
    const auto option = std::ranges::find(kOptions, std::string_view(name), &Option::name);
    if (option == kOptions.end()) {
      const bool known = std::ranges::find(kWithoutEffect, std::string_view(name)) != kWithoutEffect.end();
      if (name != "num_keep") warnings.push_back(fmt::format("option {} {}", name, known ? "has no effect here" : "is not known and was ignored"));
      continue;
    }
    check_option(*option, value);
    if (option->set) option->set(out, value.is_number_float() && option->kind == Option::Kind::whole ? Json(std::int64_t(value.get<double>())) : value);
  }
  return out;
}

}  // namespace maru::server

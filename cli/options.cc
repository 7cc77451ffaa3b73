// Options and arguments with their checks.
#include "cli/options.h"

#include <charconv>
#include <cmath>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/ranges.h>

#include "cli/terminal.h"
#include "maru/base/error.h"

namespace maru::cli {
namespace {

constexpr char kMark = '\x01';

std::string shown(std::string_view name) { return std::string(name.substr(name.rfind(',') + 1)); }

template <class Number>
bool parse(const std::string& text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string marked(std::string argument) {
  if (argument.starts_with('[') || argument.starts_with('{') || argument.starts_with(kMark)) argument.insert(argument.begin(), kMark);
  return argument;
}

std::string unmarked(std::string argument) {
  if (argument.starts_with(kMark)) argument.erase(argument.begin());
  return argument;
}

Option& Option::required() {
  held_->required();
  return *this;
}

Option& Option::type_name(const std::string& name) {
  held_->type_name(name);
  return *this;
}

Option& Option::group(const std::string& title) {
  held_->group(title);
  return *this;
}

Option& Option::excludes(const Option& other) {
  held_->excludes(other.held_);
  return *this;
}

std::size_t Option::count() const { return held_->count(); }

Option Options::text(const std::string& name, std::string& value, Words about) {
  return Option(app_.add_option(name, CLI::callback_t([&value](const CLI::results_t& given) {
    value = given.empty() ? std::string() : unmarked(given.back());
    return true;
  }), say(about))->type_name("TEXT")->multi_option_policy(CLI::MultiOptionPolicy::TakeLast));
}

Option Options::texts(const std::string& name, std::vector<std::string>& values, Words about) {
  CLI::Option* option = app_.add_option(name, CLI::callback_t([&values](const CLI::results_t& given) {
    values.clear();
    for (const std::string& one : given) values.push_back(unmarked(one));
    return true;
  }), say(about))->type_name("TEXT");
  if (name.starts_with('-')) return Option(option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll));
  return Option(option->expected(1, 1 << 28)->allow_extra_args());
}

Option Options::integer(const std::string& name, std::int64_t& value, Bounds bounds, Words about) {
  const bool korean = korean_;
  return Option(app_.add_option(name, CLI::callback_t([&value, bounds, name = shown(name), korean](const CLI::results_t& given) {
    std::int64_t number = 0;
    const std::string text = given.empty() ? "" : unmarked(given.back());
    if (!parse(text, number) || number < bounds.low || number > bounds.high)
      throw Error(ErrorKind::usage, fmt::format(fmt::runtime(korean ? "{}: {}부터 {}까지의 정수여야 합니다. 받은 값: \"{}\""
                                                                    : "{} takes a whole number from {} to {}, got \"{}\""),
                                                name, bounds.low, bounds.high, one_line(text)));
    value = number;
    return true;
  }), say(about))->type_name("N")->multi_option_policy(CLI::MultiOptionPolicy::TakeLast));
}

Option Options::number(const std::string& name, double& value, double low, double high, Words about) {
  const bool korean = korean_;
  return Option(app_.add_option(name, CLI::callback_t([&value, low, high, name = shown(name), korean](const CLI::results_t& given) {
    double number = 0;
    const std::string text = given.empty() ? "" : unmarked(given.back());
    if (!parse(text, number) || !std::isfinite(number) || number < low || number > high)
      throw Error(ErrorKind::usage, fmt::format(fmt::runtime(korean ? "{}: {}부터 {}까지의 수여야 합니다. 받은 값: \"{}\""
                                                                    : "{} takes a number from {} to {}, got \"{}\""),
                                                name, low, high, one_line(text)));
    value = number;
    return true;
  }), say(about))->type_name("X")->multi_option_policy(CLI::MultiOptionPolicy::TakeLast));
}

Option Options::flag(const std::string& name, bool& value, Words about) { return Option(app_.add_flag(name, value, say(about))); }

Option Options::choice(const std::string& name, std::string& value, std::vector<std::string> choices, Words about) {
  const bool korean = korean_;
  const std::string type = fmt::format("{}", fmt::join(choices, "|"));
  return Option(app_.add_option(name, CLI::callback_t([&value, choices, type, name = shown(name), korean](const CLI::results_t& given) {
    const std::string text = given.empty() ? "" : unmarked(given.back());
    for (const std::string& one : choices)
      if (one == text) {
        value = text;
        return true;
      }
    throw Error(ErrorKind::usage, fmt::format(fmt::runtime(korean ? "{}: {} 가운데 하나여야 합니다. 받은 값: \"{}\"" : "{} takes one of {}, got \"{}\""),
                                              name, type, one_line(text)));
  }), say(about))->type_name(type)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast));
}

void Options::examples(std::string_view lines) { app_.footer(std::string(lines)); }

}  // namespace maru::cli

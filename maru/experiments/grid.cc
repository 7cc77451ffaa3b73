// The file's keys in the order in which a person thinks of them; every mistake is told with its line.
#include "maru/experiments/grid.h"

#include <algorithm>
#include <charconv>

#include "maru/base/error.h"
#include "maru/learn/yaml.h"

namespace maru::experiments {
namespace {

using learn::Yaml;

struct Reader {
  std::string file;

  std::string at(const Yaml& node) const { return fmt::format("{}:{}", file, node.line); }

  std::string text(const Yaml& node, std::string_view what) const {
    check(node.is_text(), "{}: {}: expected a text", at(node), what);
    return node.scalar;
  }

  // A scalar as what it looks like: true, 3, 0.5, else a text.
  Json value(const Yaml& node, std::string_view what) const {
    if (node.is_list()) {
      Json out = Json::array();
      for (const Yaml& one : node.items) out.push_back(value(one, what));
      return out;
    }
    if (node.is_map()) {
      Json out = Json::object();
      for (std::size_t i = 0; i < node.keys.size(); ++i) out[node.keys[i]] = value(node.items[i], what);
      return out;
    }
    if (node.kind == Yaml::Kind::nothing) return {};
    if (node.plain) {
      if (node.scalar == "true" || node.scalar == "false") return node.scalar == "true";
      const char *begin = node.scalar.data(), *end = begin + node.scalar.size();
      std::int64_t whole = 0;
      if (const auto [stop, code] = std::from_chars(begin, end, whole); code == std::errc{} && stop == end) return whole;
      double real = 0;
      if (const auto [stop, code] = std::from_chars(begin, end, real); code == std::errc{} && stop == end) return real;
    }
    return text(node, what);
  }

  std::uint64_t count(const Yaml& node, std::string_view what, std::uint64_t low, std::uint64_t high) const {
    const Json number = value(node, what);
    check(number.is_number_integer() && number >= low && number <= high, "{}: {}: expected a whole number from {} to {}", at(node), what, low, high);
    return number;
  }

  Prompt prompt(const std::string& name, const Yaml& node) const {
    Prompt out{.name = name, .messages = {}, .raw = {}};
    if (node.is_text()) {
      out.messages.push_back({.role = "user", .content = node.scalar, .thinking = {}});
      return out;
    }
    check(node.is_map() || node.is_list(), "{}: prompts.{}: expected a text, roles with texts, or a list of such", at(node), name);
    const std::vector<Yaml> one{node};
    for (const Yaml& turn : node.is_list() ? node.items : one) {
      check(turn.is_map(), "{}: prompts.{}: expected a role and its text, such as user: \"{{question}}\"", at(turn), name);
      for (std::size_t i = 0; i < turn.keys.size(); ++i) {
        const std::string& role = turn.keys[i];
        if (role == "raw") {
          out.raw = text(turn.items[i], "raw");
          continue;
        }
        check(role == "system" || role == "user" || role == "assistant", "{}: prompts.{}: there is no role {:?}; there are system, user, assistant, or raw",
              at(turn.items[i]), name, role);
        out.messages.push_back({.role = role, .content = text(turn.items[i], role), .thinking = {}});
      }
    }
    check(out.raw.empty() != out.messages.empty(), "{}: prompts.{}: either raw or roles", at(node), name);
    return out;
  }

  std::vector<Prompt> prompts(const Yaml& node) const {
    std::vector<Prompt> out;
    check(node.is_map() && !node.items.empty(), "{}: prompts: expected names and their prompts", at(node));
    for (std::size_t i = 0; i < node.keys.size(); ++i) out.push_back(prompt(node.keys[i], node.items[i]));
    return out;
  }

  std::vector<Parameters> parameters(const Yaml& node) const {
    std::vector<Parameters> out;
    check((node.is_map() || node.is_list()) && !node.items.empty(), "{}: parameters: expected names and their values, or a list of values", at(node));
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      check(node.items[i].is_map(), "{}: parameters: expected names such as temperature and their values", at(node.items[i]));
      Parameters one{.name = node.is_map() ? node.keys[i] : std::string(), .values = value(node.items[i], "parameters")};
      if (one.name.empty())
        for (const auto& [key, said] : one.values.items()) one.name += fmt::format("{}{} {}", one.name.empty() ? "" : ", ", key, dump(said));
      out.push_back(std::move(one));
    }
    return out;
  }

  Expected expected(const Yaml& node) const {
    if (!node.is_map()) return {.how = Expected::How::contains, .text = text(node, "answer")};
    check(node.keys.size() == 1, "{}: answer: expected a text, or one of contains, equals, regex, json", at(node));
    const std::string& how = node.keys[0];
    if (how == "json") return {.how = Expected::How::json, .text = dump(value(node.items[0], "json"))};
    const std::string said = text(node.items[0], how);
    if (how == "contains") return {.how = Expected::How::contains, .text = said};
    if (how == "equals") return {.how = Expected::How::equals, .text = said};
    check(how == "regex", "{}: answer: there is no {:?}; there are contains, equals, regex, json", at(node), how);
    return {.how = Expected::How::regex, .text = said};
  }

  std::vector<Question> questions(const Yaml& node) const {
    std::vector<Question> out;
    check(node.is_list() && !node.items.empty(), "{}: questions: expected a list", at(node));
    for (const Yaml& item : node.items) {
      Question one{.fields = {}, .line = item.line};
      if (item.is_text()) {
        one.fields["question"] = item.scalar;
      } else {
        check(item.is_map(), "{}: questions: expected a text, or fields such as question and answer", at(item));
        for (std::size_t i = 0; i < item.keys.size(); ++i) {
          if (item.keys[i] == "answer") one.expected = expected(item.items[i]);
          else one.fields[item.keys[i]] = text(item.items[i], item.keys[i]);
        }
      }
      out.push_back(std::move(one));
    }
    return out;
  }
};

void check_fields(const Grid& grid, const std::string& file) {
  for (const Question& question : grid.questions) {
    std::map<std::string, std::string> fields = question.fields;
    if (!grid.collection.empty()) fields["context"] = "";
    for (const Prompt& prompt : grid.prompts) {
      try {
        (void)filled(prompt.raw, fields);
        for (const chat::Message& message : prompt.messages) (void)filled(message.content, fields);
      } catch (const Error& error) {
        throw Error(ErrorKind::invalid, phrase("{}:{}: prompts.{}: {}", file, question.line, prompt.name, error.said()));
      }
    }
  }
}

}  // namespace

Grid read_grid(const std::string& text, const std::string& file) {
  const Yaml root = learn::parse_yaml(text, file);
  check(root.is_map(), "{}:1: expected models, prompts and questions; `maru try --example` shows a whole file", file);
  const Reader reader{file};
  Grid grid;
  for (std::size_t i = 0; i < root.keys.size(); ++i) {
    const std::string& key = root.keys[i];
    const Yaml& node = root.items[i];
    if (key == "models") {
      if (node.is_text()) grid.models.push_back(node.scalar);
      for (const Yaml& one : node.items) grid.models.push_back(reader.text(one, "models"));
    } else if (key == "prompts") grid.prompts = reader.prompts(node);
    else if (key == "parameters") grid.parameters = reader.parameters(node);
    else if (key == "questions") grid.questions = reader.questions(node);
    else if (key == "collection") grid.collection = reader.text(node, "collection");
    else if (key == "passages") grid.passages = reader.count(node, "passages", 1, 100);
    else if (key == "seeds") {
      if (node.is_list())
        for (const Yaml& one : node.items) grid.seeds.push_back(reader.count(one, "seeds", 0, 9'000'000'000'000'000'000));
      else
        for (std::uint64_t seed = 0, end = reader.count(node, "seeds", 1, 10'000); seed < end; ++seed) grid.seeds.push_back(seed);
    } else {
      fail(ErrorKind::invalid, "{}: {:?} is no key of an experiment; there are models, prompts, parameters, questions, seeds, collection, passages", reader.at(node), key);
    }
  }
  check(!grid.models.empty(), "{}:1: models: expected the name of one at least", file);
  check(!grid.prompts.empty(), "{}:1: prompts: expected one at least", file);
  check(!grid.questions.empty(), "{}:1: questions: expected one at least", file);
  if (grid.parameters.empty()) grid.parameters.push_back({.name = "temperature 0", .values = {{"temperature", 0}}});
  if (grid.seeds.empty()) grid.seeds.push_back(0);
  check(grid.tries() <= kMostTries, "{}:1: {} tries; at most {}: fewer seeds, questions or parameters", file, grid.tries(), kMostTries);
  check_fields(grid, file);
  return grid;
}

}  // namespace maru::experiments

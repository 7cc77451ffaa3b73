// A command line becomes the inputs and arguments of a task; what it gives is shown or printed as JSON.
#include <CLI/CLI.hpp>

#include "cli/task_command.h"

#include <unistd.h>

#include <charconv>
#include <deque>
#include <map>
#include <memory>

#include "cli/commands/model_common.h"
#include "cli/korean.h"
#include "cli/task_view.h"
#include "cli/terminal.h"
#include "maru/base/unicode.h"
#include "maru/tasks/tasks.h"

namespace maru::cli {
namespace {

struct Given {
  std::string model;
  std::vector<std::string> words;                // of a task over texts
  std::map<std::string, std::string> fields;     // of a task over an object
  std::map<std::string, std::string> options;    // by the argument's name, as typed
  std::map<std::string, std::vector<std::string>> lists;
  std::map<std::string, bool> flags;
  bool stdin_json = false;
};

std::string upper(std::string_view name) {
  std::string out(name);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = char(c - 'a' + 'A');
  return out;
}

std::string option_name(std::string_view argument) {
  std::string out = "--";
  for (const char c : argument) out += c == '_' ? '-' : c;
  return out;
}

bool is_flag(const tasks::Argument& argument) { return argument.type == tasks::Type::boolean && !argument.otherwise.get<bool>(); }

// What was typed, as the type that the table wants where it is one; else as a text, which the task refuses with its reason.
Json typed(const tasks::Argument& argument, const std::string& text) {
  if (argument.nullable && (text == "all" || text == "none") && (argument.choices.empty() || text == "all")) return nullptr;
  if (argument.type == tasks::Type::boolean && (text == "true" || text == "false")) return text == "true";
  if (argument.type == tasks::Type::integer || argument.type == tasks::Type::number) {
    std::int64_t whole = 0;
    const char *begin = text.data(), *end = begin + text.size();
    if (const auto [stop, error] = std::from_chars(begin, end, whole); error == std::errc{} && stop == end) return whole;
    double number = 0;
    if (const auto [stop, error] = std::from_chars(begin, end, number); error == std::errc{} && stop == end) return number;
  }
  return text;
}

Json arguments_of(const tasks::Task& task, const Given& given, const Json& implied) {
  Json out = implied;
  for (const tasks::Argument& argument : task.arguments) {
    const std::string name(argument.name);
    if (const auto at = given.flags.find(name); at != given.flags.end() && at->second) out[name] = true;
    if (const auto at = given.lists.find(name); at != given.lists.end() && !at->second.empty()) out[name] = at->second;
    if (const auto at = given.options.find(name); at != given.options.end()) out[name] = typed(argument, at->second);
  }
  return out;
}

std::string text_of_stdin(Context& context) {
  std::string text = all_of_stdin(context);
  if (const auto bad = unicode::first_invalid(text)) fail(ErrorKind::invalid, "standard input is not UTF-8: byte {}", *bad);
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) lines.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// Words, or what standard input holds in their place: the whole of it is a text, and where a list is wanted each line is one.
Json inputs_of(Context& context, const tasks::Task& task, const Given& given) {
  const std::string name(task.name);
  if (given.stdin_json) {
    if (!given.words.empty() || !given.fields.empty()) fail(ErrorKind::usage, "give either words or --stdin-json; see maru {} --help", name);
    return parse_json(all_of_stdin(context), "standard input");
  }
  const bool piped = !is_terminal(STDIN_FILENO);
  const auto missing = [&](std::string_view what) { fail(ErrorKind::usage, "{} is missing; see maru {} --help", what, name); };
  if (task.shape.fields.empty()) {
    if (given.words.empty() && !piped) missing("INPUT");
    if (given.words.empty()) return text_of_stdin(context);
    return given.words.size() == 1 ? Json(given.words.front()) : Json(given.words);
  }
  Json out = Json::object();
  for (std::size_t i = 0; i < task.shape.fields.size(); ++i) {
    const std::string field(task.shape.fields[i]);
    const bool last = i + 1 == task.shape.fields.size(), list = last && task.shape.last_repeats;
    const auto at = given.fields.find(field);
    if (list && !given.words.empty()) out[field] = given.words;
    else if (!list && at != given.fields.end()) out[field] = at->second;
    else if (!last || !piped) missing(upper(field));
    else if (list) out[field] = lines_of(text_of_stdin(context));
    else out[field] = text_of_stdin(context);
  }
  return out;
}

Json envelope(const Context& context, const tasks::Task& task, const std::string& model, const tasks::Outcome& outcome) {
  Json out = {{"task", task.name}, {"model", model}};
  if (!task.hub_model.empty()) out["reference_model"] = task.hub_model;
  if (!outcome.method.empty()) out["method"] = outcome.method;
  out["output"] = outcome.output;
  if (!outcome.truncated.empty()) out["truncated"] = outcome.truncated;
  if (!outcome.notes.empty()) {
    out["notes"] = Json::array();
    for (const Phrase& note : outcome.notes) out["notes"].push_back(context.say(note));
  }
  return out;
}

void note_all(Context& context, const tasks::Task& task, const std::string& model, const tasks::Outcome& outcome, bool own_model) {
  std::string line = fmt::format("{}: {}", context.say("model", "모델"), model);
  if (!outcome.method.empty()) line += fmt::format(" ({})", outcome.method);
  if (!own_model && !task.hub_model.empty())
    line += fmt::format(fmt::runtime(context.say("; the reference library would use {} from the hub", ". 참조 라이브러리는 허브의 {}을 씁니다")), task.hub_model);
  context.note(line);
  for (const Phrase& note : outcome.notes) context.note(context.say(note));
  for (std::size_t i = 0; i < outcome.truncated.size(); ++i)
    if (outcome.truncated[i])
      context.note(fmt::format(fmt::runtime(context.say("text {}: {} tokens were cut off", "글 {}: 토큰 {}개를 잘라 냈습니다")), i + 1, outcome.truncated[i]));
}

int run(Context& context, const tasks::Task& task, const Given& given, const Json& implied) {
  const bool own_model = !given.model.empty();
  const std::string model = own_model ? given.model : std::string(task.local_model);
  if (model.empty())
    fail(ErrorKind::usage, "{} needs --model: no model for it can be had without a network yet. The reference library would use {} from the hub; "
                           "give a folder that holds such a model", task.name, task.hub_model.empty() ? "-" : task.hub_model);
  const Json arguments = arguments_of(task, given, implied);
  (void)tasks::Arguments(task.name, task.arguments, arguments);  // what is wrong with them is said before a model is opened
  const Json inputs = inputs_of(context, task, given);
  const auto opened = std::make_shared<const engine::Pretrained>(model_path(context, model));
  const tasks::Outcome outcome = tasks::run(task, opened, inputs, arguments, &context.cancel, context.progress());
  if (context.json) {
    context.print_json(envelope(context, task, model, outcome));
    return 0;
  }
  show_output(context, inputs, outcome.output);
  note_all(context, task, model, outcome, own_model);
  return 0;
}

std::string about_of(const tasks::Argument& argument, bool korean) {
  std::string about = korean ? in_korean(argument.about) : argument.about.text;
  if (!argument.choices.empty()) {
    about += " (";
    for (std::size_t i = 0; i < argument.choices.size(); ++i) about += (i ? ", " : "") + std::string(argument.choices[i]);
    about += ")";
  }
  if (argument.otherwise.is_null() || is_flag(argument) || argument.otherwise == "") return about;
  const std::string value = argument.otherwise.is_string() ? argument.otherwise.get<std::string>() : dump(argument.otherwise);
  return about + (korean ? " (기본: " : " (default: ") + value + ")";
}

void declare_arguments(Options& options, const tasks::Task& task, const std::shared_ptr<Given>& given, bool korean) {
  static std::deque<std::string> kept;  // descriptions live as long as the program: Words hold views
  for (const tasks::Argument& argument : task.arguments) {
    const std::string name(argument.name), option = option_name(argument.name);
    const std::string& about = kept.emplace_back(about_of(argument, korean));
    const Words words{about, about};
    if (is_flag(argument)) options.flag(option, given->flags[name], words);
    else if (argument.type == tasks::Type::texts) options.texts(option, given->lists[name], words);
    else {
      Option added = options.text(option, given->options[name], words);
      if (argument.type == tasks::Type::integer) added->type_name("N");
      if (argument.type == tasks::Type::number) added->type_name("X");
      if (argument.type == tasks::Type::boolean) added->type_name("true|false");
    }
  }
}

std::function<int(Context&)> declare(const tasks::Task& task, const Json& implied, CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  for (std::size_t i = 0; i < task.shape.fields.size(); ++i) {
    const bool list = i + 1 == task.shape.fields.size() && task.shape.last_repeats;
    const std::string field(task.shape.fields[i]);
    if (!list) options.text(upper(field), given->fields[field], {"A text; the last may come from standard input", "글. 마지막 것은 표준 입력으로 줄 수 있습니다"});
    else options.texts(upper(field), given->words, {"Texts; otherwise the lines of standard input", "글들. 없으면 표준 입력의 줄마다 하나"});
  }
  if (task.shape.fields.empty())
    options.texts("INPUT", given->words, {"Texts, one result each; otherwise all of standard input is one", "글마다 결과 하나. 없으면 표준 입력 전체가 글 하나"});
  static std::deque<std::string> kept;
  const std::string& local = kept.emplace_back(task.local_model.empty() ? "" : fmt::format(" (default: {})", task.local_model));
  const std::string& english = kept.emplace_back(std::string(kModelWords.english) + local);
  const std::string& in_ko = kept.emplace_back(std::string(kModelWords.korean) + (local.empty() ? "" : fmt::format(" (기본: {})", task.local_model)));
  options.text("--model", given->model, {english, in_ko});
  declare_arguments(options, task, given, korean);
  options.flag("--stdin-json", given->stdin_json, {"Read the inputs as one JSON value from standard input, as the reference takes them",
                                                   "표준 입력에서 입력을 JSON 값 하나로 읽습니다(참조 라이브러리와 같은 꼴)"});
  return [given, &task, implied, &app](Context& context) {
    // An option that was not written is no value.
    for (const tasks::Argument& argument : task.arguments)
      if (const std::string name(argument.name); given->options.contains(name) && app.get_option(option_name(name))->count() == 0) given->options.erase(name);
    for (const std::string_view field : task.shape.fields)
      if (const std::string name(field); given->fields.contains(name) && app.get_option(upper(name))->count() == 0) given->fields.erase(name);
    return run(context, task, *given, implied);
  };
}

Command command_of(const tasks::Task& task, std::string_view name, const Json& implied = Json::object()) {
  static std::deque<std::string> kept;
  const std::string& korean = kept.emplace_back(in_korean(task.about));
  return {.name = name, .group = "tasks", .about = task.about.text, .about_ko = korean,
          .declare = [&task, implied](CLI::App& app, bool in_ko) { return declare(task, implied, app, in_ko); }};
}

}  // namespace

std::vector<Command> task_commands() {
  std::vector<Command> out;
  for (const tasks::Task& task : tasks::all()) {
    out.push_back(command_of(task, task.name));
    for (const std::string_view alias : task.aliases) out.push_back(command_of(task, alias));
  }
  return out;
}

std::optional<Command> task_command(std::string_view name) {
  static std::deque<std::string> kept;
  const std::optional<tasks::Found> found = tasks::find(name);
  if (!found) return std::nullopt;
  return command_of(*found->task, kept.emplace_back(name), found->arguments);
}

}  // namespace maru::cli

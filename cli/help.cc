// The help pages, and what is said about a command line that cannot be read.
#include <CLI/CLI.hpp>

#include "cli/help.h"

#include <algorithm>

#include "cli/options.h"
#include "cli/terminal.h"
#include "maru/base/unicode.h"

namespace maru::cli {
namespace {

struct Group {
  std::string_view name, korean;
};
constexpr Group kGroups[] = {{"ask", "묻기"}, {"tasks", "과제"}, {"models", "모델"}, {"serve", "서버"}, {"look inside", "들여다보기"}, {"learn", "배우기"}, {"the program", "프로그램"}};
constexpr std::string_view kGlobal = "Common options";

struct Row {
  std::string name, about;
};

std::string rows_text(const std::vector<Row>& rows, std::size_t width, bool color, int columns) {
  std::string out;
  for (const Row& row : rows) {
    const bool own_line = unicode::width(row.name) > width;
    std::string about = wrapped(row.about, std::size_t(columns), width + 4);
    if (!own_line) about.erase(0, width + 4);
    out += "  " + styled(padded(row.name, width), Style::bold, color) + (own_line ? "\n" : "  ") + about + "\n";
  }
  return out;
}

std::size_t name_width(const std::vector<Row>& rows) {
  std::size_t width = 8;
  for (const Row& row : rows) width = std::max(width, std::min<std::size_t>(unicode::width(row.name), 26));
  return width;
}

std::string label(const CLI::Option& option) {
  std::string out;
  for (const std::string& name : option.get_snames()) out += (out.empty() ? "-" : ", -") + name;
  for (const std::string& name : option.get_lnames()) out += (out.empty() ? "--" : ", --") + name;
  if (option.get_items_expected_max() > 0 && !option.get_type_name().empty()) out += " " + option.get_type_name();
  return out;
}

std::string argument(const CLI::Option& option) {
  const std::string name = option.get_name(true) + (option.get_items_expected_max() > 1 ? "…" : "");
  return option.get_required() ? name : "[" + name + "]";
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

bool knows(const CLI::App& app, const std::string& name) {
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional() && name.starts_with("--") && option->check_name(name)) return true;
    for (const std::string& letter : option->get_snames())
      if (!name.starts_with("--") && name.starts_with("-" + letter)) return true;
  }
  return false;
}

std::string see_help(const CLI::App& app, bool korean) {
  return fmt::format(fmt::runtime(korean ? ". 사용법: {} --help" : "; see {} --help"), app.get_name());
}

}  // namespace

void add_global_options(CLI::App& app, GlobalOptions& given, bool korean) {
  Options options(app, korean);
  app.set_help_flag("-h,--help", options.say({"Show this help", "이 도움말을 보여 줍니다"}));
  const std::string group(kGlobal);
  options.flag("--json", given.json, {"One JSON value on standard output, errors too", "결과와 오류를 JSON 값 하나로 냅니다"})->group(group);
  options.flag("-v,--verbose", given.verbose, {"Say more: budgets, timings, speed", "더 자세히: 토큰 예산, 시간, 속도"})->group(group);
  options.choice("--lang", given.language, {"ko", "en"}, {"Language of messages (default: from the locale)",
                                                          "메시지 언어 (기본: 로캘에 따름)"})->group(group);
  options.flag("--no-color", given.no_color, {"Never colour the output", "색을 쓰지 않습니다"})->group(group);
  options.flag("--offline", given.offline, {"Open no connection: use what is here (also MARU_OFFLINE=1)",
                                            "네트워크에 연결하지 않고 있는 것만 씁니다 (MARU_OFFLINE=1과 같음)"})->group(group);
  app.get_help_ptr()->group(group);
}

std::string help(bool korean, bool color, int columns) {
  std::string out = styled("maru", Style::bold, color);
  out += korean ? " — 내 컴퓨터의 모델로 내 문서에 묻고, 확인할 수 있는 출처와 함께 답을 받습니다.\n\n"
      : " — ask your documents, with local models and sources that can be checked.\n\n";
  const std::string usage = korean ? "maru 명령 [인자와 옵션…]" : "maru COMMAND [arguments and options…]";
  out += "  " + usage + "\n";
  std::size_t width = 8;
  for (const Command& command : commands()) width = std::max(width, unicode::width(command.name));
  for (const Group& group : kGroups) {
    std::vector<Row> rows;
    for (const Command& command : commands())
      if (command.group == group.name) rows.push_back({std::string(command.name), std::string(korean ? command.about_ko : command.about)});
    if (rows.empty()) continue;
    std::string title(korean ? group.korean : group.name);
    if (!korean) title[0] = char(title[0] - 'a' + 'A');
    out += "\n" + styled(title, Style::dim, color) + "\n" + rows_text(rows, width, color, columns);
  }
  out += "\n" + styled(korean ? "처음이라면" : "To begin", Style::dim, color) + "\n";
  out += korean ? "  maru ask ~/문서 \"이 계약은 언제 끝나?\"\n  maru run smollm2\n\n"
      : "  maru ask ~/papers \"What was the main result?\"\n  maru run smollm2\n\n";
  out += korean ? "명령마다 --help, --json, --verbose, --lang ko|en, --no-color, --offline 을 쓸 수 있습니다."
      : "Every command takes --help, --json, --verbose, --lang ko|en, --no-color and --offline.";
  return out;
}

std::string command_help(const Command& command, const CLI::App& app, bool korean, bool color, int columns) {
  std::vector<Row> arguments, own, common;
  std::string usage = app.get_name();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      usage += " " + argument(*option);
      arguments.push_back({option->get_name(true), option->get_description()});
    } else {
      (option->get_group() == kGlobal ? common : own).push_back({label(*option), option->get_description()});
    }
  }
  if (!own.empty()) usage += korean ? " [옵션]" : " [options]";
  std::vector<Row> all = arguments;
  all.insert(all.end(), own.begin(), own.end());
  all.insert(all.end(), common.begin(), common.end());
  const std::size_t width = name_width(all);
  std::string out = styled(usage, Style::bold, color) + "\n\n" +
      wrapped(korean ? command.about_ko : command.about, std::size_t(columns), 2) + "\n";
  const auto section = [&](std::string_view english, std::string_view korean_title, const std::vector<Row>& rows) {
    if (rows.empty()) return;
    out += "\n" + styled(korean ? korean_title : english, Style::dim, color) + "\n" + rows_text(rows, width, color, columns);
  };
  section("Arguments", "인자", arguments);
  section("Options", "옵션", own);
  section("Common", "공통", common);
  if (!app.get_footer().empty()) {
    out += "\n" + styled(korean ? "예" : "Examples", Style::dim, color) + "\n";
    out += wrapped(app.get_footer(), 1000, 2) + "\n";
  }
  out.pop_back();
  return out;
}

std::string_view nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates)
    if (const std::size_t d = distance(word, candidate); d < least) least = d, best = candidate;
  return best;
}

std::string parse_message(const CLI::ParseError& error, const std::vector<std::string>& arguments, const CLI::App& app, bool korean) {
  const std::string tail = see_help(app, korean);
  const auto code = CLI::ExitCodes(error.get_exit_code());  // the error's name is the program's name where arguments are left over
  if (code == CLI::ExitCodes::ExtrasError) {
    const std::vector<std::string> names = option_names(app);
    for (const std::string& given : arguments) {
      if (given == "--") break;
      const std::string name = given.substr(0, given.find('='));
      if (!name.starts_with('-') || name == "-" || knows(app, name)) continue;
      const std::string_view near = name.starts_with("--") ? nearest(name, names) : std::string_view{};
      if (near.empty()) return fmt::format(fmt::runtime(korean ? "모르는 옵션입니다: {}{}" : "unknown option {}{}"), one_line(name), tail);
      return fmt::format(fmt::runtime(korean ? "모르는 옵션 {}. 혹시 {}인가요? 사용법: {} --help" : "unknown option {}; did you mean {}? See {} --help"),
                         one_line(name), near, app.get_name());
    }
    std::string extra;
    for (const std::string& one : app.remaining(true)) extra += (extra.empty() ? "\"" : ", \"") + one_line(unmarked(one)) + "\"";
    return fmt::format(fmt::runtime(korean ? "쓰이지 않는 인자가 있습니다: {} (띄어 쓴 글은 따옴표로 묶으세요){}"
                                    : "more arguments than it takes: {} (quote a text that has spaces){}"), extra, tail);
  }
  if (code == CLI::ExitCodes::RequiredError) {
    for (const CLI::Option* option : app.get_options())
      if (option->get_required() && option->count() == 0)
        return fmt::format(fmt::runtime(korean ? "{} 인자가 빠졌습니다{}" : "{} is missing{}"), option->get_name(true), tail);
  }
  // "--k: 1 required N missing"
  const std::string what = one_line(error.what());
  if (code == CLI::ExitCodes::ArgumentMismatch)
    return fmt::format(fmt::runtime(korean ? "{} 옵션에 값이 빠졌습니다{}" : "{} needs a value{}"), what.substr(0, what.find(':')), tail);
  for (const std::string& given : arguments) {
    const std::size_t equals = given.find('=');
    if (code == CLI::ExitCodes::ConversionError && given.starts_with("--") && equals != std::string::npos &&
        what.contains(given.substr(0, equals)))
      return fmt::format(fmt::runtime(korean ? "{} 옵션은 값을 받지 않습니다{}" : "{} takes no value{}"), one_line(given.substr(0, equals)), tail);
  }
  return what + tail;
}

}  // namespace maru::cli

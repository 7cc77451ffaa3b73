// maru completions: a script with which a shell completes commands, options, models and collections.
#include <map>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/help.h"
#include "cli/options.h"

namespace maru::cli {
namespace {

// The options of every command, as the parser itself knows them.
std::map<std::string, std::string> options_of_commands() {
  std::map<std::string, std::string> out;
  for (const Command& command : commands()) {
    CLI::App app;
    GlobalOptions global;
    const auto action = command.declare(app, false);
    add_global_options(app, global, false);
    std::string& names = out[std::string(command.name)];
    for (const CLI::Option* option : app.get_options())
      for (const std::string& name : option->get_lnames()) names += (names.empty() ? "--" : " --") + name;
  }
  return out;
}

std::string command_names() {
  std::string out;
  for (const Command& command : commands()) out += (out.empty() ? "" : " ") + std::string(command.name);
  return out;
}

std::string bash_script() {
  std::string cases;
  for (const auto& [name, options] : options_of_commands()) cases += fmt::format("    {}) options=\"{}\" ;;\n", name, options);
  return fmt::format(R"sh(_maru() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" command="" options="" place=0 i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "${{COMP_WORDS[i]}}" in
      -*) ;;
      *) if [ -z "$command" ]; then command="${{COMP_WORDS[i]}}"; else place=$((place + 1)); fi ;;
    esac
  done
  local home="${{MARU_HOME:-$HOME/.maru}}" names=""
  case "$command" in
    "") COMPREPLY=($(compgen -W "{commands} help" -- "$word")); return ;;
{cases}  esac
  if [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$word")); return; fi
  if [ "$place" = 0 ]; then
    case "$command" in
      run|embed|tokenize|show|rm|verify|pull) names="$(cd "$home/models" 2>/dev/null && ls *.json 2>/dev/null | sed 's/\.json$//') smollm2 all-minilm" ;;
      index|search|ask) names="$(cd "$home/collections" 2>/dev/null && ls *.db 2>/dev/null | sed 's/\.db$//')" ;;
      bench) names="retrieval" ;;
      completions) names="bash zsh fish" ;;
      help) names="{commands}" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$names" -- "$word") $(compgen -f -- "$word"))
}}
complete -o filenames -F _maru maru)sh", fmt::arg("commands", command_names()), fmt::arg("cases", cases));
}

std::string zsh_script() { return "autoload -U +X bashcompinit && bashcompinit\n" + bash_script(); }

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) c == '\'' ? out += "\\'" : out += c;
  return out + "'";
}

std::string fish_script() {
  std::string out = "complete -c maru -f\n";
  for (const Command& command : commands())
    out += fmt::format("complete -c maru -n __fish_use_subcommand -a {} -d {}\n", command.name, shell_quoted(command.about));
  for (const Command& command : commands()) {
    CLI::App app;
    GlobalOptions global;
    const auto action = command.declare(app, false);
    add_global_options(app, global, false);
    for (const CLI::Option* option : app.get_options())
      for (const std::string& name : option->get_lnames())
        out += fmt::format("complete -c maru -n '__fish_seen_subcommand_from {}' -l {}{} -d {}\n", command.name, name,
                           option->get_items_expected_max() > 0 ? " -r" : "", shell_quoted(option->get_description()));
  }
  out += "complete -c maru -n '__fish_seen_subcommand_from index ask text run embed tokenize show bench' -F";
  return out;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto shell = std::make_shared<std::string>();
  Options options(app, korean);
  options.choice("SHELL", *shell, {"bash", "zsh", "fish"}, {"bash, zsh or fish", "bash, zsh 또는 fish"})->required();
  options.examples("maru completions bash > ~/.local/share/bash-completion/completions/maru");
  return [shell](Context& context) {
    const std::string script = *shell == "fish" ? fish_script() : *shell == "zsh" ? zsh_script() : bash_script();
    if (context.json) context.print_json({{"shell", *shell}, {"script", script}});
    else context.print(script);
    return 0;
  };
}

}  // namespace

Command completions_entry() {
  return {.name = "completions", .group = "the program", .about = "A completion script for bash, zsh or fish",
          .about_ko = "bash, zsh, fish의 자동 완성 스크립트를 냅니다", .declare = declare};
}

}  // namespace maru::cli

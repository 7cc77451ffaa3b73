// maru run: one answer to a prompt, or a chat in the terminal.
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "cli/commands/model_common.h"
#include "cli/editor.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/base/unicode.h"
#include "maru/engine/generator.h"

namespace maru::cli {
namespace {

struct Given {
  std::string model;
  std::vector<std::string> prompt, stop;
  std::string system;
  double temperature = 0.7, top_p = 0.95, min_p = 0, repeat_penalty = 1;
  std::int64_t seed = 0, max_tokens = 512, top_k = 40;
  bool raw = false, max_tokens_given = false;
};

engine::Sampling sampling(const Given& given) {
  engine::Sampling out;
  out.temperature = float(given.temperature);
  out.top_k = int(given.top_k);
  out.top_p = float(given.top_p);
  out.min_p = float(given.min_p);
  out.repeat_penalty = float(given.repeat_penalty);
  out.seed = std::uint64_t(given.seed);
  out.max_tokens = given.max_tokens;
  out.stop = given.stop;
  return out;
}

std::string_view finish_name(engine::Finish finish) {
  switch (finish) {
    case engine::Finish::stop: return "stop";
    case engine::Finish::length: return "length";
    case engine::Finish::stop_string: return "stop_string";
    case engine::Finish::cancelled: return "cancelled";
    case engine::Finish::error: return "error";
  }
  return "stop";
}

double rate(std::size_t tokens, std::chrono::nanoseconds span) {
  const double seconds = std::chrono::duration<double>(span).count();
  return seconds > 0 ? double(tokens) / seconds : 0;
}

void note_speed(const Context& context, const engine::Generation& result) {
  context.note(fmt::format(fmt::runtime(context.say("prompt {} tokens in {} ({:.0f}/s) · answer {} tokens in {} ({:.1f}/s)",
                                                    "프롬프트 토큰 {}개 {} ({:.0f}/초) · 답 토큰 {}개 {} ({:.1f}/초)")),
                           result.prompt_tokens, duration_text(result.prefill), rate(result.prompt_tokens, result.prefill),
                               result.ids.size(),
                           duration_text(result.decode), rate(result.ids.size(), result.decode)));
}

// Room for the answer is what the prompt leaves, where the person did not ask for a number of tokens.
engine::Sampling fitted_sampling(const Context& context, const Given& given, std::size_t prompt_tokens, std::size_t context_tokens) {
  engine::Sampling out = sampling(given);
  if (given.max_tokens_given || prompt_tokens + std::size_t(out.max_tokens) <= context_tokens || prompt_tokens >= context_tokens)
    return out;
  out.max_tokens = std::int64_t(context_tokens - prompt_tokens);
  context.note(fmt::format(fmt::runtime(context.say("the prompt leaves room for {} tokens of answer", "프롬프트를 빼고 답에 쓸 토큰이 {}개 남았습니다")),
                           out.max_tokens));
  return out;
}

engine::OnText streamed(const Context& context, bool quiet) {
  const bool terminal = is_terminal(STDOUT_FILENO);
  return [&context, quiet, terminal](std::string_view text) {
    if (!quiet) context.write(terminal ? visible(text) : std::string(text));
    return true;
  };
}

// Peers drop such bytes in silence.
void note_dropped(const Context& context, const engine::Generator& generator, std::string_view text) {
  if (const std::size_t bytes = generator.tokenizer().encode(text).dropped_bytes)
    context.note(context.korean ? fmt::format("어휘에 토큰이 없는 바이트 {}개가 프롬프트에서 빠졌습니다", count_text(bytes))
                                : fmt::format("{} dropped from the prompt: the vocabulary has no token for them", counted(bytes, "byte")));
}

int answer_once(Context& context, const Given& given, const std::string& prompt) {
  const engine::Generator generator(model_path(context, given.model));
  note_dropped(context, generator, prompt);
  std::vector<std::int32_t> ids;
  if (given.raw) {
    ids = generator.tokenizer().encode(prompt, {.add_special = true}).ids;
  } else {
    std::vector<text::Turn> turns;
    if (!given.system.empty()) turns.push_back({"system", given.system});
    turns.push_back({"user", prompt});
    ids = generator.prompt(turns);
  }
  const engine::Sampling choice = fitted_sampling(context, given, ids.size(), generator.context());
  const engine::Generation result = generator(ids, choice, streamed(context, context.json), &context.cancel);
  if (context.json) {
    context.print_json({{"model", given.model}, {"text", result.text}, {"finish", finish_name(result.finish)},
                        {"prompt_tokens", result.prompt_tokens},
                        {"tokens", result.ids.size()}, {"ids", result.ids},
                        {"timings", {{"prefill_ms", double(result.prefill.count()) / 1e6},
                                     {"decode_ms", double(result.decode.count()) / 1e6},
                                     {"prefill_per_second", rate(result.prompt_tokens, result.prefill)},
                                     {"decode_per_second", rate(result.ids.size(), result.decode)}}}});
  } else if (!result.text.ends_with('\n')) {
    context.write("\n");
  }
  if (context.verbose) note_speed(context, result);
  if (result.finish == engine::Finish::length && !context.json)
    context.note(context.say("(cut at the token limit; --max-tokens raises it)", "(토큰 한도에서 끊김. --max-tokens로 늘릴 수 있습니다)"));
  return result.finish == engine::Finish::cancelled ? 130 : 0;
}

// A conversation: its turns, and the commands that begin with a slash.
class Chat {
 public:
  Chat(Context& context, Given given) : context_(context), given_(std::move(given)), generator_(model_path(context, given_.model)) {}

  int talk() {
    Editor editor(home() / "history", context_.cancel);
    context_.note(fmt::format(fmt::runtime(context_.say("{} — /help for help, Ctrl-D or /exit to leave",
                                                        "{} — /help 도움말, Ctrl-D 또는 /exit 끝내기")), generator_.name()));
    bool leaving = false;
    while (true) {
      const Editor::Answer typed = editor.read("> ", "… ");
      if (typed.kind == Editor::Answer::Kind::end || (typed.kind == Editor::Answer::Kind::interrupted && leaving)) break;
      leaving = typed.kind == Editor::Answer::Kind::interrupted;
      if (leaving) {
        context_.note(context_.say("Ctrl-C again leaves", "Ctrl-C를 한 번 더 누르면 끝납니다"));
        continue;
      }
      if (typed.text.find_first_not_of(" \t\n") == std::string::npos) continue;
      if (typed.text == "/exit" || typed.text == "/bye" || typed.text == "/quit") break;
      try {
        if (typed.text.starts_with('/')) command(typed.text);
        else answer(typed.text);
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::io) throw;
        context_.note(context_.say(error.said()));
      }
      context_.cancel.clear();
    }
    editor.save();
    return 0;
  }

 private:
  std::vector<text::Turn> turns_with_system() const {
    std::vector<text::Turn> all;
    if (!given_.system.empty()) all.push_back({"system", given_.system});
    all.insert(all.end(), turns_.begin(), turns_.end());
    return all;
  }

  // The oldest question and its answer go first when the conversation outgrows the model's context; the person is told.
  std::vector<std::int32_t> fitting_prompt() {
    std::size_t dropped = 0;
    std::vector<std::int32_t> ids = generator_.prompt(turns_with_system());
    const std::size_t room = std::size_t(std::min<std::int64_t>(given_.max_tokens, std::int64_t(generator_.context() / 4)));
    while (ids.size() + room > generator_.context() && turns_.size() > 2) {
      turns_.erase(turns_.begin(), turns_.begin() + 2);
      dropped += 2;
      ids = generator_.prompt(turns_with_system());
    }
    if (dropped)
      context_.note(fmt::format(fmt::runtime(context_.say("the oldest {} messages no longer fit the model's {} tokens and were left out",
                                                          "오래된 메시지 {}개가 모델의 토큰 {}개에 들어가지 않아 뺐습니다")), dropped, generator_.context()));
    return ids;
  }

  void answer(const std::string& text) {
    note_dropped(context_, generator_, text);
    turns_.push_back({"user", text});
    try {
      const std::vector<std::int32_t> ids = given_.raw ? generator_.tokenizer().encode(text, {.add_special = true}).ids : fitting_prompt();
      const engine::Sampling choice = fitted_sampling(context_, given_, ids.size(), generator_.context());
      const engine::Generation result = generator_(ids, choice, streamed(context_, false), &context_.cancel);
      context_.write(result.text.ends_with('\n') ? "\n" : "\n\n");
      if (result.finish == engine::Finish::cancelled) context_.note(context_.say("(stopped)", "(멈춤)"));
      if (result.finish == engine::Finish::length)
        context_.note(context_.say("(cut at the token limit; /set max-tokens N)", "(토큰 한도에서 끊김. /set max-tokens N)"));
      if (context_.verbose) note_speed(context_, result);
      turns_.push_back({"assistant", result.text});
    } catch (...) {
      turns_.pop_back();
      throw;
    }
  }

  void command(const std::string& line) {
    const std::size_t space = line.find(' ');
    const std::string name = line.substr(0, space);
    const std::size_t begin = space == std::string::npos ? space : line.find_first_not_of(' ', space);
    std::string rest = begin == std::string::npos ? "" : line.substr(begin);
    if (name == "/help" || name == "/?") return help();
    if (name == "/clear") {
      turns_.clear();
      return context_.note(context_.say("forgotten", "대화를 지웠습니다"));
    }
    if (name == "/system") {
      given_.system = std::move(rest);
      return context_.note(given_.system.empty() ? context_.say("no system message", "시스템 메시지 없음") : context_.say("set", "정했습니다"));
    }
    if (name == "/set") return set(rest);
    context_.note(fmt::format(fmt::runtime(context_.say("there is no {}; /help lists what there is", "{} 명령은 없습니다. /help를 보세요")), name));
  }

  void help() const {
    context_.note(context_.say("/help                 this help\n"
                               "/clear                forget the conversation\n"
                               "/system TEXT          how the model should behave (empty: nothing)\n"
                               "/set NAME VALUE       temp, top-k, top-p, min-p, repeat-penalty, seed, max-tokens\n"
                               "/exit                 leave (also /bye, Ctrl-D)\n"
                               "\"\"\"                   begins and ends a message of several lines; so does \\ at the end of a line\n"
                               "Ctrl-C                stops the answer; twice at the prompt leaves",
                               "/help                 이 도움말\n"
                               "/clear                대화를 잊습니다\n"
                               "/system 글            모델의 태도를 정합니다 (비우면 없음)\n"
                               "/set 이름 값          temp, top-k, top-p, min-p, repeat-penalty, seed, max-tokens\n"
                               "/exit                 끝내기 (/bye, Ctrl-D도)\n"
                               "\"\"\"                   여러 줄 메시지의 처음과 끝. 줄 끝의 \\ 도 이어집니다\n"
                               "Ctrl-C                답을 멈춥니다. 입력할 때 두 번 누르면 끝납니다"));
  }

  void set(const std::string& text) {
    const std::size_t space = text.find(' ');
    const std::string name = text.substr(0, space), value = space == std::string::npos ? "" : text.substr(space + 1);
    double number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool parsed = error == std::errc{} && end == value.data() + value.size();
    const bool whole = parsed && number >= 0 && number < 2e9 && number == double(std::int64_t(number));
    const auto real = [&](double& slot, double low, double high) {
      return parsed && number >= low && number <= high && (slot = number, true);
    };
    const auto integer = [&](std::int64_t& slot, double low) { return whole && number >= low && (slot = std::int64_t(number), true); };
    bool done = false;
    if (name == "temp") done = real(given_.temperature, 0, 10);
    else if (name == "top-p") done = real(given_.top_p, 0, 1);
    else if (name == "min-p") done = real(given_.min_p, 0, 1);
    else if (name == "repeat-penalty") done = real(given_.repeat_penalty, 0.1, 10);
    else if (name == "top-k") done = integer(given_.top_k, 0);
    else if (name == "seed") done = integer(given_.seed, 0);
    else if (name == "max-tokens") done = given_.max_tokens_given = integer(given_.max_tokens, 1);
    if (done) return context_.note(fmt::format("{} = {}", name, value));
    const std::string_view words = context_.say(
        "/set takes temp, top-k, top-p, min-p, repeat-penalty, seed or max-tokens and a number in range, got \"{}\"",
        "/set은 temp, top-k, top-p, min-p, repeat-penalty, seed, max-tokens 가운데 하나와 알맞은 수를 받습니다. 받은 것: \"{}\"");
    context_.note(fmt::format(fmt::runtime(words), text));
  }

  Context& context_;
  Given given_;
  engine::Generator generator_;
  std::vector<text::Turn> turns_;
};

int run(Context& context, const Given& given) {
  for (const std::string& stop : given.stop)
    if (stop.empty()) fail(ErrorKind::usage, "--stop: an empty text would end every answer at once");
  std::string prompt;
  for (const std::string& word : given.prompt) prompt += (prompt.empty() ? "" : " ") + word;
  const bool piped = !is_terminal(STDIN_FILENO);
  if (given.prompt.empty() && piped) {
    prompt = all_of_stdin(context);
    if (const auto bad = unicode::first_invalid(prompt)) fail(ErrorKind::invalid, "standard input is not UTF-8: byte {}", *bad);
    if (prompt.ends_with('\n') && !given.raw) prompt.pop_back();
    if (prompt.empty()) fail(ErrorKind::usage, "standard input is empty; give a prompt: maru run MODEL \"…\"");
  } else if (given.prompt.empty()) {
    if (context.json) fail(ErrorKind::usage, "--json needs a prompt: maru run MODEL \"…\" --json");
    return Chat(context, given).talk();
  }
  if (prompt.find_first_not_of(" \t\n") == std::string::npos && !(given.raw && !prompt.empty()))
    fail(ErrorKind::usage, "PROMPT is empty; give a text, or none at all for a chat in the terminal");
  return answer_once(context, given, prompt);
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.text("MODEL", given->model, kModelWords)->required();
  options.texts("PROMPT", given->prompt, {"What to answer; without it standard input, or a chat in the terminal",
                                          "답할 말. 없으면 표준 입력, 터미널에서는 대화"});
  options.number("--temp", given->temperature, 0, 10, {"Temperature; 0 always takes the likeliest token (0.7)",
                                                       "온도. 0이면 늘 가장 그럴듯한 토큰 (0.7)"});
  options.integer("--seed", given->seed, {0, std::numeric_limits<std::int64_t>::max()},
                  {"The same seed gives the same answer (0)", "같은 씨앗은 같은 답 (0)"});
  Option max_tokens = options.integer("--max-tokens", given->max_tokens, {1, 1'000'000}, {"Longest answer (512)", "답의 최대 길이 (512)"});
  options.integer("--top-k", given->top_k, {0, 1'000'000}, {"Choose among the k likeliest; 0: all (40)", "가장 그럴듯한 k개에서 고릅니다. 0: 전부 (40)"});
  options.number("--top-p", given->top_p, 0, 1, {"Choose among those that make up this probability (0.95)", "확률의 합이 이만큼인 것에서 고릅니다 (0.95)"});
  options.number("--min-p", given->min_p, 0, 1, {"Leave out what is less likely than this share of the likeliest (0)",
                                                 "가장 그럴듯한 것의 이 비율보다 낮으면 뺍니다 (0)"});
  options.number("--repeat-penalty", given->repeat_penalty, 0.1, 10, {"Over 1 makes repetition less likely (1)", "1보다 크면 되풀이가 줄어듭니다 (1)"});
  options.texts("--stop", given->stop, {"End the answer at this text; may be repeated", "이 글이 나오면 답을 끝냅니다. 여러 번 쓸 수 있습니다"});
  options.text("--system", given->system, {"How the model should behave", "모델의 태도"});
  options.flag("--raw", given->raw, {"Continue the text as it is, without the chat template", "대화 틀 없이 글을 그대로 이어 씁니다"});
  options.examples("maru run smollm2\nmaru run smollm2 \"Name three rivers.\" --temp 0\nmaru run ./model.gguf < prompt.txt");
  return [given, max_tokens](Context& context) {
    given->max_tokens_given = max_tokens->count() > 0;
    return run(context, *given);
  };
}

}  // namespace

Command run_entry() {
  return {.name = "run", .group = "models", .about = "Chat with a model, or get one answer", .about_ko = "모델과 대화하거나 답 하나를 받습니다",
          .declare = declare};
}

}  // namespace maru::cli

// Attention as tables and heat maps, and masks: who sees whom, the scores with −∞, and the zeros after the softmax.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "cli/commands/look_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/base/unicode.h"
#include "maru/watch/svg.h"

namespace maru::cli {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t(2) << 30;  // of scores and weights that are held at once
constexpr std::size_t kLabel = 12;

// One head's matrices with their labels.
struct Head {
  std::string attention;
  int layer, head;
  Tensor weights, scores;                      // [queries, keys]
};

std::vector<std::string> labels(const std::vector<watch::Token>& tokens) {
  std::vector<std::string> out;
  for (const watch::Token& token : tokens) out.push_back(token_label(token, kLabel));
  return out;
}

void check_size(const Looked& looked, const std::vector<watch::HeadName>& names) {
  std::uint64_t bytes = 0;
  for (const watch::HeadName& name : names)
    bytes +=
        2 * sizeof(float) * std::uint64_t(looked.info().heads) * looked.queries(name.attention).size() * looked.keys(name.attention).size();
  if (bytes > kMostBytes)
    fail(ErrorKind::limit,
         "the scores and weights of {} layers for {} tokens take {:.1f} GB, more than {:.1f}; name one LAYER.HEAD, or shorten the text",
         names.size(), looked.tokens.size(), double(bytes) / 1e9, double(kMostBytes) / 1e9);
}

std::vector<Head> heads_of(Context& context, const LookGiven& given, const Looked& looked) {
  const std::string_view asked = given.attention.empty() ? std::string_view("0.0") : std::string_view(given.attention);
  const std::vector<watch::HeadName> names = watch::heads(looked.info(), asked, given.attention.empty() ? "--mask" : "--attention");
  check_size(looked, names);
  const auto kept = [&](const Site& site) {
    return std::ranges::any_of(names, [&](const watch::HeadName& name) {
      const bool matrix = site.name == name.attention + ".weights" || site.name == name.attention + ".scores";
      return matrix && site.layer == name.layer;
    });
  };
  const watch::Pass pass = watch::pass(looked.model(), looked.input, {.keep = kept, .cancel = &context.cancel});
  std::vector<Head> out;
  for (const watch::HeadName& name : names) {
    const Tensor* const weights = pass.find(name.attention + ".weights", name.layer);
    const Tensor* const scores = pass.find(name.attention + ".scores", name.layer);
    check(weights && scores, "layer {} has no {}", name.layer, name.attention);
    const int count = int(weights->dim(0));
    if (name.head >= count)
      fail(ErrorKind::usage, "{}: layer {} has heads 0 to {}, got {}", name.attention, name.layer, count - 1, name.head);
    for (int head = std::max(0, name.head); head < (name.head < 0 ? count : name.head + 1); ++head)
      out.push_back({name.attention, name.layer, head, watch::head_of(*weights, head), watch::head_of(*scores, head)});
  }
  return out;
}

Json values_json(const Tensor& values) {
  Json out = Json::array();
  for (std::int64_t i = 0; i < values.dim(0); ++i) {
    Json row = Json::array();
    for (std::int64_t j = 0; j < values.dim(1); ++j) {
      const float v = values.data()[i * values.dim(1) + j];
      row.push_back(std::isinf(v) ? Json(v < 0 ? "-Infinity" : "Infinity") : Json(double(v)));  // JSON has no number for them
    }
    out.push_back(std::move(row));
  }
  return out;
}

std::string right(std::string_view text, std::size_t width) {
  const std::size_t own = unicode::width(text);
  return std::string(own < width ? width - own : 0, ' ') + std::string(text);
}

// A weight as a person reads it: "0" is exactly zero, and nothing else is.
std::string weight_text(float v) { return v == 0 ? "0" : v < 0.0005f ? "<.001" : fmt::format("{:.3f}", v); }

// Two columns wide, from the terminal's own background to bright.
std::string heat_cell(float v, bool color) {
  const double share = std::clamp(double(v), 0.0, 1.0);
  if (!color) {
    static constexpr std::string_view kShades[] = {"··", "░░", "▒▒", "▓▓", "██"};
    return std::string(kShades[v == 0 ? 0 : std::min<std::size_t>(4, 1 + std::size_t(share * 4))]);
  }
  const auto mix = [&](double from, double to) { return int(std::lround(from + (to - from) * std::sqrt(share))); };
  return fmt::format("\x1b[48;2;{};{};{}m  \x1b[0m", mix(20, 255), mix(24, 190), mix(40, 40));
}

std::string attention_name(const Context& context, const std::string& attention) {
  if (attention == "encoder.attention") return std::string(context.say("the encoder's attention", "인코더의 어텐션"));
  if (attention == "decoder.attention") return std::string(context.say("the decoder's own attention", "디코더의 셀프 어텐션"));
  if (attention == "cross_attention")
    return std::string(context.say("cross-attention: the decoder asks (Q), the encoder's output is asked (K, V)",
                                   "크로스 어텐션: 디코더가 묻고(Q) 인코더의 출력이 답합니다(K, V)"));
  return std::string(context.say("self-attention", "셀프 어텐션"));
}

std::string title(const Context& context, const Head& head) {
  return fmt::format(fmt::runtime(context.say("layer {}, head {}: {}", "층 {}, 헤드 {}: {}")), head.layer, head.head,
                     attention_name(context, head.attention));
}

void show_weights(Context& context, const LookGiven& given, const Looked& looked, const Head& head, bool numbered) {
  const std::vector<std::string> rows = labels(looked.queries(head.attention)), columns = labels(looked.keys(head.attention));
  const std::size_t keys = columns.size();
  const auto at = [&](std::size_t i, std::size_t j) { return head.weights.data()[i * keys + j]; };
  const auto terminal = std::size_t(terminal_columns(STDOUT_FILENO));
  if (given.heat && !numbered) {
    std::vector<std::string> numbers, marked;
    for (std::size_t j = 0; j < keys; ++j) numbers.push_back(fmt::format("{:02}", j % 100));
    for (std::size_t i = 0; i < rows.size(); ++i) marked.push_back(fmt::format("{:>3} ", i) + rows[i]);
    context.print(matrix(marked, numbers, 2, terminal, context.color,
                         [&](std::size_t i, std::size_t j) { return heat_cell(at(i, j), context.color); }));
    std::string legend;
    for (std::size_t j = 0; j < keys; ++j) legend += fmt::format("{}{:02} {}", j ? "  " : "", j % 100, columns[j]);
    if (head.attention == "cross_attention") context.print(wrapped(std::string(context.say("columns: ", "열: ")) + legend, terminal, 2));
    return;
  }
  std::size_t width = 5;
  for (const std::string& column : columns) width = std::max(width, std::min<std::size_t>(8, unicode::width(column)));
  context.print(matrix(rows, columns, width, terminal, context.color, [&](std::size_t i, std::size_t j) {
    const float v = at(i, j);
    return styled(right(weight_text(v), width), v == 0 ? Style::dim : v >= 0.3f ? Style::bold : Style::plain, context.color);
  }));
}

std::string sight_text(const Context& context, const watch::Sight& sight) {
  const std::string_view words =
      sight.kind == "cross" ? context.say("every query sees every key of the other text", "모든 질의가 다른 글의 모든 키를 봅니다")
      : sight.kind == "bidirectional" ? context.say("bidirectional: every token sees every token", "양방향: 모든 토큰이 모든 토큰을 봅니다")
      : sight.kind == "causal"
          ? context.say("causal: a token sees itself and what stands before it", "인과(causal): 토큰은 자신과 그 앞만 봅니다")
          : context.say("causal with a window: a token sees itself and a few before it",
                        "창이 있는 인과(causal): 토큰은 자신과 바로 앞 몇 개만 봅니다");
  std::string out = fmt::format(fmt::runtime(context.say("{} ({} of {} pairs)", "{} (쌍 {}개, 모두 {}개 중)")), words, sight.seen, sight.pairs);
  if (sight.window) out += fmt::format(fmt::runtime(context.say("; the window is {} keys", ". 창은 키 {}개")), sight.window);
  return out;
}

void show_mask(Context& context, const LookGiven& given, const Looked& looked, const Head& head) {
  const std::vector<std::string> rows = labels(looked.queries(head.attention)), columns = labels(looked.keys(head.attention));
  const std::size_t keys = columns.size();
  const auto terminal = std::size_t(terminal_columns(STDOUT_FILENO));
  std::size_t width = 6;
  for (const std::string& column : columns) width = std::max(width, std::min<std::size_t>(8, unicode::width(column)));
  const auto score = [&](std::size_t i, std::size_t j) { return head.scores.data()[i * keys + j]; };
  context.print(sight_text(context, watch::sight(head.scores, head.attention == "cross_attention")));
  context.print(matrix(rows, columns, width, terminal, context.color, [&](std::size_t i, std::size_t j) {
    const bool seen = !std::isinf(score(i, j));
    return styled(right(seen ? "✓" : "✗", width), seen ? Style::green : Style::red, context.color);
  }));
  context.print("");
  heading(context, context.say("scores before the softmax: q·k scaled, and −∞ where a token must not look",
                               "softmax 전의 점수: 배율을 곱한 q·k, 볼 수 없는 곳은 −∞"));
  context.print(matrix(rows, columns, width, terminal, context.color, [&](std::size_t i, std::size_t j) {
    const float v = score(i, j);
    return std::isinf(v) ? styled(right("−∞", width), Style::red, context.color) : right(fmt::format("{:.2f}", v), width);
  }));
  context.print("");
  heading(context, context.say("after the softmax: each row adds up to 1, and −∞ has become exactly 0",
                               "softmax 뒤: 행마다 더하면 1이고, −∞는 정확히 0이 되었습니다"));
  show_weights(context, given, looked, head, true);
}

void draw(Context& context, const LookGiven& given, const Looked& looked, const std::vector<Head>& heads) {
  std::vector<watch::Panel> panels;
  for (const Head& head : heads)
    panels.push_back({.title = fmt::format("{} {}.{}", head.attention, head.layer, head.head),
                      .rows = labels(looked.queries(head.attention)),
                      .columns = labels(looked.keys(head.attention)),
                      .weights = head.weights,
                      .scores = given.mask ? head.scores : Tensor()});
  write_file(given.svg, watch::svg(panels));
  context.note(fmt::format(fmt::runtime(context.say("{} drawn into {}", "그림 {}개를 {}에 그렸습니다")), panels.size(), path_text(given.svg)));
}

}  // namespace

Json show_attention(Context& context, const LookGiven& given, const Looked& looked) {
  const std::vector<Head> heads = heads_of(context, given, looked);
  Json out = Json::array();
  for (std::size_t i = 0; i < heads.size(); ++i) {
    const Head& head = heads[i];
    if (context.json) {
      const watch::Sight sight = watch::sight(head.scores, head.attention == "cross_attention");
      Json one = {{"attention", head.attention},
                  {"layer", head.layer},
                  {"head", head.head},
                  {"kind", sight.kind},
                  {"seen", sight.seen},
                  {"pairs", sight.pairs},
                  {"weights", values_json(head.weights)},
                  {"scores", values_json(head.scores)}};
      if (sight.window) one["window"] = sight.window;
      out.push_back(std::move(one));
      continue;
    }
    if (i > 0) context.print("");
    heading(context, title(context, head));
    if (given.mask) show_mask(context, given, looked, head);
    else show_weights(context, given, looked, head, false);
  }
  if (!given.svg.empty()) draw(context, given, looked, heads);
  return out;
}

}  // namespace maru::cli

// One way to show each shape of output.
#include "cli/task_view.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cli/terminal.h"
#include "maru/base/unicode.h"

namespace maru::cli {
namespace {

constexpr std::size_t kBar = 20, kLabel = 28;

bool has(const Json& value, const char* field) { return value.is_object() && value.contains(field); }
bool every(const Json& list, bool (*claim)(const Json&)) { return list.is_array() && !list.empty() && std::ranges::all_of(list, claim); }
bool is_entity(const Json& value) { return has(value, "start") && (has(value, "entity") || has(value, "entity_group")); }
bool is_label(const Json& value) { return has(value, "label") && has(value, "score"); }
bool is_filled(const Json& value) { return has(value, "token_str") && has(value, "sequence"); }
bool is_ranked(const Json& value) { return has(value, "index") && has(value, "score") && !is_entity(value); }
bool is_answer(const Json& value) { return has(value, "answer") && has(value, "score"); }

std::string shown_text(const Json& value) { return visible(value.is_string() ? value.get<std::string>() : dump(value)); }

struct Scored {
  std::string name, rest;
  double score = 0;
};

// Names, bars and numbers in columns; a score that is no share (a logit) has no bar.
void bars(Context& context, const std::vector<Scored>& rows) {
  std::size_t width = 0;
  for (const Scored& row : rows) width = std::max(width, std::min(unicode::width(row.name), kLabel));
  for (const Scored& row : rows) {
    std::string line = padded(fitted(row.name, kLabel), width) + "  ";
    if (row.score >= 0 && row.score <= 1) line += styled(bar(row.score, kBar), Style::cyan, context.color) + "  ";
    line += fmt::format("{:.4f}", row.score);
    if (!row.rest.empty()) line += "  " + row.rest;
    context.print(line);
  }
}

void show_entities(Context& context, const Json& input, const Json& entities) {
  const std::string text = input.is_string() ? input.get<std::string>() : std::string();
  context.print(with_entities(text, entities, context.color));
  std::vector<std::vector<std::string>> rows;
  for (const Json& one : entities)
    rows.push_back({shown_text(one.contains("entity_group") ? one["entity_group"] : one["entity"]), shown_text(one["word"]),
                    fmt::format("{:.4f}", one["score"].get<double>()), dump(one["start"]), dump(one["end"])});
  context.print(table({context.korean ? "종류" : "LABEL", context.korean ? "글" : "WORD", context.korean ? ">점수" : ">SCORE",
                       context.korean ? ">처음" : ">START", context.korean ? ">끝" : ">END"}, rows, context.color));
}

// The answer in the words around it.
void show_answer(Context& context, const Json& input, const Json& answer) {
  const std::string said = shown_text(answer["answer"]);
  context.print(said.empty() ? std::string(context.say("(no answer in this text)", "(이 글에는 답이 없습니다)")) : styled(said, Style::bold, context.color));
  bars(context, {{std::string(context.say("score", "점수")), fmt::format("{}–{}", dump(answer["start"]), dump(answer["end"])), answer["score"].get<double>()}});
  if (said.empty() || !has(input, "context")) return;
  const std::u32string letters = unicode::code_points(input["context"].get<std::string>());
  const std::size_t start = answer["start"], end = answer["end"], around = 60;
  const std::size_t from = start > around ? start - around : 0, to = std::min(letters.size(), end + around);
  const auto part = [&](std::size_t a, std::size_t b) { return one_line(unicode::utf8(std::u32string_view(letters).substr(a, b - a))); };
  const auto edge = [&](std::size_t at) { return at > 0 && at < letters.size() && letters[at] == U' ' ? " " : ""; };
  context.print(styled((from ? "… " : "") + part(from, start) + (start ? edge(start - 1) : ""), Style::dim, context.color) +
                (context.color ? styled(said, Style::green, true) : "[" + said + "]") +
                styled(edge(end) + part(end, to) + (to < letters.size() ? " …" : ""), Style::dim, context.color));
}

// A matrix of numbers is named by its shape, with a corner of it.
void show_numbers(Context& context, const Json& output) {
  std::string shape;
  const Json* inner = &output;
  for (; inner->is_array() && !inner->empty(); inner = &inner->front()) shape += (shape.empty() ? "" : ", ") + std::to_string(inner->size());
  context.print("[" + shape + "]");
  const Json* row = &output;
  while (row->front().is_array()) row = &row->front();
  std::string line;
  for (std::size_t i = 0; i < std::min<std::size_t>(row->size(), 8); ++i) line += fmt::format("{:.5g} ", (*row)[i].get<double>());
  context.print(line + (row->size() > 8 ? "…" : ""));
}

void show_texts(Context& context, const Json& one) {
  for (const auto& [field, value] : one.items()) {
    if (value.is_array() && every(value, [](const Json& turn) { return has(turn, "role"); })) {
      for (const Json& turn : value) context.print(styled(shown_text(turn["role"]) + ":", Style::dim, context.color) + " " + shown_text(turn["content"]));
    } else {
      context.print(value.is_string() ? shown_text(value) : field + ": " + shown_text(value));
    }
  }
}

std::string document_of(const Json& input, std::size_t index) {
  for (const char* field : {"documents", "sentences"})
    if (has(input, field) && index < input[field].size()) return one_line(shown_text(input[field][index]));
  return std::to_string(index);
}

bool show_list(Context& context, const Json& input, const Json& output) {
  std::vector<Scored> rows;
  if (every(output, is_entity)) show_entities(context, input, output);
  else if (every(output, is_label)) for (const Json& one : output) rows.push_back({shown_text(one["label"]), "", one["score"]});
  else if (every(output, is_filled))
    for (const Json& one : output) rows.push_back({one_line(shown_text(one["token_str"])), one_line(shown_text(one["sequence"])), one["score"]});
  else if (every(output, is_ranked)) for (const Json& one : output) rows.push_back({dump(one["index"]), document_of(input, one["index"]), one["score"]});
  else if (every(output, is_answer)) for (const Json& one : output) show_answer(context, input, one);
  else if (every(output, [](const Json& v) { return v.is_number(); }))
    for (std::size_t i = 0; i < output.size(); ++i) rows.push_back({document_of(input, i), "", output[i]});
  else return false;
  bars(context, rows);
  return true;
}

bool is_numbers(const Json& output) {
  const Json* inner = &output;
  while (inner->is_array() && !inner->empty()) inner = &inner->front();
  return inner != &output && inner->is_number();
}

}  // namespace

std::string bar(double share, std::size_t columns) {
  static constexpr std::string_view kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = std::size_t(std::lround(std::clamp(share, 0.0, 1.0) * double(columns) * 8));
  std::string out;
  for (std::size_t i = 0; i < eighths / 8; ++i) out += "█";
  out += kEighths[eighths % 8];
  return padded(out, columns);
}

std::string with_entities(std::string_view text, const Json& entities, bool color) {
  static constexpr Style kStyles[] = {Style::cyan, Style::green, Style::yellow, Style::red, Style::bold};
  const std::u32string letters = unicode::code_points(text);
  std::vector<std::string> labels;
  std::string out;
  std::size_t at = 0;
  const auto plain = [&](std::size_t end) { out += visible(unicode::utf8(std::u32string_view(letters).substr(at, end - at))); };
  for (const Json& one : entities) {
    const std::size_t start = one["start"], end = one["end"];
    if (start < at || end > letters.size() || end < start) continue;  // a token of a character that is shown already
    plain(start);
    const std::string label = shown_text(one.contains("entity_group") ? one["entity_group"] : one["entity"]);
    if (std::ranges::find(labels, label) == labels.end()) labels.push_back(label);
    const auto number = std::size_t(std::ranges::find(labels, label) - labels.begin());
    const std::string word = visible(unicode::utf8(std::u32string_view(letters).substr(start, end - start)));
    out += color ? styled(word, kStyles[number % std::size(kStyles)], true) + styled(" " + label, Style::dim, true) : "[" + word + " " + label + "]";
    at = end;
  }
  plain(letters.size());
  return out;
}

void show_output(Context& context, const Json& inputs, const Json& output) {
  if (output.is_array() && output.empty()) return context.note(context.say("nothing found", "찾은 것이 없습니다"));
  if (has(output, "labels") && has(output, "scores")) {
    std::vector<Scored> rows;
    for (std::size_t i = 0; i < output["labels"].size(); ++i) rows.push_back({shown_text(output["labels"][i]), "", output["scores"][i]});
    return bars(context, rows);
  }
  if (is_label(output)) return bars(context, {{shown_text(output["label"]), "", output["score"]}});
  if (is_answer(output)) return show_answer(context, inputs, output);
  if (output.is_object()) return show_texts(context, output);
  if (!output.is_array()) return context.print(shown_text(output));
  // One result a text: a heading, then its result.
  const bool several = inputs.is_array() && inputs.size() == output.size() && inputs.size() > 1;
  if (several && every(output, is_label)) {
    std::vector<Scored> rows;
    for (std::size_t i = 0; i < output.size(); ++i)
      rows.push_back({shown_text(output[i]["label"]), one_line(shown_text(inputs[i])), output[i]["score"]});
    return bars(context, rows);
  }
  if (!several && show_list(context, inputs, output)) return;
  if (is_numbers(output)) return show_numbers(context, output);
  for (std::size_t i = 0; i < output.size(); ++i) {
    if (several) context.print(styled(one_line(shown_text(inputs[i])), Style::bold, context.color));
    show_output(context, several ? inputs[i] : inputs, output[i]);
  }
}

}  // namespace maru::cli

// A model and a text for every view of `maru look`, and the drawing that they share.
#include "cli/commands/look_common.h"

#include <algorithm>

#include "cli/task_view.h"
#include "cli/terminal.h"
#include "maru/base/unicode.h"
#include "maru/engine/image_input.h"
#include "maru/io/image.h"

namespace maru::cli {
namespace {

text::Encoding encoded(const engine::Pretrained& model, const std::string& text, const std::string& pair) {
  const text::Tokenizer& tokenizer = *model.tokenizer();
  const text::EncodeOptions how{.parse_special = true, .offsets = true};
  text::Encoding out = pair.empty() ? tokenizer.encode(text, how) : tokenizer.encode_pair(text, pair, how);
  if (out.ids.empty()) fail(ErrorKind::usage, "the text is empty: it has no tokens");
  if (out.ids.size() > model.max_tokens())
    fail(ErrorKind::limit, "the text has {} tokens, the model takes {}; shorten it", out.ids.size(), model.max_tokens());
  return out;
}

// Patches by line and column behind the class token.
std::vector<watch::Token> patches(std::int64_t rows) {
  std::vector<watch::Token> out{{.piece = "[CLS]", .special = true}};
  std::int64_t side = 1;
  while ((side + 1) * (side + 1) <= rows - 1) ++side;
  for (std::int64_t i = 1; i < rows; ++i)
    out.push_back({.id = std::int32_t(i), .piece = fmt::format("{},{}", (i - 1) / side, (i - 1) % side)});
  return out;
}

}  // namespace

Looked::Looked(const std::filesystem::path& path, const std::string& text) : Looked(path, LookGiven{.text = text}) {}

Looked::Looked(const std::filesystem::path& path, const LookGiven& given)
    : pretrained(std::make_unique<const engine::Pretrained>(path)), text(given.text), pair(given.pair), target(given.target) {
  if (!target.empty() && !info().encoder_decoder)
    fail(ErrorKind::usage, "a target is for the decoder of an encoder–decoder; this model has none that reads another text");
  input = input_of(text);
  if (sees()) {
    tokens = patches(info().context);
    return;
  }
  const text::Encoding encoding = encoded(*pretrained, text, pair);
  dropped_bytes = encoding.dropped_bytes;
  tokens = watch::cut(*pretrained->tokenizer(), encoding, text, pair);
  if (!info().encoder_decoder) return;
  target_tokens = watch::cut(*pretrained->tokenizer(), std::span(input.target).first(1));
  const std::vector<watch::Token> more =
      watch::cut(*pretrained->tokenizer(), pretrained->tokenizer()->encode(target, {.add_special = false, .offsets = true}), target);
  target_tokens.insert(target_tokens.end(), more.begin(), more.end());
}

watch::Input Looked::input_of(const std::string& other) const {
  if (sees()) {
    const engine::ImageInput prepared = engine::image_input(pretrained->folder());
    return {.ids = {}, .image = prepared(std::vector{io::read_image(other)})};
  }
  const text::Encoding encoding = encoded(*pretrained, other, pair);
  watch::Input out{.ids = encoding.ids, .types = encoding.types};
  if (!info().encoder_decoder) return out;
  check(info().decoder_start >= 0, "{}: config.json: decoder_start_token_id is missing", pretrained->name());
  out.target = {info().decoder_start};
  const std::vector<std::int32_t> more = pretrained->tokenizer()->encode(target, {.add_special = false}).ids;
  out.target.insert(out.target.end(), more.begin(), more.end());
  if (!info().unbounded && std::int64_t(out.target.size()) > info().context)
    fail(ErrorKind::limit, "the target has {} tokens, the model takes {}; shorten it", out.target.size(), info().context);
  return out;
}

const std::vector<watch::Token>& Looked::queries(std::string_view attention) const {
  return attention == "attention" || attention == "encoder.attention" ? tokens : target_tokens;
}
const std::vector<watch::Token>& Looked::keys(std::string_view attention) const {
  return attention == "decoder.attention" ? target_tokens : tokens;
}

std::string Looked::word(std::int32_t id) const {
  const text::Tokenizer& tokenizer = *pretrained->tokenizer();
  if (id < 0 || id >= tokenizer.vocabulary()) return fmt::format("#{}", id);   // a row of the head that no token has
  const std::string bytes = tokenizer.special(id) ? std::string(tokenizer.piece(id)) : tokenizer.bytes(id);
  std::string shown;
  for (const char c : visible(bytes)) {
    if (c == ' ') shown += "␣";
    else if (c == '\n') shown += "\\n";
    else if (c == '\t') shown += "\\t";
    else shown += c;
  }
  return shown.empty() ? std::string(tokenizer.piece(id)) : shown;
}

Json tokens_json(const std::vector<watch::Token>& tokens) {
  Json out = Json::array();
  for (const watch::Token& token : tokens) {
    Json one = {{"id", token.id}, {"piece", token.piece}};
    if (token.sequence >= 0)
      one.update({{"text", token.text}, {"characters", token.characters}, {"bytes", token.bytes}, {"word", token.word}});
    if (token.parts > 1) one["part"] = {token.part + 1, token.parts};
    if (token.type) one["type"] = token.type;
    if (token.sequence > 0) one["sequence"] = token.sequence;
    if (token.special) one["special"] = true;
    out.push_back(std::move(one));
  }
  return out;
}

std::string token_label(const watch::Token& token, std::size_t columns) { return fitted(one_line(watch::label(token)), columns); }

std::string matrix(const std::vector<std::string>& rows, const std::vector<std::string>& columns, std::size_t width, std::size_t terminal,
                   bool color, const std::function<std::string(std::size_t, std::size_t)>& cell) {
  std::size_t margin = 0;
  for (const std::string& row : rows) margin = std::max(margin, unicode::width(row));
  const std::size_t fits = std::max<std::size_t>(1, (std::max(terminal, margin + width + 2) - margin - 1) / (width + 1));
  std::string out;
  for (std::size_t begin = 0; begin < columns.size(); begin += fits) {
    const std::size_t end = std::min(columns.size(), begin + fits);
    std::string header(margin, ' ');
    for (std::size_t j = begin; j < end; ++j) {
      const std::string name = fitted(columns[j], width);
      header += " " + std::string(width - unicode::width(name), ' ') + name;
    }
    if (begin > 0) out += "\n";
    out += styled(header, Style::dim, color) + "\n";
    for (std::size_t i = 0; i < rows.size(); ++i) {
      out += padded(rows[i], margin);
      for (std::size_t j = begin; j < end; ++j) out += " " + cell(i, j);
      out += "\n";
    }
  }
  if (!out.empty()) out.pop_back();
  return out;
}

Json candidates_json(const Looked& looked, const std::vector<watch::Candidate>& candidates) {
  Json out = Json::array();
  for (const watch::Candidate& one : candidates)
    out.push_back({{"id", one.id}, {"text", looked.word(one.id)}, {"logit", one.logit}, {"probability", one.probability}});
  return out;
}

void show_candidates(Context& context, const Looked& looked, const std::vector<watch::Candidate>& candidates) {
  std::vector<std::vector<std::string>> rows;
  for (const watch::Candidate& one : candidates)
    rows.push_back({fitted(looked.word(one.id), 24), std::to_string(one.id), fmt::format("{:.4f}", one.logit),
                    fmt::format("{:.4f}", one.probability), styled(bar(one.probability, 20), Style::cyan, context.color)});
  context.print(table({context.korean ? "토큰" : "TOKEN", ">ID", context.korean ? ">로짓" : ">LOGIT",
                       context.korean ? ">확률" : ">PROBABILITY", ""}, rows, context.color));
}

void heading(Context& context, std::string_view text) { context.print(styled(text, Style::bold, context.color)); }

}  // namespace maru::cli

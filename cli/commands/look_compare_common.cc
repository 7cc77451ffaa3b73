// maru look --compare: an encoder and a decoder on one text, in nine rows. What can be measured on these two is; the rest says what
// it rests on.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "cli/commands/look_common.h"
#include "cli/commands/model_common.h"
#include "cli/korean.h"
#include "cli/terminal.h"
#include "maru/base/unicode.h"
#include "maru/watch/portrait.h"

namespace maru::cli {
namespace {

struct Side {
  Side(const std::filesystem::path& path, const std::string& text) : looked(path, text) {}
  bool decodes() const { return looked.info().causal; }
  std::string word(std::int64_t at) const { return token_label(looked.tokens[std::size_t(at)], 24); }
  Looked looked;
  std::string name;
  std::vector<std::int64_t> positions;
  std::optional<std::int32_t> mask;
  watch::Portrait facts;
};

Side opened(Context& context, const std::string& model, const std::string& text, bool decoder) {
  Side side(model_path(context, model), text);
  const models::Info& info = side.looked.info();
  if (decoder && !info.causal) fail(ErrorKind::usage, "--compare: {} is no decoder; the second model must be one, as smollm2", model);
  if (!decoder && (info.causal || info.encoder_decoder || info.image_size > 0))
    fail(ErrorKind::usage, "--compare: {} is no encoder of texts; the first model must be one, as all-minilm", model);
  side.name = model;
  for (std::size_t i = 0; i < side.looked.tokens.size(); ++i)
    if (side.looked.tokens[i].sequence >= 0) side.positions.push_back(std::int64_t(i));
  if (!decoder) side.mask = side.looked.pretrained->tokenizer()->mask;
  side.facts = watch::portrait(*side.looked.pretrained, side.looked.input, side.positions, side.mask, &context.cancel);
  return side;
}

std::string percent(double share) { return share == 0 ? "0 %" : fmt::format("{:.2f} %", 100 * share); }

std::string shape(const std::vector<std::int64_t>& dims) {
  std::string out;
  for (const std::int64_t n : dims) out += (out.empty() ? "" : ", ") + std::to_string(n);
  return "[" + out + "]";
}

using Say = std::string (*)(bool korean, const Side& side);

std::string range(bool ko, const Side& side) {
  const watch::Portrait& f = side.facts;
  std::string out = fmt::format(fmt::runtime(ko ? "쌍 {}개 가운데 {}개가 보입니다. 뒤 토큰에 준 어텐션은 평균 {}"
                                                : "{1} of {0} pairs are seen; the mean share of attention on later tokens is {2}"),
                                f.sight.pairs, f.sight.seen, percent(f.shares.later));
  if (f.shares.most_later == 0) out += ko ? ", 가장 큰 값도 정확히 0입니다." : ", and the largest single weight is exactly 0.";
  else out += fmt::format(fmt::runtime(ko ? ", 가장 큰 값은 {:.3f}입니다." : ", the largest single weight {:.3f}."), f.shares.most_later);
  return out;
}

std::string objective(bool ko, const Side& side) {
  const watch::Portrait& f = side.facts;
  const std::string what = side.decodes() ? (ko ? "다음 토큰 예측. " : "Predicting the next token. ")
                                          : (ko ? "가린 토큰 복원(MLM). " : "Restoring masked tokens (MLM). ");
  if (!f.losses) {
    if (f.logits_shape.empty())
      return what + (ko ? "이 파일에는 토큰을 내는 헤드가 없어 이 글의 손실을 잴 수 없습니다."
                        : "This file has no head that says tokens, so its loss on this text cannot be measured.");
    return what + (ko ? "이 글로는 손실을 잴 수 없습니다." : "Its loss cannot be measured on this text.");
  }
  return what + fmt::format(fmt::runtime(ko ? "이 글의 손실은 평균 {:.3f}(퍼플렉시티 {:.1f}), 자리 {}개에 계산 {}번."
                                            : "The mean loss on this text is {:.3f} (perplexity {:.1f}): {} positions from {} pass(es)."),
                            f.losses->mean(), f.losses->perplexity(), f.losses->positions.size(), f.losses->passes);
}

std::string training_input(bool ko, const Side& side) {
  const watch::Portrait& f = side.facts;
  if (side.decodes())
    return fmt::format(fmt::runtime(ko ? "글 전체(토큰 {}개)를 한 번에. 마스크가 뒤를 가리므로 한 번에 자리 {}개를 배웁니다."
                                       : "The whole text at once ({} tokens); the causal mask hides what follows, so one pass teaches {} "
                                         "positions."),
                       f.tokens, std::max<std::int64_t>(0, f.tokens - 1));
  if (!side.mask) return ko ? "이 토크나이저에는 마스크 토큰이 없습니다." : "This tokenizer has no mask token.";
  std::string text;
  for (const std::int64_t at : side.positions) {
    const bool hidden = at == side.positions[side.positions.size() / 2];
    text += (text.empty() ? "" : " ") + (hidden ? std::string(side.looked.pretrained->tokenizer()->piece(*side.mask)) : side.word(at));
  }
  return fmt::format(
      fmt::runtime(ko ? "마스크가 든 글: {} — 가린 자리만 배웁니다." : "The text with masks in it: {}. Only the masked positions teach."),
      fitted(text, 120));
}

std::string role(bool ko, const Side& side) {
  const watch::Portrait& f = side.facts;
  return fmt::format(fmt::runtime(ko ? "토큰마다 평균 {:.2f}개를 고루 보는 셈으로 문맥을 모읍니다. 자신 {}, 앞 {}, 뒤 {}."
                                     : "Gathers context for each token, as if from {:.2f} tokens alike: itself {}, before it {}, behind it "
                                       "{}."),
                     f.attended, percent(f.shares.self), percent(f.shares.earlier), percent(f.shares.later));
}

std::string relation_text(bool ko, const Side& side, const watch::Relation& one, bool later) {
  if (one.weight == 0)
    return later ? (ko ? "앞에서 뒤를 보는 관계: 없음(정확히 0)." : "From earlier to later: none, exactly 0.")
                 : (ko ? "뒤에서 앞을 보는 관계: 없음." : "From later to earlier: none.");
  return fmt::format(
      fmt::runtime(later ? (ko ? "앞에서 뒤: {} → {} {:.3f}(헤드 {}.{})." : "From earlier to later: {} → {} {:.3f} (head {}.{}).")
                         : (ko ? "뒤에서 앞: {} → {} {:.3f}(헤드 {}.{})." : "From later to earlier: {} → {} {:.3f} (head {}.{}).")),
      side.word(one.query), side.word(one.key), one.weight, one.layer, one.head);
}

std::string relations(bool ko, const Side& side) {
  const watch::Portrait& f = side.facts;
  std::string out = relation_text(ko, side, f.to_earlier, false) + " " + relation_text(ko, side, f.to_later, true);
  if (f.first == f.last) return out + (ko ? " 토큰이 하나뿐이라 바꿔 볼 다른 말이 없습니다." : " With one token only there is no other word to change.");
  return out + fmt::format(fmt::runtime(ko ? " 끝 토큰 {0}을(를) {1}(으)로 바꾸면 첫 토큰 {2}의 벡터가 {3} 달라지고, 첫 토큰을 바꾸면 끝 "
                                             "토큰의 벡터가 {4} 달라집니다."
                                           : " Replacing the last token {0} by {1} moves the vector of the first, {2}, by {3}; replacing "
                                             "the first moves the last by {4}."),
                           side.word(f.last), side.looked.word(f.replacement), side.word(f.first), percent(f.first_by_last.relative),
                           percent(f.last_by_first.relative));
}

std::string output(bool ko, const Side& side) {
  const watch::Portrait& f = side.facts;
  std::string out = fmt::format(fmt::runtime(ko ? "토큰마다 문맥이 든 벡터 {}." : "A vector in context for each token, {}."), shape(f.hidden_shape));
  if (f.logits_shape.empty()) return out + (ko ? " 토큰을 내는 헤드는 없습니다." : " No head that says tokens.");
  const std::string what = side.decodes() ? (ko ? "다음 토큰의 확률" : "probabilities of the next token")
                                          : (ko ? "가린 자리의 확률" : "probabilities at a mask");
  out += fmt::format(fmt::runtime(ko ? " 로짓 {}: {}." : " Logits {}: {}."), shape(f.logits_shape), what);
  return out;
}

std::string strengths(bool ko, const Side& side) {
  const watch::Portrait& f = side.facts;
  const std::string known = side.decodes() ? (ko ? "글쓰기. 규모를 키우면 이해도 따라온다고 알려져 있습니다"
                                                 : "Writing; at scale, understanding too, as is known of its kind")
                                           : (ko ? "같은 크기에서 이해 과제에 효율적이라고 알려져 있습니다"
                                                 : "Understanding, efficiently for its size, as is known of its kind");
  return known + fmt::format(fmt::runtime(ko ? "(이 글로 잰 것이 아님). 매개변수 {}개, 이 글 한 번에 {:.1f}ms."
                                             : " (not measured here). {} parameters; {:.1f} ms for this text."),
                             count_text(std::uint64_t(f.parameters)), f.pass_ms);
}

std::string uses(bool ko, const Side& side) {
  std::string heads;
  for (const models::Head head : side.looked.info().answers)
    heads += (heads.empty() ? "" : ", ") + (ko ? in_korean(models::name_of(head)) : std::string(models::name_of(head)));
  const std::string usual = side.decodes()
                                ? (ko ? "글쓰기, 대화. " : "Writing, conversation. ")
                                : (ko ? "분류, 개체 인식(NER), 문장 유사도. " : "Classification, NER, similarity of sentences. ");
  return usual + (heads.empty() ? std::string(ko ? "이 파일에는 헤드가 없어 벡터만 줍니다." : "This file has no head: it gives vectors only.")
                                : fmt::format(fmt::runtime(ko ? "이 파일의 헤드: {}." : "Heads in this file: {}."), heads));
}

std::string models_row(bool ko, const Side& side) {
  const models::Info& info = side.looked.info();
  const std::string kin = side.decodes() ? "GPT, LLaMA" : "BERT, RoBERTa, ELECTRA";
  return fmt::format(
      fmt::runtime(ko ? "{}: {}, 층 {}개, 헤드 {}개, 차원 {}. 같은 갈래: {}." : "{}: {}, {} layers of {} heads, width {}. Of its kind: {}."),
      side.name, models::architecture(side.looked.pretrained->file()).name, info.layers, info.heads, info.width, kin);
}

struct Row {
  std::string_view key, english, korean;
  Say say;
};
constexpr Row kRows[] = {{"attention_range", "Attention range", "Attention 범위", range},
                         {"objective", "Objective", "학습 방식", objective},
                         {"training_input", "Training input", "학습 시 입력", training_input},
                         {"role_of_self_attention", "Role of self-attention", "Self-attention 역할", role},
                         {"relations", "Relations between tokens", "토큰 간 관계 학습", relations},
                         {"output", "Output", "출력 형태", output},
                         {"strengths", "Strengths", "강점", strengths},
                         {"uses", "Uses", "대표 용도", uses},
                         {"models", "Models", "대표 모델", models_row}};

Json change_json(const watch::Change& one) { return {{"relative", one.relative}, {"cosine", one.cosine}}; }
Json relation_json(const watch::Relation& one) {
  return {{"layer", one.layer}, {"head", one.head}, {"query", one.query}, {"key", one.key}, {"weight", one.weight}};
}

Json facts_json(const Side& side) {
  const watch::Portrait& f = side.facts;
  Json out = {{"model", side.name},
              {"tokens", tokens_json(side.looked.tokens)},
              {"parameters", f.parameters},
              {"pass_ms", f.pass_ms},
              {"kind", f.sight.kind},
              {"seen", f.sight.seen},
              {"pairs", f.sight.pairs},
              {"attention",
               {{"self", f.shares.self},
                {"earlier", f.shares.earlier},
                {"later", f.shares.later},
                {"most_later", f.shares.most_later},
                {"attended", f.attended}}},
              {"to_earlier", relation_json(f.to_earlier)},
              {"to_later", relation_json(f.to_later)},
              {"replacement", f.replacement},
              {"first_by_last", change_json(f.first_by_last)},
              {"last_by_first", change_json(f.last_by_first)},
              {"hidden_shape", f.hidden_shape}};
  if (!f.logits_shape.empty()) out["logits_shape"] = f.logits_shape;
  if (f.losses)
    out["loss"] = {{"mean", f.losses->mean()},
                   {"perplexity", f.losses->perplexity()},
                   {"positions", f.losses->positions.size()},
                   {"passes", f.losses->passes}};
  return out;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

void beside(Context& context, const std::string& left, const std::string& right) {
  const std::size_t width = (std::size_t(terminal_columns(STDOUT_FILENO)) - 3) / 2;
  const std::vector<std::string> a = lines(wrapped(left, width, 0)), b = lines(wrapped(right, width, 0));
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i)
    context.print(padded(i < a.size() ? a[i] : "", width) + styled(" │ ", Style::dim, context.color) + (i < b.size() ? b[i] : ""));
}

}  // namespace

Json show_compared(Context& context, const LookGiven& given) {
  const Side encoder = opened(context, given.model, given.sentence, false), decoder = opened(context, given.text, given.sentence, true);
  Json rows = Json::array();
  for (const Row& row : kRows)
    rows.push_back({{"row", row.key},
                    {"name", context.korean ? row.korean : row.english},
                    {"encoder", row.say(context.korean, encoder)},
                    {"decoder", row.say(context.korean, decoder)}});
  const Json out = {{"text", given.sentence}, {"rows", rows}, {"encoder", facts_json(encoder)}, {"decoder", facts_json(decoder)}};
  if (context.json) return out;
  beside(context, std::string(context.say("ENCODER  ", "인코더  ")) + encoder.name,
         std::string(context.say("DECODER  ", "디코더  ")) + decoder.name);
  for (const Json& row : rows) {
    context.print("");
    heading(context, row["name"].get<std::string>());
    beside(context, row["encoder"].get<std::string>(), row["decoder"].get<std::string>());
  }
  return out;
}

}  // namespace maru::cli

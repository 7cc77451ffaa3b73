// An intervention beside the untouched run: heads taken away, values of another text put in, and what that does to the answer.
#include <algorithm>
#include <cmath>

#include "cli/commands/look_common.h"
#include "cli/task_view.h"
#include "cli/terminal.h"

namespace maru::cli {
namespace {

std::vector<watch::Ablation> ablations(const LookGiven& given, const Looked& looked) {
  std::vector<watch::Ablation> out;
  for (const std::string& text : given.ablate)
    for (const watch::HeadName& name : watch::heads(looked.info(), text, "--ablate"))
      for (int head = std::max(0, name.head); head < (name.head < 0 ? int(looked.info().heads) : name.head + 1); ++head)
        out.push_back({.attention = name.attention, .layer = name.layer, .head = head});
  return out;
}

// The row of another text's pass that goes into this one's.
watch::Patch patch_of(Context& context, const std::string& request, const Looked& looked) {
  const std::size_t equals = request.find('=');
  if (equals == std::string::npos || equals + 1 == request.size())
    fail(ErrorKind::usage, "--patch takes SITE:LAYER:POSITION=TEXT, as residual:3:last=TEXT; got {:?}", request);
  const watch::PatchName name = watch::patch_name(std::string_view(request).substr(0, equals));
  const watch::Input other = looked.input_of(request.substr(equals + 1));
  if (other.ids.size() != looked.input.ids.size())
    fail(ErrorKind::usage, "--patch: {:?} has {} tokens, the text {}; they must have as many, so that positions mean the same",
         request.substr(equals + 1), other.ids.size(), looked.input.ids.size());
  // A layer's own name holds its number already: its site has none.
  int layer = name.layer;
  const watch::Pass pass =
      watch::pass(looked.model(), other, {.keep = [&](const Site& site) { return site.name == name.site; }, .cancel = &context.cancel});
  const Tensor* value = pass.find(name.site, layer);
  if (!value && name.site.find('.') != std::string::npos) value = pass.find(name.site, layer = -1);
  if (!value) {
    int most = -2;
    for (const watch::Recorded& one : pass.tensors)
      if (one.site == name.site) most = std::max(most, one.layer);
    if (most >= 0) fail(ErrorKind::usage, "--patch: there is no {:?} of layer {}; its last layer is {}", name.site, name.layer, most);
    std::string known;
    for (const watch::Recorded& one : pass.tensors)
      if (one.block <= 0 && known.find(one.site) == std::string::npos) known += (known.empty() ? "" : ", ") + one.site;
    fail(ErrorKind::usage, "--patch: the pass has no {:?}; of the first layer there are: {}", name.site, known);
  }
  const std::int64_t rows = value->dim(0), position = name.position < 0 ? rows - 1 : name.position;
  if (position >= rows) fail(ErrorKind::usage, "--patch: there is no position {}; there are 0 to {}", position, rows - 1);
  return {.site = name.site, .layer = layer, .position = position, .row = value->rows(position, position + 1)};
}

// The rows at which the model is asked, and by which head.
struct Question {
  models::Head head = models::Head::vocabulary;
  std::vector<std::int64_t> positions;
};
Question question(const Looked& looked) {
  const models::Info& info = looked.info();
  if (looked.model().answers(models::Head::vocabulary)) {
    if (info.causal || info.encoder_decoder) return {.positions = {std::int64_t(looked.written().size()) - 1}};
    Question out;
    for (std::size_t i = 0; i < looked.tokens.size(); ++i)
      if (looked.pretrained->tokenizer()->mask == looked.tokens[i].id) out.positions.push_back(std::int64_t(i));
    if (!out.positions.empty()) return out;
  }
  if (looked.model().answers(models::Head::sequence)) return {.head = models::Head::sequence, .positions = {0}};
  return {};
}

Tensor answer(const Looked& looked, const Question& asked, const watch::Pass& pass, std::int64_t position) {
  if (asked.head == models::Head::vocabulary) return watch::logits_at(looked.model(), pass, position);
  const ops::PrecisionScope exact(ops::Precision::exact);
  const Tensor logits = looked.model().answer(asked.head, pass.hidden, pass.rows);
  return logits.reshape({logits.dim(-1)});
}

std::string said(const Looked& looked, const Question& asked, std::int32_t id) {
  return asked.head == models::Head::vocabulary ? looked.word(id) : looked.pretrained->label(std::size_t(id));
}

// The best of the untouched run, then what came up instead.
Json answers_beside(Context& context, const LookGiven& given, const Looked& looked, const Question& asked, const watch::Pass& before,
                    const watch::Pass& now) {
  Json out = Json::array();
  for (const std::int64_t at : asked.positions) {
    const Tensor old_logits = answer(looked, asked, before, at), logits = answer(looked, asked, now, at);
    std::vector<std::int32_t> ids;
    for (const watch::Candidate& one : watch::best(old_logits.values(), given.candidates(10))) ids.push_back(one.id);
    for (const watch::Candidate& one : watch::best(logits.values(), 3))
      if (std::ranges::find(ids, one.id) == ids.end()) ids.push_back(one.id);
    Json rows = Json::array();
    std::vector<std::vector<std::string>> shown;
    for (const std::int32_t id : ids) {
      const watch::Candidate old = watch::of(old_logits.values(), id), one = watch::of(logits.values(), id);
      rows.push_back({{"id", id}, {"text", said(looked, asked, id)}, {"logit_before", old.logit}, {"logit", one.logit},
                      {"probability_before", old.probability}, {"probability", one.probability}});
      shown.push_back({fitted(said(looked, asked, id), 24), fmt::format("{:.4f}", old.probability), bar(old.probability, 12),
                       fmt::format("{:.4f}", one.probability), bar(one.probability, 12), fmt::format("{:+.4f}", one.logit - old.logit)});
    }
    const double divergence = watch::divergence(old_logits.values(), logits.values());
    const std::int32_t top = watch::best(old_logits.values(), 1)[0].id, top_now = watch::best(logits.values(), 1)[0].id;
    out.push_back({{"position", at}, {"candidates", rows}, {"top_before", top}, {"top", top_now}, {"divergence", divergence}});
    if (context.json) continue;
    const bool ko = context.korean;
    if (asked.head == models::Head::vocabulary)
      heading(
          context,
          fmt::format(fmt::runtime(context.say("the answer at position {}, untouched and changed", "자리 {}의 답: 그대로와 바꾼 뒤")), at));
    else heading(context, context.say("the labels, untouched and changed", "라벨: 그대로와 바꾼 뒤"));
    context.print(
        table({ko ? "답" : "ANSWER", ko ? ">그대로" : ">UNTOUCHED", "", ko ? ">바꾼 뒤" : ">CHANGED", "", ko ? ">로짓 차이" : ">LOGIT BY"},
              shown, context.color));
    context.print(top == top_now ? fmt::format(fmt::runtime(context.say("the best stays {}; divergence {:.6f} nats",
                                                                        "가장 좋은 답은 그대로 {}. 갈라진 정도(KL) {:.6f}내트")),
                                               said(looked, asked, top), divergence)
                                 : fmt::format(fmt::runtime(context.say("the best was {} and is now {}; divergence {:.6f} nats",
                                                                        "가장 좋은 답이 {}에서 {}(으)로 바뀌었습니다. 갈라진 정도(KL) "
                                                                        "{:.6f}내트")),
                                               said(looked, asked, top), said(looked, asked, top_now), divergence));
    context.print("");
  }
  return out;
}

Json vectors_beside(Context& context, const Looked& looked, const watch::Pass& before, const watch::Pass& now) {
  Json out = Json::array();
  std::vector<std::vector<std::string>> rows;
  const auto width = std::size_t(now.hidden.dim(1));
  for (std::size_t i = 0; i < looked.written().size(); ++i) {
    const auto row = [&](const Tensor& hidden) { return hidden.values().subspan(i * width, width); };
    const watch::Change change = watch::change(row(now.hidden), row(before.hidden));
    out.push_back({{"position", i}, {"relative", change.relative}, {"cosine", change.cosine}});
    rows.push_back({std::to_string(i), token_label(looked.written()[i], 24), fmt::format("{:.4f} %", 100 * change.relative),
                    fmt::format("{:.6f}", change.cosine)});
  }
  if (context.json) return out;
  const bool ko = context.korean;
  heading(context, context.say("how far each token's last vector moved", "토큰마다 마지막 벡터가 움직인 만큼"));
  context.print(table({">#", ko ? "토큰" : "TOKEN", ko ? ">달라진 크기" : ">CHANGE", ko ? ">코사인" : ">COSINE"}, rows, context.color));
  return out;
}

}  // namespace

Json show_changed(Context& context, const LookGiven& given, const Looked& looked) {
  watch::Watching watching{.ablations = ablations(given, looked), .cancel = &context.cancel};
  Json changes = Json::array();
  for (const watch::Ablation& one : watching.ablations)
    changes.push_back({{"ablate", one.attention}, {"layer", one.layer}, {"head", one.head}});
  for (const std::string& request : given.patch) {
    watching.patches.push_back(patch_of(context, request, looked));
    const watch::Patch& one = watching.patches.back();
    changes.push_back(
        {{"patch", one.site}, {"layer", one.layer}, {"position", one.position}, {"from", request.substr(request.find('=') + 1)}});
  }
  const watch::Pass before = watch::pass(looked.model(), looked.input, {.cancel = &context.cancel});
  const watch::Pass now = watch::pass(looked.model(), looked.input, watching);
  const Question asked = question(looked);
  Json out = {{"changes", changes}};
  out["answers"] = answers_beside(context, given, looked, asked, before, now);
  out["vectors"] = vectors_beside(context, looked, before, now);
  return out;
}

}  // namespace maru::cli

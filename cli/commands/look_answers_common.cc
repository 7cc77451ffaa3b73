// What the model says of the text: the next token, what it expects at a mask, what each layer would say already, and the loss of every
// position.
#include <algorithm>
#include <cmath>

#include "cli/commands/look_common.h"
#include "cli/task_view.h"
#include "cli/terminal.h"

namespace maru::cli {
namespace {

bool decodes(const Looked& looked) { return looked.info().causal || looked.info().encoder_decoder; }

void check_decodes(const Looked& looked, std::string_view option) {
  if (!decodes(looked))
    fail(ErrorKind::usage, "{} asks what comes next, and this model is an encoder: it was not trained to say that; --fill asks at a mask",
         option);
}

std::int32_t mask_of(const Looked& looked) {
  const bool reads = !looked.sees() && !decodes(looked);
  if (!reads || !looked.pretrained->tokenizer()->mask)
    fail(ErrorKind::usage, "this model has no mask token, so it was not trained to fill one; --next asks what comes next");
  return *looked.pretrained->tokenizer()->mask;
}

// Where the text can be asked: at every mask of an encoder, else at the end.
std::vector<std::int64_t> asked_positions(const Looked& looked) {
  if (decodes(looked)) return {std::int64_t(looked.written().size()) - 1};
  const std::int32_t mask = mask_of(looked);
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < looked.tokens.size(); ++i)
    if (looked.tokens[i].id == mask) out.push_back(std::int64_t(i));
  if (out.empty())
    fail(ErrorKind::usage, "the text has no mask; write {} where a word is to be found", looked.pretrained->tokenizer()->piece(mask));
  return out;
}

Json show_answers(Context& context, const LookGiven& given, const Looked& looked) {
  const watch::Pass pass = watch::pass(looked.model(), looked.input, {.cancel = &context.cancel});
  Json out = Json::array();
  for (const std::int64_t at : asked_positions(looked)) {
    const std::vector<watch::Candidate> best = watch::best(watch::logits_at(looked.model(), pass, at).values(), given.candidates(10));
    out.push_back({{"position", at}, {"candidates", candidates_json(looked, best)}});
    if (context.json) continue;
    const std::string label = token_label(looked.written()[std::size_t(at)], 24);
    heading(context, fmt::format(fmt::runtime(decodes(looked)
                                                  ? context.say("what comes after {} (position {})", "{} 다음(자리 {})")
                                                  : context.say("what is expected at {} (position {})", "{} 자리에 예상하는 것(자리 {})")),
                                 label, at));
    show_candidates(context, looked, best);
  }
  return out;
}

}  // namespace

Json show_next(Context& context, const LookGiven& given, const Looked& looked) {
  check_decodes(looked, "--next");
  return show_answers(context, given, looked);
}

Json show_fill(Context& context, const LookGiven& given, const Looked& looked) {
  (void)mask_of(looked);
  return show_answers(context, given, looked);
}

Json show_lens(Context& context, const LookGiven& given, const Looked& looked) {
  const std::string_view residual = watch::residual_site(looked.info());
  const watch::Pass pass = watch::pass(looked.model(), looked.input,
                                       {.keep = [&](const Site& site) { return site.name == residual; }, .cancel = &context.cancel});
  const std::size_t shown = given.candidates(5);
  Json out = Json::array();
  for (const std::int64_t at : asked_positions(looked)) {
    const Tensor lens = watch::lens(looked.model(), pass, at);
    const auto row = [&](std::int64_t layer) { return lens.values().subspan(std::size_t(layer * lens.dim(1)), std::size_t(lens.dim(1))); };
    const std::int32_t final = watch::best(row(lens.dim(0) - 1), 1).front().id;
    Json layers = Json::array();
    std::vector<std::vector<std::string>> rows;
    for (std::int64_t layer = 0; layer < lens.dim(0); ++layer) {
      const std::vector<watch::Candidate> best = watch::best(row(layer), shown);
      const std::int64_t rank = watch::rank(row(layer), final);
      const double probability = watch::of(row(layer), final).probability;
      layers.push_back({{"layer", layer - 1},
                        {"candidates", candidates_json(looked, best)},
                        {"rank_of_final", rank},
                        {"probability_of_final", probability}});
      std::string words;
      for (const watch::Candidate& one : best) words += (words.empty() ? "" : "  ") + fitted(looked.word(one.id), 12);
      rows.push_back({layer == 0 ? std::string(context.say("embeddings", "임베딩")) : std::to_string(layer - 1), std::to_string(rank),
                      fmt::format("{:.4f}", probability), words});
    }
    out.push_back({{"position", at}, {"final", final}, {"layers", layers}});
    if (context.json) continue;
    heading(context, fmt::format(fmt::runtime(context.say("position {}: when does {} appear?", "자리 {}: 언제부터 {}인가")), at,
                                 looked.word(final)));
    context.print(table({context.korean ? ">층" : ">LAYER", context.korean ? ">순위" : ">RANK", context.korean ? ">확률" : ">PROBABILITY",
                         context.korean ? "그 층의 답" : "WHAT THE LAYER WOULD SAY"}, rows, context.color));
  }
  return out;
}

Json show_loss(Context& context, const LookGiven&, const Looked& looked) {
  watch::Losses losses;
  if (decodes(looked)) {
    const std::vector<std::int32_t>& ids = looked.info().encoder_decoder ? looked.input.target : looked.input.ids;
    if (ids.size() < 2 && looked.info().encoder_decoder)
      fail(ErrorKind::usage, "--loss needs something that the decoder writes: --target TEXT");
    if (ids.size() < 2) fail(ErrorKind::usage, "--loss needs a text of two tokens or more");
    losses = watch::next_token_losses(looked.model(), watch::pass(looked.model(), looked.input, {.cancel = &context.cancel}), ids);
  } else {
    const std::int32_t mask = mask_of(looked);
    std::vector<std::int64_t> positions;
    for (std::size_t i = 0; i < looked.tokens.size(); ++i)
      if (looked.tokens[i].sequence >= 0 && looked.tokens[i].id != mask) positions.push_back(std::int64_t(i));
    losses = watch::masked_losses(looked.model(), looked.input, positions, mask, &context.cancel);
  }
  Json all = Json::array();
  std::vector<std::vector<std::string>> rows;
  double largest = 1e-9;
  for (const watch::Loss& one : losses.positions) largest = std::max(largest, one.loss);
  for (const watch::Loss& one : losses.positions) {
    all.push_back({{"position", one.position}, {"id", one.id}, {"loss", one.loss}, {"rank", one.rank}});
    rows.push_back({std::to_string(one.position), token_label(looked.written()[std::size_t(one.position)], 24),
                    fmt::format("{:.4f}", one.loss), fmt::format("{:.4f}", std::exp(-one.loss)), std::to_string(one.rank),
                    styled(bar(one.loss / largest, 20), Style::cyan, context.color)});
  }
  const Json out = {{"positions", all}, {"mean", losses.mean()}, {"perplexity", losses.perplexity()}, {"passes", losses.passes}};
  if (context.json) return out;
  const bool ko = context.korean;
  context.print(table({">#", ko ? "토큰" : "TOKEN", ko ? ">손실" : ">LOSS", ko ? ">확률" : ">PROBABILITY", ko ? ">순위" : ">RANK", ""},
                      rows, context.color));
  context.print("");
  context.print(facts({{std::string(context.say("mean", "평균")), fmt::format("{:.4f}", losses.mean())},
                       {std::string(context.say("perplexity", "퍼플렉시티")), fmt::format("{:.3f}", losses.perplexity())},
                       {std::string(context.say("passes", "계산 횟수")), decodes(looked) ? fmt::format(fmt::runtime(context.say("1 for all "
                                                                                                                                "{} "
                                                                                                                                "positions:"
                                                                                                                                " each "
                                                                                                                                "sees only "
                                                                                                                                "what "
                                                                                                                                "stands "
                                                                                                                                "before it",
                                                                                                                                "자리 {}개 "
                                                                                                                                "모두에 한 "
                                                                                                                                "번: "
                                                                                                                                "자리마다 "
                                                                                                                                "그 앞만 "
                                                                                                                                "봅니다")),
                                                                                                       losses.positions.size())
                                                                                         : fmt::format(fmt::runtime(context.say("{}: one "
                                                                                                                                "for each "
                                                                                                                                "position, "
                                                                                                                                "which is "
                                                                                                                                "masked in "
                                                                                                                                "it",
                                                                                                                                "{}번: "
                                                                                                                                "자리마다 "
                                                                                                                                "그 토큰을 "
                                                                                                                                "마스크로 "
                                                                                                                                "가리고 한 "
                                                                                                                                "번씩")),
                                                                                                       losses.passes)}},
                      context.color));
  return out;
}

}  // namespace maru::cli

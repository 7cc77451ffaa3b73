// maru look: inside a model on a person's own text: tokens, the pass as tensors, attention, masks, what each layer would say, what changes
// when a head is taken away. Counts nothing itself: maru/watch does.
#include <unistd.h>

#include "cli/commands/look_common.h"
#include "cli/commands/model_common.h"
#include "cli/terminal.h"

namespace maru::cli {
namespace {

void check_given(const LookGiven& given) {
  if (!given.compare && !given.sentence.empty())
    fail(ErrorKind::usage, "a third argument goes with --compare only: maru look --compare ENCODER DECODER TEXT");
  if (given.compare && given.sentence.empty())
    fail(ErrorKind::usage, "--compare takes two models and a text: maru look --compare ENCODER DECODER TEXT");
  if (given.compare &&
      (given.mask || given.next || given.lens || given.loss || given.fill || !given.attention.empty() || !given.ablate.empty() ||
       !given.patch.empty() || !given.npy.empty() || !given.svg.empty() || !given.pair.empty() || !given.target.empty()))
    fail(ErrorKind::usage, "--compare is a view of its own: leave the other options out");
  if (!given.svg.empty() && given.attention.empty() && !given.mask)
    fail(ErrorKind::usage, "--svg draws attention: say whose with --attention LAYER.HEAD, or ask for --mask");
}

int run(Context& context, const LookGiven& given) {
  check_given(given);
  if (given.compare) {
    const Json compared = show_compared(context, given);
    if (context.json) context.print_json(compared);
    return 0;
  }
  const Looked looked(model_path(context, given.model), given);
  Json out = {{"model", given.model}, {"tokens", tokens_json(looked.tokens)}};
  if (!looked.target_tokens.empty()) out["target"] = tokens_json(looked.target_tokens);
  if (looked.dropped_bytes) {
    out["dropped_bytes"] = looked.dropped_bytes;
    context.note(fmt::format(fmt::runtime(context.say("{} bytes of the text have no token in this vocabulary and were left out",
                                                      "글의 바이트 {}개는 이 어휘에 토큰이 없어 빠졌습니다")), looked.dropped_bytes));
  }
  using View = Json (*)(Context&, const LookGiven&, const Looked&);
  const std::vector<std::tuple<bool, std::string_view, View>> views = {
      {!given.attention.empty() || given.mask, "attention", show_attention},
      {given.next, "next", show_next},
      {given.fill, "fill", show_fill},
      {given.lens, "lens", show_lens},
      {given.loss, "loss", show_loss},
      {!given.ablate.empty() || !given.patch.empty(), "changed", show_changed}};
  bool any = false;
  for (const auto& [wanted, name, view] : views) {
    if (!wanted) continue;
    if (any && !context.json) context.print("");
    out[std::string(name)] = view(context, given, looked);
    any = true;
  }
  if (!any || !given.npy.empty()) out.update(show_pass(context, given, looked));
  if (context.json) context.print_json(out);
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<LookGiven>();
  Options options(app, korean);
  options.text("MODEL", given->model, kModelWords)->required();
  options.text("TEXT", given->text, {"The text; of a model that sees, a PNG or JPEG file", "글. 그림을 보는 모델에는 PNG나 JPEG 파일"})->required();
  options.text("SENTENCE", given->sentence, {"With --compare only: MODEL is then the encoder, TEXT the decoder, and this the text",
                                             "--compare에서만 씁니다. 그때 MODEL은 인코더, TEXT는 디코더, 이것이 글입니다"});
  options.text("--pair", given->pair, {"A second text, for models that were trained on pairs", "둘째 글(쌍으로 학습한 모델)"});
  options.text("--target", given->target, {"Of an encoder–decoder: what its decoder has written so far", "인코더–디코더에서 디코더가 지금까지 쓴 글"});
  options.flag(
      "--all", given->all,
      {"List the tensors of every layer; otherwise layers alike are folded", "층마다 모두 나열합니다. 없으면 똑같은 층은 접습니다"});
  options
      .text("--attention", given->attention,
            {"LAYER.HEAD, LAYER or all: who looks at whom, rows ask and columns are asked. "
             "Before it encoder:, decoder: or cross: for one side of an encoder–decoder",
             "층.헤드, 층 또는 all: 누가 누구를 보는지. 행이 묻고 열이 답합니다. 인코더–디코더는 앞에 encoder:, decoder:, cross:를 붙여 "
             "고릅니다"})
      ->type_name("LAYER.HEAD");
  options.flag("--heat", given->heat, {"Attention as a heat map; otherwise as numbers", "어텐션을 숫자 대신 열 지도로 그립니다"});
  options.flag("--mask", given->mask,
               {"Who sees whom as ✓ and ✗, the scores with −∞ (with --json the text \"-Infinity\"), and the zeros after softmax "
                "(of --attention, otherwise of 0.0)",
                "누가 누구를 볼 수 있는지 ✓와 ✗로, −∞가 든 점수와(--json에서는 글자 \"-Infinity\") softmax 뒤의 0까지"
                "(--attention의 헤드, 없으면 0.0)"});
  options.flag("--next", given->next, {"The next token: logits and probabilities", "다음 토큰: 로짓과 확률"});
  options.flag("--fill", given->fill, {"What the model expects at each mask of the text", "글의 마스크마다 모델이 예상하는 토큰"});
  options.flag("--lens", given->lens, {"The logit lens: what each layer would answer already", "로짓 렌즈: 층마다 그 자리에서 이미 낼 답"});
  options.flag("--loss", given->loss, {"The loss of every position", "자리마다의 손실"});
  options.integer("--top", given->top, {1, 1000}, {"How many candidates --next, --fill and --lens show (default: 10, of --lens 5)",
                                                   "--next, --fill, --lens가 보여 줄 후보의 수(기본: 10, --lens는 5)"});
  options.texts("--ablate", given->ablate, {"LAYER.HEAD: take a head away and show what changes; may be repeated",
                                            "층.헤드: 헤드를 끄고 무엇이 달라지는지 봅니다. 여러 번 쓸 수 있습니다"})->type_name("LAYER.HEAD");
  options
      .texts("--patch", given->patch,
             {"SITE:LAYER:POSITION=TEXT: put in what another text of as many tokens has there; may be repeated",
              "이름:층:자리=글: 토큰 수가 같은 다른 글의 값을 그 자리에 넣고 봅니다. 여러 번 쓸 수 있습니다"})
      ->type_name("SITE:LAYER:POSITION=TEXT");
  options.flag("--compare", given->compare, {"Two models on one text: maru look --compare ENCODER DECODER TEXT",
                                             "두 모델을 한 글에서 비교합니다: maru look --compare 인코더 디코더 글"});
  options
      .text("--npy", given->npy, {"Write every tensor of the pass into this folder as .npy", "계산의 모든 텐서를 이 폴더에 .npy로 씁니다"})
      ->type_name("FOLDER");
  options
      .text("--svg", given->svg,
            {"Draw the attention, or with --mask the mask, into this file", "어텐션을(--mask면 마스크를) 이 파일에 그립니다"})
      ->type_name("FILE");
  options.examples("maru look smollm2 \"I love you\" --mask\n"
                   "maru look smollm2 \"나는 너를 사랑해\" --attention 3.2 --heat\n"
                   "maru look smollm2 \"The capital of France is\" --next --lens\n"
                   "maru look smollm2 \"The capital of France is\" --ablate 3.2 --ablate 4.0\n"
                   "maru look smollm2 \"Paris is in\" --patch \"residual:10:0=Berlin is in\"\n"
                   "maru look --compare all-minilm smollm2 \"I love you\"");
  return [given](Context& context) { return run(context, *given); };
}

}  // namespace

Command look_entry() {
  return {.name = "look",
          .group = "look inside",
          .about = "Inside a model on your own text: tokens, tensors, attention, masks, and what changes without a head",
          .about_ko = "내 글로 모델 속을 봅니다: 토큰, 텐서, 어텐션, 마스크, 그리고 헤드를 끄면 달라지는 것",
          .declare = declare};
}

}  // namespace maru::cli

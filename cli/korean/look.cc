// What maru/watch and `maru look` say, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"a third argument goes with --compare only: maru look --compare ENCODER DECODER TEXT",
     "셋째 인자는 --compare에서만 씁니다: maru look --compare 인코더 디코더 글"},
    {"--compare takes two models and a text: maru look --compare ENCODER DECODER TEXT",
     "--compare에는 모델 둘과 글이 필요합니다: maru look --compare 인코더 디코더 글"},
    {"--compare is a view of its own: leave the other options out", "--compare는 따로 보는 화면입니다. 다른 옵션을 빼세요"},
    {"--svg draws attention: say whose with --attention LAYER.HEAD, or ask for --mask",
     "--svg는 어텐션을 그립니다. --attention 층.헤드로 무엇을 그릴지 고르거나 --mask를 쓰세요"},
    {"{} asks what comes next, and this model is an encoder: it was not trained to say that; --fill asks at a mask",
     "{}은(는) 다음에 올 것을 묻는데 이 모델은 인코더라 그것을 배우지 않았습니다. 마스크 자리를 물으려면 --fill을 쓰세요"},
    {"this model has no mask token, so it was not trained to fill one; --next asks what comes next",
     "이 모델에는 마스크 토큰이 없어 마스크 채우기를 배우지 않았습니다. 다음에 올 것을 물으려면 --next를 쓰세요"},
    {"the text has no mask; write {} where a word is to be found", "글에 마스크가 없습니다. 낱말을 찾을 자리에 {}을(를) 쓰세요"},
    {"--loss needs something that the decoder writes: --target TEXT", "--loss에는 디코더가 쓸 글이 필요합니다: --target 글"},
    {"--loss needs a text of two tokens or more", "--loss에는 토큰이 둘 이상인 글이 필요합니다"},
    {"the scores and weights of {} layers for {} tokens take {:.1f} GB, more than {:.1f}; name one LAYER.HEAD, or shorten the text",
     "층 {}개, 토큰 {}개의 점수와 가중치는 {}GB로 한도 {}GB를 넘습니다. 층.헤드 하나만 고르거나 글을 줄이세요"},
    {"layer {} has no {}", "층 {}에는 {}이(가) 없습니다"},
    {"{}: layer {} has heads 0 to {}, got {}", "{}: 층 {}의 헤드는 0부터 {}까지입니다. 받은 값: {}"},
    {"--patch takes SITE:LAYER:POSITION=TEXT, as residual:3:last=TEXT; got {:?}", "--patch는 residual:3:last=글처럼 이름:층:자리=글 꼴로 씁니다. 받은 값: {}"},
    {"--patch: {:?} has {} tokens, the text {}; they must have as many, so that positions mean the same",
     "--patch: {}은(는) 토큰이 {}개, 글은 {}개입니다. 자리가 같은 뜻이 되도록 토큰 수가 같아야 합니다"},
    {"--patch: there is no {:?} of layer {}; its last layer is {}", "--patch: {}은(는) 층 {}에 없습니다. 마지막 층은 {}입니다"},
    {"--patch: the pass has no {:?}; of the first layer there are: {}", "--patch: 계산에 {}이(가) 없습니다. 첫 층까지 있는 것: {}"},
    {"--patch: there is no position {}; there are 0 to {}", "--patch: 자리 {}은(는) 없습니다. 0부터 {}까지 있습니다"},
    {"the target has {} tokens, the model takes {}; shorten it", "디코더의 글이 토큰 {}개인데 모델은 {}개까지 읽습니다. 줄이세요"},
    {"--compare: {} is no decoder; the second model must be one, as smollm2", "--compare: {}은(는) 디코더가 아닙니다. 둘째 모델은 smollm2 같은 디코더여야 합니다"},
    {"--compare: {} is no encoder of texts; the first model must be one, as all-minilm",
     "--compare: {}은(는) 글을 읽는 인코더가 아닙니다. 첫 모델은 all-minilm 같은 인코더여야 합니다"},
    {"make the folder", "폴더 만들기"},
    {"this file has no head that says tokens; it gives vectors, or labels", "이 파일에는 토큰을 말하는 머리가 없습니다. 벡터나 라벨만 줍니다"},
    {"the lens needs the residual stream of layer {}, which was not kept", "렌즈에는 층 {}의 잔차가 필요한데 남겨 두지 않았습니다"},
    {"the weights of {} in layer {} were not kept", "{}의 층 {} 가중치를 남겨 두지 않았습니다"},
    {"{}: {:?} names a side of an encoder–decoder; this model has one attention only",
     "{}: {}은(는) 인코더–디코더의 한쪽을 가리키는데 이 모델에는 어텐션이 한 가지뿐입니다"},
    {"{}: {:?} is no attention of this model; there are encoder, decoder and cross", "{}: {}(이)라는 어텐션은 없습니다. encoder, decoder, cross가 있습니다"},
    {"{} takes LAYER.HEAD, LAYER or all, as 3.2; got {:?}", "{}에는 3.2처럼 층.헤드, 층 또는 all을 줍니다. 받은 값: {}"},
    {"{}: there is no layer {}; this model has layers 0 to {}", "{}: 층 {}은(는) 없습니다. 이 모델의 층은 0부터 {}까지입니다"},
    {"{}: there is no head {}; a layer of this model has heads 0 to {}", "{}: 헤드 {}은(는) 없습니다. 이 모델의 층마다 헤드는 0부터 {}까지입니다"},
    {"nothing was ablated: the pass has no {} of layer {}", "끈 것이 없습니다. 계산에 {}의 층 {}이(가) 없습니다"},
    {"nothing was patched: the pass has no {:?} of layer {}", "바꾼 것이 없습니다. 계산에 {}의 층 {}이(가) 없습니다"},
    {"{}: position {} to patch; there are 0 to {}", "{}: 바꿀 자리가 {}입니다. 0부터 {}까지 있습니다"},
    {"{}: a row of {} values to patch in, expected {}", "{}: 넣을 값이 {}개인데 {}개여야 합니다"},
    {"the text has no token of its own to look at", "글에 살펴볼 토큰이 없습니다"},
};

}  // namespace

Translations look_korean() { return kTable; }

}  // namespace maru::cli

// What maru/engine says about serving many requests, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"scheduler: {} running, {} waiting, steps of {} ms, pieces of {}, {} of the memory for prefixes: expected at least 1, 1, "
     "1, 0 and 0 to 1",
     "스케줄러: 동시 실행 {}, 대기 {}, 한 단계 {}ms, 조각 {}, 접두부 몫 {}: 각각 1, 1, 1, 0 이상과 0부터 1까지여야 합니다"},
    {"{}: this model does not continue a prompt; choose one that writes, such as smollm2",
     "{}: 프롬프트를 이어 쓰지 않는 모델입니다. smollm2처럼 글을 쓰는 모델을 고르세요"},
    {"choices: expected 1 to {}, got {}", "choices: 1부터 {}까지여야 합니다. 받은 값: {}"},
    {"context: {} tokens were asked for, the model was trained for {}", "context: 토큰 {}개를 요청했지만 모델은 {}개까지 학습했습니다"},
    {"prompt: token {} is {}, the vocabulary has {}", "프롬프트: {}번째 토큰이 {}인데 어휘는 {}개입니다"},
    {"the prompt has {} tokens and the context {}: no room is left for an answer; shorten the prompt or raise the context",
     "프롬프트가 토큰 {}개, 컨텍스트가 {}개라 답을 쓸 자리가 없습니다. 프롬프트를 줄이거나 컨텍스트를 늘리세요"},
    {"keep: expected 0 to {} tokens of a context of {}, got {}", "keep: 0부터 {}까지여야 합니다(컨텍스트 {}). 받은 값: {}"},
    {"{} tokens need {} MiB of keys and values, and there are {} MiB for all requests; ask for fewer tokens or a smaller "
     "context, or raise the limit",
     "토큰 {}개에는 키와 값으로 {}MiB가 필요한데 모든 요청에 쓸 수 있는 것은 {}MiB입니다. 토큰이나 컨텍스트를 줄이거나 한도를 늘리세요"},
    {"the model could not run: {}", "모델을 실행하지 못했습니다: {}"},
    {"the request could not begin: {}", "요청을 시작하지 못했습니다: {}"},
    {"the token could not be chosen: {}", "토큰을 고르지 못했습니다: {}"},
    {"no room is left for the keys and values of {} tokens", "토큰 {}개의 키와 값을 둘 자리가 남지 않았습니다"},
    {"whoever listened to the answer failed: {}", "답을 받는 쪽에서 오류가 났습니다: {}"},
    {"{} logits for a vocabulary of {} tokens", "토큰 {1}개짜리 어휘에 점수가 {0}개입니다"},
    {"a text of {} tokens: expected 1 to {}", "글의 토큰이 {}개입니다. 1부터 {}까지여야 합니다"},
    {"nothing to encode: the request has no texts", "요청에 글이 없어 할 일이 없습니다"},
    {"this model is being ended and takes no more requests", "이 모델은 끝나는 중이라 요청을 더 받지 않습니다"},
    {"{} texts wait already and {} more came, {} may wait; try again later",
     "글 {}개가 이미 기다리는데 {}개가 더 왔습니다. {}개까지 기다릴 수 있습니다. 잠시 뒤 다시 시도하세요"},
    {"{} vectors of {} texts", "글 {1}개에서 벡터 {0}개가 나왔습니다"},
    {"the vector of this text is not finite; the model file may be damaged (maru verify)",
     "이 글의 벡터가 유한한 수가 아닙니다. 모델 파일이 손상되었을 수 있습니다(maru verify)"},
    {"{}: expected -1 or {} to {}, got {}", "{}: -1이거나 {}부터 {}까지여야 합니다. 받은 값: {}"},
    {"logit_bias: the token {} is not in the vocabulary, which has {}", "logit_bias: 토큰 {}은(는) 어휘에 없습니다(어휘 {}개)"},
    {"logit_bias of token {}: expected {} to {}, got {}", "토큰 {}의 logit_bias: {}부터 {}까지여야 합니다. 받은 값: {}"},
    {"stop: expected at most {} strings, got {}", "stop: 문자열은 {}개까지입니다. 받은 개수: {}"},
    {"stop: expected at most {} bytes a string, got {}", "stop: 문자열 하나는 {}바이트까지입니다. 받은 길이: {}"},
    {"{} requests wait already, as many as may; try again later", "요청 {}개가 이미 기다리고 있어 더 받을 수 없습니다. 잠시 뒤 다시 시도하세요"},
    {"scheduler: it has a thread of its own, which runs the steps", "스케줄러: 단계를 실행하는 스레드가 따로 있습니다"},
};

}  // namespace

Translations engine_serving_korean() { return kTable; }

}  // namespace maru::cli

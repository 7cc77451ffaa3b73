// What maru/models, maru/engine and the choice of an instruction set say, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"MARU_ISA: expected baseline, avx2, avx512 or amx, got '{}'", "MARU_ISA: baseline, avx2, avx512, amx 가운데 하나여야 합니다. 받은 값: '{}'"},
    {"MARU_ISA={}: this CPU offers at most {}; unset it or name a lower one", "MARU_ISA={}: 이 CPU는 {}까지입니다. 지우거나 더 낮은 것을 적으세요"},
    {"instruction set {}: this CPU offers at most {}", "명령어 집합 {}: 이 CPU는 {}까지입니다"},
    {"MARU_ISA asked for it; the best this CPU offers is {}", "MARU_ISA로 정한 것입니다. 이 CPU가 할 수 있는 것은 {}까지입니다"},
    {"this CPU offers no AVX2 with FMA and F16C", "이 CPU에는 AVX2, FMA, F16C가 다 있지 않습니다"},
    {"this CPU has AVX2 and FMA, but not all of AVX-512 F, BW, DQ, VL and VNNI",
     "이 CPU에는 AVX2와 FMA가 있지만 AVX-512 F, BW, DQ, VL, VNNI가 다 있지는 않습니다"},
    {"this CPU has AVX-512 with VNNI", "이 CPU에는 AVX-512와 VNNI가 있습니다"},
    {"this CPU has AVX-512 with VNNI and AMX int8 tiles", "이 CPU에는 AVX-512, VNNI, AMX int8 타일이 있습니다"},
    {"{}: {}: a width of {} cannot be shared by {} heads", "{}: {}: 너비 {}을(를) 헤드 {}개로 나눌 수 없습니다"},
    {"this model is no encoder–decoder: it has no encoder of its own to ask", "인코더–디코더 모델이 아니어서 따로 물어볼 인코더가 없습니다"},
    {"this model is an encoder: it gives vectors, not next words", "벡터를 내는 모델이라 다음 말을 쓰지 못합니다"},
    {"this model's file does not hold {}", "이 모델의 파일에는 {}이(가) 없습니다"},
    {"{}: {} is '{}', which this program does not know; it knows gelu, gelu_new, relu, silu and tanh",
     "{}: {}의 값 '{}'은(는) 이 프로그램이 모릅니다. 아는 것: gelu, gelu_new, relu, silu, tanh"},
    {"{}: max_position_embeddings is {}, but positions start at {} (pad_token_id + 1)",
     "{}: max_position_embeddings는 {}인데 위치가 {}(pad_token_id + 1)에서 시작합니다"},
    {"{}: position_embedding_type is '{}', expected absolute", "{}: position_embedding_type이 '{}'입니다. absolute여야 합니다"},
    {"{}: {}: {} heads cannot share {} key-value heads evenly", "{}: {}: 헤드 {}개를 키-값 헤드 {}개로 똑같이 나눌 수 없습니다"},
    {"{}: {}: a width of {} over {} heads leaves no even head", "{}: {}: 너비 {}을(를) 헤드 {}개로 나누면 헤드 크기가 짝수가 되지 않습니다"},
    {"{}: hidden_act is '{}', expected silu", "{}: hidden_act가 '{}'입니다. silu여야 합니다"},
    {"{}: rope_scaling is not supported yet", "{}: rope_scaling은 아직 지원하지 않습니다"},
    {"{}: biases are not supported in llama yet", "{}: llama의 편향(bias)은 아직 지원하지 않습니다"},
    {"{}: llama.rope.scaling.type is not supported yet", "{}: llama.rope.scaling.type은 아직 지원하지 않습니다"},
    {"{}: tensor {} is missing; the file is not a whole {} model", "{}: 텐서 {}이(가) 없습니다. 온전한 {} 모델이 아닙니다"},
    {"{}: tensor {}: expected shape {}, got {}", "{}: 텐서 {}: 모양이 {}이어야 합니다. 실제: {}"},
    {"{}: tensor {} is of type {}, which this program cannot compute with yet", "{}: 텐서 {}의 자료형 {}은(는) 이 프로그램이 아직 계산하지 못합니다"},
    {"{}: tensor {}: rows of {} do not fill blocks of {} ({})", "{}: 텐서 {}: 길이 {}인 행이 {}개짜리 블록({})으로 나누어떨어지지 않습니다"},
    {"{}: tensor {}[{}] is {}, not a finite number; the file is damaged", "{}: 텐서 {}[{}]의 값 {}은(는) 유한한 수가 아닙니다. 파일이 손상되었습니다"},
    {"{}: {} tensors that {} does not use: {}{}; this is another architecture or a variant this program does not know",
     "{0}: {2} 모델이 쓰지 않는 텐서가 {1}개 있습니다: {3}{4}. 다른 구조이거나 이 프로그램이 모르는 변형입니다"},
    {"{}: {} is {}, expected a number above 0", "{}: {}: 0보다 큰 수여야 합니다. 실제: {}"},
    {"{}: {} is '{}', which this program does not know; it knows {}", "{}: {}의 값 '{}'은(는) 이 프로그램이 모릅니다. 아는 것: {}"},
    {"{}/1_Pooling/config.json: pooling_mode '{}' is not supported, only mean and cls",
     "{}/1_Pooling/config.json: pooling_mode '{}'은(는) 지원하지 않습니다. mean과 cls만 됩니다"},
    {"{}/1_Pooling/config.json: {} is not supported, only mean and cls", "{}/1_Pooling/config.json: {}은(는) 지원하지 않습니다. mean과 cls만 됩니다"},
    {"{}: this model writes text and gives no vectors; choose an encoder, such as all-minilm",
     "{}: 글을 쓰는 모델이라 벡터를 내지 않습니다. all-minilm 같은 임베딩 모델을 고르세요"},
    {"{}: the tokenizer has {} tokens, the model {}", "{}: 토크나이저의 토큰은 {}개인데 모델은 {}개입니다"},
    {"{}/sentence_bert_config.json: max_seq_length: expected an integer", "{}/sentence_bert_config.json: max_seq_length: 정수여야 합니다"},
    {"{}/sentence_bert_config.json: max_seq_length is {}, expected 3 to the model's {} positions",
     "{0}/sentence_bert_config.json: max_seq_length: 3부터 모델의 위치 수 {2}까지여야 합니다. 실제: {1}"},
    {"{}: this model is an encoder, which gives vectors and no text; choose one that writes, such as smollm2",
     "{}: 벡터를 내는 모델이라 글을 쓰지 못합니다. smollm2처럼 글을 쓰는 모델을 고르세요"},
    {"{}: this model has no chat template; use --raw, which sends the prompt as it is", "{}: 이 모델에는 대화 틀이 없습니다. 프롬프트를 그대로 보내는 --raw를 쓰세요"},
    {"{}: the chat template makes an empty prompt of these messages; use --raw, which sends the prompt as it is",
     "{}: 대화 틀이 이 메시지를 빈 프롬프트로 만듭니다. 프롬프트를 그대로 보내는 --raw를 쓰세요"},
    {"stop: an empty stop string would end every answer", "stop: 빈 글이면 모든 답이 바로 끝납니다"},
    {"{} tokens of prompt and up to {} of answer exceed the model's context of {}; shorten the prompt or ask for fewer tokens",
     "프롬프트 토큰 {}개와 답 토큰 {}개까지를 더하면 모델의 문맥 {}개를 넘습니다. 프롬프트를 줄이거나 --max-tokens를 낮추세요"},
    {"{}: expected {} to {}, got {}", "{}: {}부터 {}까지여야 합니다. 받은 값: {}"},
    {"sampling: no token is left to choose from, or the model's numbers are not finite; the model file may be damaged (maru verify)",
     "고를 토큰이 남지 않았거나 모델의 계산 값이 유한하지 않습니다. 모델 파일이 손상되었을 수 있습니다(maru verify)"},
    {"context: {} tokens so far and {} more exceed the {} that the model was trained for", "문맥: 지금까지 토큰 {}개에 {}개를 더하면 모델이 배운 {}개를 넘습니다"},
    {"nothing to run: the prompt has no tokens", "프롬프트에 토큰이 없어 할 일이 없습니다"},
};

}  // namespace

Translations models_korean() { return kTable; }

}  // namespace maru::cli

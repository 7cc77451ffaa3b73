// What maru/text says of tokenizers, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"{}: token id {} is outside the vocabulary of {} tokens", "{}: 토큰 번호 {}이(가) 어휘 {}개 밖에 있습니다"},
    {"the text to tokenize is not UTF-8: byte 0x{:02x} at offset {}; repair or convert it first",
     "토큰으로 나눌 글이 UTF-8이 아닙니다. {1}번째 바이트가 0x{0}입니다. 먼저 고치거나 변환하세요"},
    {"the text to tokenize has {} bytes, more than {}; give it in parts", "토큰으로 나눌 글이 {}바이트입니다. {}바이트까지이니 나누어 주세요"},
    {"{}: tokenizer.ggml.tokens: expected 1 to {} tokens, found {}", "{}: tokenizer.ggml.tokens: 토큰이 1개에서 {}개여야 합니다. 실제: {}"},
    {"{}: tokenizer.ggml.token_type: expected {} numbers as there are tokens, found {}",
     "{}: tokenizer.ggml.token_type: 토큰 수와 같은 {}개여야 합니다. 실제: {}"},
    {"{}: tokenizer.ggml.tokens: {} bytes are too many", "{}: tokenizer.ggml.tokens: {}바이트는 너무 큽니다"},
    {"{}: tokenizer.ggml.tokens[{}]: not UTF-8", "{}: tokenizer.ggml.tokens[{}]: UTF-8이 아닙니다"},
    {"{}: tokenizer.ggml.token_type[{}]: expected 1 to 6, found {}", "{}: tokenizer.ggml.token_type[{}]: 1부터 6까지여야 합니다. 실제: {}"},
    {"{}: tokenizer.ggml.tokens[{}]: {:?} stands twice", "{}: tokenizer.ggml.tokens[{}]: {}이(가) 두 번 나옵니다"},
    {"{}: tokenizer.ggml.merges: {} are too many", "{}: tokenizer.ggml.merges: {}개는 너무 많습니다"},
    {"{}: tokenizer.ggml.merges[{}]: expected two pieces with one blank between, found {:?}",
     "{}: tokenizer.ggml.merges[{}]: 빈칸 하나로 나뉜 두 조각이어야 합니다. 실제: {}"},
    {"{}: tokenizer.ggml.merges[{}]: token {:?} is not in the vocabulary", "{}: tokenizer.ggml.merges[{}]: 토큰 {}이(가) 어휘에 없습니다"},
    {"{}: {} is true, but the file names no such token", "{}: {}이(가) 참인데 파일에 그 토큰이 없습니다"},
    {"{}: tokenizer.ggml.pre: {:?} is not known (known: gpt-2, smollm, starcoder, refact, command-r, llama-bpe, qwen2, deepseek-coder, "
     "falcon); "
     "use a model with one of these",
     "{}: tokenizer.ggml.pre: {}을(를) 모릅니다(아는 것: gpt-2, smollm, starcoder, refact, command-r, llama-bpe, qwen2, deepseek-coder, falcon). "
     "이 가운데 하나를 쓰는 모델을 고르세요"},
    {"{}: tokenizer.ggml.pre: {:?} is not known for bert (known: default, bert-bge)",
     "{}: tokenizer.ggml.pre: bert에서 {}을(를) 모릅니다(아는 것: default, bert-bge)"},
    {"{}: tokenizer.ggml.cls_token_id and seperator_token_id: expected both for bert",
     "{}: bert에는 tokenizer.ggml.cls_token_id와 seperator_token_id가 모두 있어야 합니다"},
    {"{}: tokenizer.ggml.model: {:?} is not known (known: gpt2, bert); use a model with one of these",
     "{}: tokenizer.ggml.model: {}을(를) 모릅니다(아는 것: gpt2, bert). 이 가운데 하나를 쓰는 모델을 고르세요"},
    {"{}: expected {}, found {}", "{}: 필요한 것: {}, 실제: {}"},
    {"{}: {}: expected {}, found {}", "{}: {}: 필요한 것: {}, 실제: {}"},
    {"nothing", "없음"},
    {"true or false", "참/거짓 값"},
    {"an integer of {} to {}", "{}부터 {}까지의 정수"},
    {"a token and its id", "토큰과 그 번호"},
    {"two pieces", "두 조각"},
    {"a ByteLevel decoder", "ByteLevel 디코더"},
    {"{}: {}: {:?} is not known here (known: {}); convert the tokenizer or use another model",
     "{}: {}: {}을(를) 모릅니다(아는 것: {}). 토크나이저를 변환하거나 다른 모델을 쓰세요"},
    {"{}: {}: expected an integer of {} to {}, found {}", "{}: {}: {}부터 {}까지의 정수여야 합니다. 실제: {}"},
    {"{}: {}: sequences are nested more than 8 deep", "{}: {}: 차례 묶음이 8단계보다 깊이 겹쳐 있습니다"},
    {"{}: {}: this is not supported for byte-level BPE; expected it to be absent or off",
     "{}: {}: 바이트 수준 BPE에서는 지원하지 않습니다. 없거나 꺼져 있어야 합니다"},
    {"{}: {}: the vocabulary is empty", "{}: {}: 어휘가 비어 있습니다"},
    {"{}: {}: id {} belongs to two tokens, {:?} and {:?}", "{}: {}: 번호 {}을(를) 두 토큰 {}와(과) {}이(가) 함께 씁니다"},
    {"{}: {}[{:?}]: expected an id of 0 to {} (ids have no gaps), found {}", "{}: {}[{}]: 번호는 빈틈없이 0부터 {}까지여야 합니다. 실제: {}"},
    {"{}: {}[{:?}]: id {} belongs to {:?} as well", "{}: {}[{}]: 번호 {}을(를) {}도 쓰고 있습니다"},
    {"{}: {}: no token has id {}, yet the largest id is {}", "{}: {}: 번호 {}인 토큰이 없는데 가장 큰 번호는 {}입니다"},
    {"{}: {}: {:?} stands twice, the second time with id {}", "{}: {}: {}이(가) 두 번 나옵니다. 두 번째 번호는 {}입니다"},
    {"{}: {}: token {:?} is not in the vocabulary", "{}: {}: 토큰 {}이(가) 어휘에 없습니다"},
    {"{}: {}: expected {}, found {:?}", "{}: {}: {}이어야 합니다. 실제: {}"},
    {"{}: {}: expected the text {} exactly once", "{}: {}: 글 {}이(가) 꼭 한 번 있어야 합니다"},
    {"{}: {}: expected the text {} exactly once, found none", "{}: {}: 글 {}이(가) 꼭 한 번 있어야 하는데 없습니다"},
    {"{}: {}: a step before it adds special tokens already; expected one that does",
     "{}: {}: 앞 단계가 이미 특수 토큰을 덧붙입니다. 그런 단계는 하나여야 합니다"},
    {"windows: this encoding was made without offsets", "windows: 위치 없이 나눈 결과입니다"},
    {"a window of {} tokens leaves no room for the text: {} tokens are taken by the question and special tokens; "
     "give longer windows or a shorter question",
     "토큰 {}개짜리 창에 글이 들어갈 자리가 없습니다. 질문과 특수 토큰이 {}개를 차지합니다. 창을 늘리거나 질문을 줄이세요"},
    {"a stride of {} tokens leaves no step: a window has room for {} tokens of the text",
     "겹침이 토큰 {}개면 앞으로 나아갈 수 없습니다. 창에 글 토큰 {}개가 들어갑니다"},
    {"{}: {}: token {:?} has id {}, not {}", "{}: {}: 토큰 {}의 번호는 {}입니다. {}이(가) 아닙니다"},
    {"{}: decoder.prefix: expected {:?} as in the model, found {:?}", "{}: decoder.prefix: 모델과 같은 {}이어야 합니다. 실제: {}"},
    {"{}: {}[{}]: expected two pieces with one blank between, found {:?}", "{}: {}[{}]: 빈칸 하나로 나뉜 두 조각이어야 합니다. 실제: {}"},
    {"{}: {}[{}]: token {:?} is not in the vocabulary", "{}: {}[{}]: 토큰 {}이(가) 어휘에 없습니다"},
    {"{}: {}: expected ByteLevel to be the last step", "{}: {}: ByteLevel이 마지막 단계여야 합니다"},
    {"{}: {}.add_prefix_space: supported only where ByteLevel is the only step", "{}: {}.add_prefix_space: ByteLevel이 유일한 단계일 때만 지원합니다"},
    {"{}: pre_tokenizer: {} steps are more than {}", "{}: pre_tokenizer: 단계가 {}개입니다. {}개까지만 받습니다"},
    {"{}: pre_tokenizer: expected a ByteLevel step; only byte-level BPE is supported",
     "{}: pre_tokenizer: ByteLevel 단계가 있어야 합니다. 바이트 수준 BPE만 지원합니다"},
    {"{}: {} bytes, more than the {} a tokenizer may have", "{}: {}바이트입니다. 토크나이저는 {}바이트까지입니다"},
    {"{}: not valid JSON ({}); the file may be cut: get it again", "{0}: 올바른 JSON이 아닙니다. 파일이 잘렸을 수 있으니 다시 가져오세요"},
    {"{}: {}: expected a string or an object with content", "{}: {}: 문자열이거나 content가 있는 객체여야 합니다"},
    {"{}: {}: token {:?} is not in the vocabulary of {}", "{}: {}: 토큰 {}이(가) {}의 어휘에 없습니다"},
    {"{}: a WordPiece vocabulary needs an unknown token", "{}: WordPiece 어휘에는 모르는 말을 나타내는 토큰이 있어야 합니다"},
};

}  // namespace

Translations text_korean() { return kTable; }

}  // namespace maru::cli

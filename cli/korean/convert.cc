// What maru/convert says, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"{}: the files around the weights could not be copied: {}", "{}: 가중치 곁의 파일을 복사할 수 없습니다: {}"},
    {"--type: {:?} is not known; it may be {}", "--type: {:?}은(는) 모릅니다. 쓸 수 있는 것: {}"},
    {"{}: the other kind of file cannot say all that this model is: its hidden states would be off by {} %, so nothing was written",
     "{}: 다른 종류의 파일로는 이 모델을 다 나타낼 수 없습니다. 은닉 상태가 {} % 달라지므로 쓰지 않았습니다"},
    {"{}: is there already; name a new file", "{}: 이미 있습니다. 새 파일 이름을 적으세요"},
    {"type {} cannot be written", "자료형 {}은(는) 쓸 수 없습니다"},
    {"{}: GGUF knows no family {}, so this model cannot become one", "{}: GGUF에는 {} 계열이 없어 이 모델은 GGUF가 될 수 없습니다"},
    {"{}: is a GGUF already", "{}: 이미 GGUF입니다"},
    {"{}: is no GGUF", "{}: GGUF가 아닙니다"},
    {"{}: tensor {}: the GGUF of {} has no name for it", "{}: 텐서 {}: {}의 GGUF에는 그 이름이 없습니다"},
    {"{} was left out: a GGUF of {} has no place for it", "{}은(는) 뺐습니다. {}의 GGUF에는 그 자리가 없습니다"},
    {"{}: is there already; name a new folder", "{}: 이미 있습니다. 새 폴더 이름을 적으세요"},
    {"{}: tensor {}: safetensors of {} have no name for it", "{}: 텐서 {}: {}의 safetensors에는 그 이름이 없습니다"},
    {"{} of {} weights were written in another type than the GGUF has them in", "가중치 {1}개 가운데 {0}개는 GGUF와 다른 자료형으로 썼습니다"},
    {"{}: cannot be made: {}", "{}: 만들 수 없습니다: {}"},
    {"{}: the id of {:?} is {}, expected 0 to {}, as the model has words", "{0}: {1:?}의 번호는 {2}입니다. 모델의 낱말 수에 따라 0부터 {3}까지여야 합니다"},
    {"{}: model.vocab: expected an object", "{}: model.vocab: 객체여야 합니다"},
    {"{}: pre_tokenizer: GGUF has no name that this program knows for such a splitting; it knows gpt-2, smollm, llama-bpe and qwen2",
     "{}: pre_tokenizer: 이렇게 나누는 방식의 GGUF 이름을 이 프로그램이 모릅니다. 아는 것: gpt-2, smollm, llama-bpe, qwen2"},
    {"{}: model.merges[{}]: expected \"left right\" or [left, right]", "{}: model.merges[{}]: \"왼쪽 오른쪽\" 또는 [왼쪽, 오른쪽]이어야 합니다"},
    {"{}: GGUF knows WordPiece only with BertNormalizer and ##", "{}: GGUF의 WordPiece는 BertNormalizer와 ##을 쓰는 것뿐입니다"},
    {"{}: has no tokenizer.json, which a GGUF takes its tokens from", "{}: tokenizer.json이 없습니다. GGUF의 토큰은 거기에서 옵니다"},
    {"{}: model.type is {:?}: this program converts BPE and WordPiece", "{}: model.type이 {:?}입니다. 이 프로그램은 BPE와 WordPiece를 바꿉니다"},
    {"the chat templates of tokenizer_config.json are several, and a GGUF takes one: none was written",
     "tokenizer_config.json에 대화 틀이 여럿인데 GGUF에는 하나만 들어가므로 쓰지 않았습니다"},
    {"{}: tokenizer.ggml.model is {:?}: this program converts gpt2 and bert", "{}: tokenizer.ggml.model이 {:?}입니다. 이 프로그램은 gpt2와 bert를 바꿉니다"},
    {"{}: tokenizer.ggml.pre is {:?}: this program can spell gpt-2, smollm, llama-bpe and qwen2 out as a tokenizer.json",
     "{}: tokenizer.ggml.pre가 {:?}입니다. 이 프로그램이 tokenizer.json으로 풀어 쓸 수 있는 것: gpt-2, smollm, llama-bpe, qwen2"},
    {"tensor {}: type {} cannot be computed with", "텐서 {}: 자료형 {}은(는) 계산할 수 없습니다"},
    {"tensor {}: type {} cannot be written", "텐서 {}: 자료형 {}은(는) 쓸 수 없습니다"},
    {"tensor {}: rows of {} do not fill blocks of {} ({})", "텐서 {}: 길이 {}인 행이 {}개짜리 블록({})으로 나누어떨어지지 않습니다"},
};

}  // namespace

Translations convert_korean() { return kTable; }

}  // namespace maru::cli

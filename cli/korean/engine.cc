// What maru/engine says about searching for texts and about pictures, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"{}: this model reads one text and writes another, such as a translation; it does not continue a prompt",
     "{}: 글을 읽고 번역처럼 다른 글을 쓰는 모델이라 프롬프트를 이어 쓰지 않습니다"},
    {"the model's scores are not numbers; its file is damaged, or it overflows", "모델의 점수가 수가 아닙니다. 파일이 손상되었거나 계산이 넘쳤습니다"},
    {"num_beams is {} and num_return_sequences {}; expected at least 1, and no more texts than beams",
     "num_beams가 {}, num_return_sequences가 {}입니다. 1 이상이어야 하고 글이 빔보다 많을 수 없습니다"},
    {"num_beams is {}: too many for a vocabulary of {}", "num_beams {}은(는) 토큰 {}개짜리 어휘에 너무 많습니다"},
    {"{} tokens stand before what is written, and the greatest length is {}; raise max_new_tokens or max_length",
     "쓸 글 앞에 토큰이 {}개 있는데 최대 길이가 {}입니다. max_new_tokens나 max_length를 늘리세요"},
    {"scores for {} hypotheses, but {} run", "가설 {}개의 점수를 받았지만 진행 중인 것은 {}개입니다"},
    {"the rules for writing leave no token to choose behind {} tokens", "쓰기 규칙 때문에 토큰 {}개 뒤에 고를 토큰이 남지 않았습니다"},
    {"a rule for writing names the id {}, but the model's vocabulary has {} tokens", "쓰기 규칙에 번호 {}이(가) 있지만 모델의 어휘는 토큰 {}개입니다"},
    {"{} tokens at the start and up to {} more exceed the {} positions of the model; ask for at most {} new tokens",
     "처음 토큰 {}개에 최대 {}개를 더하면 모델의 위치 {}개를 넘습니다. 새 토큰은 {}개까지만 요청하세요"},
    {"this model does not continue a text; a search wants a decoder", "글을 이어 쓰지 못하는 모델입니다. 탐색에는 디코더가 필요합니다"},
    {"this model does not read one text and write another; it is no encoder–decoder", "글을 읽고 다른 글을 쓰는 모델이 아닙니다(인코더–디코더가 아님)"},
    {"decoder_start_token_id: neither generation_config.json nor config.json says what the decoder starts with",
     "decoder_start_token_id: 디코더가 무엇으로 시작하는지 generation_config.json에도 config.json에도 없습니다"},
    {"nothing to run: the text has no tokens", "글에 토큰이 없어 할 일이 없습니다"},
    {"the text has {} tokens, {} more than the model can read at once ({}); shorten it, or ask for truncation",
     "글이 토큰 {}개로, 모델이 한 번에 읽을 수 있는 것보다 {}개 많습니다(최대 {}개). 줄이거나 자르기를 요청하세요"},
    {"an encoder–decoder wants a tokenizer for what it reads and one for what it writes",
     "인코더–디코더에는 읽는 글의 토크나이저와 쓰는 글의 토크나이저가 필요합니다"},
    {"{}: {}: expected a whole number, got {}", "{}: {}: 정수여야 합니다. 받은 값: {}"},
    {"{}: {}: expected a number, got {}", "{}: {}: 수여야 합니다. 받은 값: {}"},
    {"{}: {}: expected true or false, got {}", "{}: {}: true나 false여야 합니다. 받은 값: {}"},
    {"{}: {}: expected a text, got {}", "{}: {}: 문자열이어야 합니다. 받은 값: {}"},
    {"{}: {}: expected an array, got {}", "{}: {}: 배열이어야 합니다. 받은 값: {}"},
    {"{}: {}: expected arrays of ids, got {}", "{}: {}: 토큰 번호의 배열들이어야 합니다. 받은 값: {}"},
    {"{}: {}: expected true, false or \"never\", got {}", "{}: {}: true, false, \"never\" 가운데 하나여야 합니다. 받은 값: {}"},
    {"{}: {} is {}, expected {} to {}", "{0}: {1}의 값이 {2}입니다. {3}부터 {4}까지여야 합니다"},
    {"{}: {} is {}, expected a number above {}", "{0}: {1}의 값이 {2}입니다. {3}보다 큰 수여야 합니다"},
    {"{}: task_specific_params: expected an object, got {}", "{}: task_specific_params: 객체여야 합니다. 받은 값: {}"},
    {"{}: task_specific_params.{}: expected an object, got {}", "{}: task_specific_params.{}: 객체여야 합니다. 받은 값: {}"},
    {"no picture was given", "그림이 없습니다"},
    {"picture {} has {} by {} pixels, the first {} by {}; without resizing they must be alike",
     "{}번째 그림은 {}×{}픽셀, 첫 그림은 {}×{}픽셀입니다. 크기를 바꾸지 않으려면 모두 같아야 합니다"},
    {"{}: no preprocessor_config.json, which says how pictures are prepared for the model",
     "{}: 그림을 모델에 맞추는 방법이 적힌 preprocessor_config.json이 없습니다"},
    {"{}: {} is set, which this program does not do", "{}: {}이(가) 켜져 있지만 이 프로그램은 하지 못합니다"},
    {"{}: resample is {}; this program knows 2 (bilinear) and 3 (bicubic)", "{}: resample이 {}입니다. 이 프로그램은 2(bilinear)와 3(bicubic)을 압니다"},
    {"{}: {}: expected three numbers, one for each colour", "{}: {}: 색마다 하나씩 수 세 개여야 합니다"},
    {"{}: size: expected a number, or height and width; got {}", "{}: size: 수 하나이거나 height와 width여야 합니다. 받은 값: {}"},
    {"{}: image_std: {} is no deviation; expected numbers above 0", "{}: image_std: {}은(는) 표준편차가 될 수 없습니다. 0보다 큰 수여야 합니다"},
    {"attention_mask: text {} has no token that is seen", "attention_mask: 글 {}에 보이는 토큰이 없습니다"},
    {"attention_mask: text {} has zeros between its ones", "attention_mask: 글 {}에서 1 사이에 0이 있습니다"},
    {"decoder_input_ids is missing: what the decoder of this model has written so far, behind its start {}",
     "decoder_input_ids가 없습니다: 이 모델의 디코더가 시작 토큰 {} 뒤에 지금까지 쓴 것이 필요합니다"},
    {"the batch has texts of {} tokens, the model takes {}; shorten them, or ask for truncation",
     "배치의 글은 토큰 {0}개이고 모델은 {1}개까지 받습니다. 글을 줄이거나 잘라 내도록 하세요"},
    {"a batch of {} texts with {} ids in all", "글 {}개에 ID가 모두 {}개인 배치입니다"},
    {"{} ids, {} numbers of attention_mask and {} of token_type_ids do not fit", "ID {}개, attention_mask {}개, token_type_ids {}개가 맞지 않습니다"},
    {"decoder_input_ids is for an encoder–decoder; this model has no decoder that reads another text",
     "decoder_input_ids는 인코더–디코더에 씁니다. 이 모델에는 다른 글을 읽는 디코더가 없습니다"},
    {"decoder_input_ids: {} ids for {} texts", "decoder_input_ids: 글 {1}개에 ID {0}개입니다"},
};

}  // namespace

Translations engine_korean() { return kTable; }

}  // namespace maru::cli

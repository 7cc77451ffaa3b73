// What the learning of vocabularies and the SentencePiece files find wrong, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"--lowercase: byte-level BPE keeps every byte; take it with wordpiece or unigram",
     "--lowercase: 바이트 수준 BPE는 모든 바이트를 그대로 둡니다. wordpiece나 unigram과 함께 쓰세요"},
    {"a special token is empty", "특수 토큰이 비어 있습니다"},
    {"a vocabulary of {} has no room for {} special tokens and an alphabet of {}; make it larger",
     "크기 {}인 어휘에는 특수 토큰 {}개와 글자 {}개를 넣을 자리가 없습니다. 더 크게 잡으세요"},
    {"the text yields {} tokens, fewer than the {} asked for; give more text, a smaller vocabulary or a smaller least count",
     "글에서 토큰이 {}개 나옵니다. 달라고 한 {}개보다 적습니다. 글을 늘리거나 어휘나 최소 횟수를 줄이세요"},
    {"the text has no words: {} bytes in {} files", "글에 낱말이 없습니다: {}바이트, 파일 {}개"},
    {"the text has more than {} different words", "글에 서로 다른 낱말이 {}개보다 많습니다"},
    {"{}: not UTF-8 at byte {}; repair or convert it first", "{}: {}번째 바이트가 UTF-8이 아닙니다. 먼저 고치거나 변환하세요"},
    {"{}: the piece {:?} stands twice", "{}: 조각 {}이(가) 두 번 나옵니다"},
    {"{}: it has no pieces; the file is cut or no SentencePiece model", "{}: 조각이 없습니다. 파일이 잘렸거나 SentencePiece 모델이 아닙니다"},
    {"{}: the unknown piece {} is none of the {} pieces or not of that type",
     "{}: 모르는 말을 나타내는 조각 {}이(가) 조각 {}개 가운데 없거나 그 종류가 아닙니다"},
    {"{}: byte fallback needs 256 byte pieces, found {}", "{}: 바이트로 대신하려면 바이트 조각이 256개 있어야 합니다. 실제: {}"},
    {"{}: byte fallback needs the pieces <0x00> to <0xFF>", "{}: 바이트로 대신하려면 <0x00>부터 <0xFF>까지의 조각이 있어야 합니다"},
    {"{}: byte {}: the text of field {} is not UTF-8", "{}: {}번째 바이트: 필드 {}의 글이 UTF-8이 아닙니다"},
    {"{}: byte {}: a number that does not end; the file is cut or no SentencePiece model",
     "{}: {}번째 바이트: 끝나지 않는 수입니다. 파일이 잘렸거나 SentencePiece 모델이 아닙니다"},
    {"{}: byte {}: field {} has {} bytes, but {} are left; the file is cut or no SentencePiece model",
     "{}: {}번째 바이트: 필드 {}은(는) {}바이트인데 {}바이트만 남았습니다. 파일이 잘렸거나 SentencePiece 모델이 아닙니다"},
    {"{}: byte {}: field {}: expected wire type {}, found {}", "{}: {}번째 바이트: 필드 {}: 전송 형식이 {}이어야 합니다. 실제: {}"},
    {"{}: byte {}: expected {}, found {}; this is no SentencePiece model", "{}: {}번째 바이트: 필요한 것: {}, 실제: {}. SentencePiece 모델이 아닙니다"},
    {"a field number of 1 to 536870911", "1부터 536870911까지의 필드 번호"},
    {"a wire type of 0, 1, 2 or 5", "전송 형식 0, 1, 2, 5"},
    {"{}: piece {}: expected 1 to {} bytes, found {}", "{}: 조각 {}: 1부터 {}바이트까지여야 합니다. 실제: {}"},
    {"{}: piece {}: its score {} is no number to reckon with", "{}: 조각 {}: 점수 {}은(는) 계산할 수 없는 수입니다"},
    {"{}: piece {}: expected a type of 1 to 6, found {}", "{}: 조각 {}: 종류는 1부터 6까지여야 합니다. 실제: {}"},
    {"{}: trainer_spec.model_type: expected 1 to 4, found {}", "{}: trainer_spec.model_type: 1부터 4까지여야 합니다. 실제: {}"},
    {"{}: more than {} pieces", "{}: 조각이 {}개보다 많습니다"},
    {"{}: tokenizer.ggml.scores: expected {} numbers as there are tokens, found {}",
     "{}: tokenizer.ggml.scores: 토큰 수와 같은 {}개여야 합니다. 실제: {}"},
    {"{}: tokenizer.ggml.scores[{}]: {} is no number to reckon with", "{}: tokenizer.ggml.scores[{}]: {}은(는) 계산할 수 없는 수입니다"},
    {"{}: tokenizer.ggml.precompiled_charsmap: expected bytes, found {}", "{}: tokenizer.ggml.precompiled_charsmap: 바이트여야 합니다. 실제: {}"},
    {"{}: the tokenizer {} has no tokenizer.json, and its way to number SentencePiece's pieces is not known here; save it as tokenizer.json "
     "with the reference library",
     "{}: 토크나이저 {}에 tokenizer.json이 없고, SentencePiece 조각에 번호를 붙이는 방식을 모릅니다. 원래 라이브러리로 tokenizer.json을 저장하세요"},
    {"{}: extra_ids: expected 0 to 10000, found {}", "{}: extra_ids: 0부터 10000까지여야 합니다. 실제: {}"},
    {"{}: it names no end of text", "{}: 글의 끝을 나타내는 토큰이 없습니다"},
    {"{}: expected the pieces <unk>, <s>, </s> first, as XLM-R has them", "{}: XLM-R처럼 조각 <unk>, <s>, </s>가 맨 앞에 있어야 합니다"},
    {"{}: {:?}: expected an id of 0 to {} (ids have no gaps)", "{}: {}: 번호는 빈틈없이 0부터 {}까지여야 합니다"},
    {"{}: the id {} belongs to {:?} and {:?}", "{}: 번호 {}을(를) {}와(과) {}이(가) 함께 씁니다"},
    {"{}: token {:?} is not in the vocabulary", "{}: 토큰 {}이(가) 어휘에 없습니다"},
    {"{}: no tokenizer.json, no SentencePiece file (spiece.model, tokenizer.model, sentencepiece.bpe.model) and no source.spm with vocab.json",
     "{}: tokenizer.json도, SentencePiece 파일(spiece.model, tokenizer.model, sentencepiece.bpe.model)도, vocab.json이 딸린 source.spm도 없습니다"},
    {"{}: tokenizer.ggml.pre: {:?} is not known (known: {}); use a model with one of these",
     "{}: tokenizer.ggml.pre: {}을(를) 모릅니다(아는 것: {}). 이 가운데 하나를 쓰는 모델을 고르세요"},
    {"{}: tokenizer.ggml.model: {:?} is not known (known: gpt2, gemma4, llama, t5, bert); use a model with one of these",
     "{}: tokenizer.ggml.model: {}을(를) 모릅니다(아는 것: gpt2, gemma4, llama, t5, bert). 이 가운데 하나를 쓰는 모델을 고르세요"},
};

}  // namespace

Translations vocabulary_korean() { return kTable; }

}  // namespace maru::cli

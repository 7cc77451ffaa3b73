// What is said of number formats and of measuring them, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"there is no type {:?}; known are {}", "자료형 {}은(는) 없습니다. 있는 것: {}"},
    {"{}: is not a GGUF file; maru convert makes one of a folder of safetensors",
        "{}: GGUF 파일이 아닙니다. maru convert가 safetensors 폴더로 만들어 줍니다"},
    {"{} is the file that is read; name another one to write", "{}은(는) 지금 읽는 파일입니다. 다른 파일에 쓰세요"},
    {"{} is there already; name another file, or replace it with --overwrite", "{}이(가) 이미 있습니다. 다른 이름을 주거나 --overwrite로 바꾸세요"},
    {"{}: tensor {} is of type {}, which cannot be read", "{}: 텐서 {}의 자료형 {}은(는) 읽을 수 없습니다"},
    {"{}: tensor {}: row {} holds a weight that is not a finite number; such a file cannot be quantised, bring it again",
     "{}: 텐서 {}: {}행에 유한한 수가 아닌 가중치가 있습니다. 이런 파일은 양자화할 수 없으니 다시 가져오세요"},
    {"{}: tensor {}: row {} holds a weight too large for {}; choose BF16 or F32",
     "{}: 텐서 {}: {}행에 {}에 담기에 너무 큰 가중치가 있습니다. BF16이나 F32를 고르세요"},
    {"{} of {} tensors: their rows do not fill blocks of {}, they became {} instead of {}",
     "텐서 {1}개 가운데 {0}개: 행이 {2}개짜리 블록을 채우지 못해 {4} 대신 {3}이(가) 되었습니다"},
    {"{} of {} tensors were {} already; quantising them again adds to their error, a file of F16 or F32 gives better ones",
     "텐서 {1}개 가운데 {0}개는 이미 {2}였습니다. 다시 양자화하면 오차가 더해지니, F16이나 F32 파일에서 시작하면 더 낫습니다"},
    {"perplexity is of models that write text one token after the other; this is none",
     "혼란도는 토큰을 하나씩 이어 쓰는 모델에서만 잽니다. 이 모델은 그렇지 않습니다"},
    {"a window of {} tokens: this model takes 4 to {}", "토큰 {}개짜리 창: 이 모델은 4에서 {}까지 받습니다"},
    {"the text has {} tokens, fewer than one window of {}; give a longer text or a shorter --length",
     "글의 토큰이 {}개로, 창 하나({}개)보다 적습니다. 더 긴 글을 주거나 --length를 줄이세요"},
    {"maru bench perplexity takes a model: maru bench perplexity MODEL --text FILE",
     "maru bench perplexity에는 모델이 필요합니다: maru bench perplexity MODEL --text FILE"},
    {"maru bench perplexity takes a text: --text FILE", "maru bench perplexity에는 글이 필요합니다: --text FILE"},
    {"maru bench retrieval takes a folder: --data DIR", "maru bench retrieval에는 폴더가 필요합니다: --data DIR"},
};

}  // namespace

Translations quantise_korean() { return kTable; }

}  // namespace maru::cli

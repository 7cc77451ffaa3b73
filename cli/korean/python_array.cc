// What maru.torch says of tensors, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"a tensor cannot have an axis of {}", "텐서의 축은 {}일 수 없습니다"},
    {"a tensor {} would take {:.0f} GB", "텐서 {}은(는) {} GB가 됩니다"},
    {"dim {}: this tensor has {} axes, so {} to {} are there", "dim {}: 이 텐서의 축은 {}개이니 {}에서 {}까지 있습니다"},
    {"the engine takes tensors of one to four axes, this has {}", "엔진은 축이 하나에서 넷인 텐서를 받습니다. 이 텐서의 축은 {}개입니다"},
    {"{}: expected whole numbers, got {}", "{}: 정수여야 하는데 {}입니다"},
    {"{}: {} is no id", "{}: {}은(는) id가 아닙니다"},
    {"a shape can leave one axis (-1) to be worked out, this leaves two", "모양에서 -1로 비워 둘 수 있는 축은 하나뿐인데, 둘입니다"},
    {"shape {} does not fit {} numbers of {}", "모양 {}은(는) 수가 {}개인 {}에 맞지 않습니다"},
    {"permute: {} axes given, the tensor has {}", "permute: 축을 {}개 주었는데 텐서의 축은 {}개입니다"},
    {"permute: axis {} stands twice", "permute: 축 {}이(가) 두 번 나옵니다"},
    {"shapes {} and {} do not fit: {} against {} at axis -{}", "모양 {0}와(과) {1}이(가) 맞지 않습니다: 축 -{4}에서 {2}와(과) {3}"},
    {"expand: {} has more axes than {}", "expand: {}의 축이 {}보다 많습니다"},
    {"expand: {} cannot become {}", "expand: {}은(는) {}이(가) 될 수 없습니다"},
    {"too many indices: the tensor has {} axes", "인덱스가 너무 많습니다. 텐서의 축은 {}개입니다"},
    {"index {} is out of range: axis {} has {}", "인덱스 {}이(가) 범위를 벗어났습니다. 축 {}의 크기는 {}입니다"},
    {"unsqueeze: dim {} of a tensor with {} axes", "unsqueeze: dim {}인데 텐서의 축은 {}개입니다"},
    {"a mask {} does not fit a tensor {}", "마스크 {}이(가) 텐서 {}에 맞지 않습니다"},
    {"cat: no tensors given", "cat: 텐서가 없습니다"},
    {"cat: {} and {} do not fit", "cat: {}와(과) {}이(가) 맞지 않습니다"},
    {"a whole number is divided by zero", "정수를 0으로 나눕니다"},
    {"a whole number to the power {}: make it a float first", "정수의 {}제곱입니다. 먼저 float으로 바꾸세요"},
    {"~ is for tensors of bool, this is {}", "~는 bool 텐서에 씁니다. 이 텐서는 {}입니다"},
    {"the greatest or least of no numbers was asked for", "수가 없는데 가장 크거나 작은 수를 찾습니다"},
    {"matmul: a number has no rows; use *", "matmul: 수에는 행이 없습니다. *를 쓰세요"},
    {"matmul: [{}] and [{}] do not fit: {} columns against {} rows", "matmul: [{}]와(과) [{}]은(는) 맞지 않습니다. 앞의 열은 {}개, 뒤의 행은 {}개입니다"},
    {"triu and tril are for matrices, this has {} axes", "triu와 tril은 행렬에 씁니다. 이 텐서의 축은 {}개입니다"},
    {"topk: {} of {} were asked for", "topk: {1}개 가운데 {0}개를 찾습니다"},
    {"only a tensor of one number becomes a number, this has {}", "수가 하나인 텐서만 수가 됩니다. 이 텐서에는 {}개가 있습니다"},
    {"norm: only the length (p = 2) is known, got {}", "norm: 길이(p = 2)만 압니다. 받은 값: {}"},
    {"a tensor is made of numbers in lists of equal length", "텐서는 길이가 같은 목록에 담긴 수로 만듭니다"},
    {"a buffer of '{}' cannot become a tensor: use float32, float64, int64, int32 or bool",
     "'{}' 버퍼는 텐서가 될 수 없습니다. float32, float64, int64, int32, bool을 쓰세요"},
    {"'{}' is no argument here; dtype is", "여기에 '{}'이라는 인자는 없습니다. dtype은 있습니다"},
    {"requires_grad: tensors of maru record no derivatives; maru.train trains models",
     "requires_grad: maru의 텐서는 미분을 기록하지 않습니다. 모델은 maru.train으로 학습합니다"},
    {"arange: the step is 0", "arange: 간격이 0입니다"},
    {"cross_entropy: logits [rows, classes] and int64 targets [rows] are wanted, got {} and {} axes",
     "cross_entropy: 로짓 [행, 부류]와 int64 목표 [행]이 필요한데 축이 {}개, {}개입니다"},
    {"cross_entropy: target {} at row {}, there are {} classes", "cross_entropy: 행 {1}의 목표가 {0}인데 부류는 {2}개입니다"},
    {"reduction is '{}', expected mean, sum or none", "reduction이 '{}'입니다. mean, sum, none 가운데 하나여야 합니다"},
    {"arange takes an end, or begin and end, and a step", "arange는 끝, 또는 처음과 끝, 그리고 간격을 받습니다"},
    {"randint: nothing lies between {} and {}", "randint: {}와(과) {} 사이에 정수가 없습니다"},
    {"multinomial: one row of weights at a time", "multinomial: 가중치는 한 번에 한 행만 받습니다"},
    {"dot: 1D tensors expected, but got {}D and {}D tensors; squeeze() takes axes of one away",
     "dot: 1차원 텐서가 필요한데 {}차원과 {}차원입니다. squeeze()가 크기 1인 축을 없앱니다"},
    {"layer_norm: over the last axis only", "layer_norm: 마지막 축에만 씁니다"},
    {"an index can hold only one …", "인덱스에 …는 하나만 쓸 수 있습니다"},
    {"one mask at a time, please, and no list of numbers beside it", "마스크는 한 번에 하나만, 수 목록과 함께 쓰지 마세요"},
    {"an index is of whole numbers or a mask, not {}", "인덱스는 정수나 마스크여야 합니다. {}은(는) 아닙니다"},
    {"the mask has {} at axis {}, the tensor {}", "축 {1}에서 마스크는 {0}, 텐서는 {2}입니다"},
};

}  // namespace

Translations python_array_korean() { return kTable; }

}  // namespace maru::cli

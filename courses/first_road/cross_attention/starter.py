# 두 번째 어텐션의 Q, K, V는 어디에서 올까요? / Where do Q, K and V of the second attention come from?
import maru
from maru import AutoModelForSeq2SeqLM
import maru.torch as torch


def qkv(model, source, prefix, layer=0):
    with maru.watch(model) as seen, torch.no_grad():
        model(input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([prefix]))
    # TODO 1: 여기는 디코더의 첫 번째 어텐션입니다. / This is the decoder's first attention.
    return {name: seen["decoder.attention." + name, layer] for name in "qkv"}


def changed(before, after):
    # TODO 2: shape가 아니라 값을 비교하세요. / Compare values, not shapes.
    return {name for name in "qkv" if before[name].shape != after[name].shape}


if __name__ == "__main__":
    model = AutoModelForSeq2SeqLM.from_pretrained(maru.tiny("bart"))
    start = qkv(model, source=[5, 6, 7, 8], prefix=[2, 20, 21])
    print({name: tuple(x.shape) for name, x in start.items()})
    print("source를 바꾸면 / another source:", sorted(changed(start, qkv(model, source=[9, 6, 7, 8], prefix=[2, 20, 21]))))
    print("prefix를 바꾸면 / another prefix:", sorted(changed(start, qkv(model, source=[5, 6, 7, 8], prefix=[2, 30, 21]))))

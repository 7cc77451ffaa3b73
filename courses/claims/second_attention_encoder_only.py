# Changes the source, then the prefix, and measures how far Q, K and V of the first cross-attention move.
import random

import maru
from maru import AutoModelForSeq2SeqLM
import maru.torch as torch


def tidy(x):  # three digits are enough to read; a whole number is shown as one
    x = float(f"{x:.3g}")
    return int(x) if x == int(x) else x


def far(a, b):
    return max(abs(x - y) for rows in zip(a.tolist(), b.tolist()) for heads in zip(*rows) for x, y in zip(*heads))


def measure(model, seed):
    draw = random.Random(seed)
    network = AutoModelForSeq2SeqLM.from_pretrained(model or maru.tiny("bart", seed=seed))
    source, prefix = [draw.randint(5, 99) for _ in range(6)], [2] + [draw.randint(5, 99) for _ in range(3)]

    def parts(source, prefix):
        with maru.watch(network) as seen, torch.no_grad():
            network(input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([prefix]))
        return {part: seen["cross_attention." + part, 0] for part in "qkv"}

    start = parts(source, prefix)
    by_source, by_prefix = parts(source[:-1] + [100], prefix), parts(source, prefix[:-1] + [100])
    moved = {part: (far(start[part], by_source[part]), far(start[part], by_prefix[part])) for part in "qkv"}
    return {
        "q_change": tidy(moved["q"][0]), "k_change": tidy(moved["k"][0]), "v_change": tidy(moved["v"][0]),
        "q_change_by_prefix": tidy(moved["q"][1]), "kv_change_by_prefix": tidy(max(moved["k"][1], moved["v"][1])),
    }

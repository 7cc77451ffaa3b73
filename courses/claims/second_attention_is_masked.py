# Reads both attentions of a decoder's first layer: what the second gives to the source, and what the first gives to the future.
import random

import maru
from maru import AutoModelForSeq2SeqLM
import maru.torch as torch


def tidy(x):  # three digits are enough to read; a whole number is shown as one
    x = float(f"{x:.3g}")
    return int(x) if x == int(x) else x


def measure(model, seed):
    draw = random.Random(seed)
    network = AutoModelForSeq2SeqLM.from_pretrained(model or maru.tiny("bart", seed=seed))
    source, prefix = [draw.randint(5, 99) for _ in range(7)], [2] + [draw.randint(5, 99) for _ in range(4)]
    with maru.watch(network) as seen, torch.no_grad():
        network(input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([prefix]))
    cross, own = seen["cross_attention.weights", 0].tolist(), seen["decoder.attention.weights", 0].tolist()
    return {
        "smallest_cross_weight": tidy(min(x for head in cross for row in head for x in row)),
        "largest_own_future_weight": tidy(max(head[i][j] for head in own for i in range(len(prefix)) for j in range(i + 1, len(prefix)))),
    }

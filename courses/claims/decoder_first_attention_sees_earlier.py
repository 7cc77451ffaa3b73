# Reads the attention weights of a decoder's first layer: what the past gets, and what the future.
import random

import maru
from maru import AutoModelForCausalLM, AutoTokenizer
import maru.torch as torch


def tidy(x):  # three digits are enough to read; a whole number is shown as one
    x = float(f"{x:.3g}")
    return int(x) if x == int(x) else x


def measure(model, seed):
    network = AutoModelForCausalLM.from_pretrained(model or maru.tiny("gpt2", seed=seed))
    draw = random.Random(seed)
    ids = AutoTokenizer.from_pretrained(model)("The cat sat on the mat")["input_ids"] if model else [draw.randint(5, 99) for _ in range(6)]
    with maru.watch(network) as seen, torch.no_grad():
        network(input_ids=torch.tensor([ids]))
    heads, n = seen["attention.weights", 0].tolist(), len(ids)  # [heads, queries, keys]
    return {
        "smallest_past_weight": tidy(min(head[i][j] for head in heads for i in range(n) for j in range(i))),
        "largest_future_weight": tidy(max(head[i][j] for head in heads for i in range(n) for j in range(i + 1, n))),
        "first_sees_itself": tidy(min(head[0][0] for head in heads)),
    }

# Changes the last token and measures how far the scores move before it and at it.
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
    if model:
        tokenizer = AutoTokenizer.from_pretrained(model)
        ids, spare = tokenizer("the cat drinks cold milk")["input_ids"], tokenizer(" water")["input_ids"][-1]
    else:
        ids, spare = [draw.randint(5, 99) for _ in range(6)], 100

    def logits(ids):
        with torch.no_grad():
            return network(input_ids=torch.tensor([ids])).logits[0].tolist()

    moved = [max(abs(x - y) for x, y in zip(*rows)) for rows in zip(logits(ids), logits(ids[:-1] + [spare]))]
    return {"change_before": tidy(max(moved[:-1])), "change_at": tidy(moved[-1])}

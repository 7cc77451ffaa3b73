# The losses of one pass against those of one pass per prefix.
import math
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
    text = "The capital of France is Paris, and the capital of Italy is Rome."
    ids = AutoTokenizer.from_pretrained(model)(text)["input_ids"] if model else [draw.randint(5, 99) for _ in range(12)]

    def loss(logits, target):
        return -math.log(torch.softmax(logits, dim=0)[target].item())

    def logits(ids):
        with torch.no_grad():
            return network(input_ids=torch.tensor([ids])).logits[0]

    n, whole = len(ids), logits(ids)
    once = [loss(whole[i], ids[i + 1]) for i in range(n - 1)]
    many = [loss(logits(ids[: i + 1])[i], ids[i + 1]) for i in range(n - 1)]
    return {
        "tokens": n, "losses": len(once), "missing_losses": n - 1 - len(once),
        "tokens_by_prefixes": n * (n - 1) // 2, "tokens_saved": n * (n - 1) // 2 - n,
        "largest_difference": tidy(max(abs(a - b) for a, b in zip(once, many))),
        "mean_loss": tidy(sum(once) / len(once)),
    }

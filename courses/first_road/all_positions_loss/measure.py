# One pass against one pass per prefix: the losses, and how many tokens and how much time each way takes.
import math
import random
import time

import maru
from maru import AutoModelForCausalLM, AutoTokenizer
import maru.torch as torch

TEXTS = ["The cat sat down on the mat and fell asleep", "The capital of France is Paris, and the capital of Italy is Rome.",
         "She opened the door and walked into the garden"]


def probabilities(model, ids):
    with torch.no_grad():
        return torch.softmax(model(input_ids=torch.tensor([ids])).logits[0], dim=1)


def prefix_losses(model, ids):
    return [-math.log(probabilities(model, ids[: i + 1])[i][ids[i + 1]].item()) for i in range(len(ids) - 1)]


def far(a, b):
    return 9.0 if len(a) != len(b) else max(abs(x - y) for x, y in zip(a, b))


def measure(lab, seed):
    draw = random.Random(seed)
    tiny = AutoModelForCausalLM.from_pretrained(maru.tiny("gpt2", seed=seed))
    cases = [[draw.randint(5, 99) for _ in range(n)] for n in (12, 5, 8)]
    answers = [list(lab.losses_one_pass(tiny, ids)) for ids in cases]
    difference = max(far(answer, prefix_losses(tiny, ids)) for answer, ids in zip(answers, cases))

    def always(wrong):
        return all(far(answer, [wrong(p[i], ids, i) for i in range(len(ids) - 1)]) < 1e-5
                   for answer, ids, p in zip(answers, cases, [probabilities(tiny, ids) for ids in cases]))

    tokenizer, model = AutoTokenizer.from_pretrained("smollm2"), AutoModelForCausalLM.from_pretrained("smollm2")
    ids = tokenizer(TEXTS[seed % 3])["input_ids"]
    began = time.perf_counter()
    once = list(lab.losses_one_pass(model, ids))
    between = time.perf_counter()
    prefixes = prefix_losses(model, ids)
    ended = time.perf_counter()

    all_right = always(lambda p, ids, i: -math.log(p[ids[i + 1]].item()))
    return {
        "losses_of_twelve": len(answers[0]),
        "largest_difference": difference,
        "agreement": "equal" if difference < 1e-4 else "close" if difference < 0.1 else "different",
        "mean_loss_smollm2": sum(once) / len(once) if all_right else 99.0,  # a mean of something else is no loss
        "tokens_one_pass": len(ids),
        "tokens_by_prefixes": sum(range(1, len(ids))),
        "time_ratio": (ended - between) / max(between - began, 1e-9),
        "no_shift": always(lambda p, ids, i: -math.log(p[ids[i]].item())),
        "no_shift_probability": always(lambda p, ids, i: p[ids[i]].item()),
        "probability": always(lambda p, ids, i: p[ids[i + 1]].item()),
        "sign_missing": always(lambda p, ids, i: math.log(p[ids[i + 1]].item())),
    }

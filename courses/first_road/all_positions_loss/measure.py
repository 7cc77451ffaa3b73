# The losses out of one pass, against one pass per prefix: at every position of a tiny model, at three of smollm2.
import math
import random

import maru
from maru import AutoModelForCausalLM, AutoTokenizer
import maru.torch as torch

TEXTS = ["The cat sat down on the mat and fell asleep", "The capital of France is Paris, and the capital of Italy is Rome.",
         "She opened the door and walked into the garden"]


def probabilities(model, ids):
    with torch.no_grad():
        return torch.softmax(model(input_ids=torch.tensor([ids])).logits[0], dim=1)


def prefix_loss(model, ids, i):
    with torch.no_grad():
        last = model(input_ids=torch.tensor([ids[: i + 1]])).logits[0][i]
    return -math.log(torch.softmax(last, dim=0)[ids[i + 1]].item())


def prefix_losses(model, ids):
    return [prefix_loss(model, ids, i) for i in range(len(ids) - 1)]


def far(a, b):
    return math.inf if len(a) != len(b) else max(abs(x - y) for x, y in zip(a, b))


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
    once = list(lab.losses_one_pass(model, ids))
    some = [0, len(ids) // 2, len(ids) - 2]
    all_right = always(lambda p, ids, i: -math.log(p[ids[i + 1]].item()))
    if all_right:
        difference = max(difference, far([once[i] for i in some], [prefix_loss(model, ids, i) for i in some]))
    return {
        "losses_of_twelve": len(answers[0]),
        "largest_difference": difference,
        "agreement": "equal" if difference < 1e-4 else "close" if difference < 0.1 else "different",
        "mean_loss_smollm2": sum(once) / len(once) if all_right else None,  # a mean of something else is no loss
        "no_shift": always(lambda p, ids, i: -math.log(p[ids[i]].item())),
        "no_shift_probability": always(lambda p, ids, i: p[ids[i]].item()),
        "probability": always(lambda p, ids, i: p[ids[i + 1]].item()),
        "sign_missing": always(lambda p, ids, i: math.log(p[ids[i + 1]].item())),
    }

# The learner's detector on two real models and four tiny random ones, whose order is drawn.
import random

import maru
from maru import AutoModel, AutoTokenizer
import maru.torch as torch

PAIRS = [("the cat drinks milk", "the cat drinks water"), ("we walk to the old park", "we walk to the old school"),
         ("it is cold today", "it is cold tonight")]


def rows(model, ids):
    with torch.no_grad():
        return model(input_ids=torch.tensor([ids])).last_hidden_state[0].tolist()


def far(a, b):
    return max(abs(x - y) for row, other in zip(a, b) for x, y in zip(row, other))


def measure(lab, seed):
    draw = random.Random(seed)
    cases = []  # (whether it sees to the right, model, ids, ids with another token)
    for name, right in (("all-minilm", True), ("smollm2", False)):
        tokenizer = AutoTokenizer.from_pretrained(name)
        cases.append((right, AutoModel.from_pretrained(name), *[tokenizer(text)["input_ids"] for text in PAIRS[seed % 3]]))
    for family, right in (("bert", True), ("gpt2", False)):
        for number in (2 * seed, 2 * seed + 1):
            ids = [draw.randint(5, 99) for _ in range(draw.randint(5, 9))]
            other = list(ids)
            other[draw.randint(2, len(ids) - 1)] = 100
            cases.append((right, AutoModel.from_pretrained(maru.tiny(family, seed=number)), ids, other))
    encoder, decoder = cases[0], cases[1]
    changes = [lab.change_before(*case[1:]) for case in (encoder, decoder)]
    draw.shuffle(cases)
    answers = [bool(lab.sees_right(*case[1:])) for case in cases]

    passes = [(rows(model, a), rows(model, b)) for _, model, a, b in (encoder, decoder)]
    whole = [far(a, b) for a, b in passes]
    effect = [far(a[:1], b[:1]) for a, b in passes]
    return {
        "encoder_change": changes[0], "decoder_change": changes[1],
        "encoder_effect": "some" if effect[0] > 1e-5 else "none", "decoder_effect": "some" if effect[1] > 1e-5 else "none",
        "models_told_apart": sum(answer == case[0] for answer, case in zip(answers, cases)),
        "compares_everything": all(abs(change - all_rows) < 1e-6 for change, all_rows in zip(changes, whole)),
        "always_true": all(answers),
        "answers_reversed": all(answer != case[0] for answer, case in zip(answers, cases)),
    }

# The learner's attention on random vectors, against the formula and its usual slips, and against the twelve heads of MiniLM.
import math
import random

import maru
from maru import AutoModel, AutoTokenizer
import maru.torch as torch

TEXTS = ["the cat drinks milk", "I love machine learning", "attention is all you need"]


def formula(q, k, v, scale, dim=1):
    weights = torch.softmax(q @ k.T * scale, dim=dim)
    return weights @ v, weights


def far(a, b):
    difference = max(abs(x - y) for row, other in zip(a.tolist(), b.tolist()) for x, y in zip(row, other))
    return math.inf if math.isnan(difference) else difference


def entropy(weights):
    rows = weights.tolist()
    return sum(-sum(p * math.log(p) for p in row if p > 0) for row in rows) / len(rows)


def measure(lab, seed):
    draw = random.Random(seed)

    def normal(rows, d):
        return torch.tensor([[draw.gauss(0, 1) for _ in range(d)] for _ in range(rows)])

    cases = [(normal(n, d), normal(m, d), normal(m, d)) for n, m, d in [(3, 5, 4), (6, 6, 16), (4, 7, 32)] + [(8, 8, 64)] * 4]
    answers = [lab.attention(*case) for case in cases]

    def error(scale, dim=1):
        return max(far(answer[0], formula(*case, scale(case[0].shape[1]), dim)[0]) for answer, case in zip(answers, cases))

    wide = [i for i, case in enumerate(cases) if case[0].shape[1] == 64]
    unscaled = [formula(*cases[i], 1.0)[1] for i in wide]
    largest = [max(row) for weights in unscaled for row in weights.tolist()]

    tokenizer, model = AutoTokenizer.from_pretrained("all-minilm"), AutoModel.from_pretrained("all-minilm")
    with maru.watch(model) as seen, torch.no_grad():
        model(**tokenizer(TEXTS[seed % 3], return_tensors="pt"))
    q, k, v = [seen["attention." + name, 0] for name in "qkv"]  # [tokens, heads, head]
    in_model = seen["attention.weights", 0]                     # [heads, queries, keys]
    heads = int(in_model.shape[0])

    return {
        "row_sum_error": max(abs(sum(row) - 1) for _, weights in answers for row in weights.tolist()),
        "output_error": error(lambda d: d ** -0.5),
        "entropy_gain": sum(entropy(answers[i][1]) - entropy(weights) for i, weights in zip(wide, unscaled)) / len(wide),
        "largest_weight_unscaled": sum(largest) / len(largest),
        "model_difference": max(far(lab.attention(q[:, h], k[:, h], v[:, h])[1], in_model[h]) for h in range(heads)),
        "heads_compared": heads,
        "equals_unscaled": error(lambda d: 1.0) < 1e-4,
        "equals_column_softmax": error(lambda d: d ** -0.5, dim=0) < 1e-4,
        "equals_both_slips": error(lambda d: 1.0, dim=0) < 1e-4,
        "equals_divided_by_d": error(lambda d: 1.0 / d) < 1e-4,
    }

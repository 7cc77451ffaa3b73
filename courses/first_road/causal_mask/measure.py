# The learner's mask and masked attention: against the definition, its usual slips, and a tiny GPT-2's own weights.
import math
import random

import maru
from maru import AutoModelForCausalLM
import maru.torch as torch

HIDDEN = float("-inf")


def lower(n, shift=0):
    return [[j <= i + shift for j in range(n)] for i in range(n)]


def reference(q, k, v, see):
    scores = (q @ k.T / q.shape[1] ** 0.5).tolist()
    weights = torch.softmax(torch.tensor([[s if ok else HIDDEN for s, ok in zip(*rows)] for rows in zip(scores, see)]), dim=1)
    return weights @ v, weights


def far(a, b):
    differences = [abs(x - y) for row, other in zip(a, b) for x, y in zip(row, other)]
    return math.inf if any(math.isnan(d) for d in differences) else max(differences)


def measure(lab, seed):
    draw = random.Random(seed)

    def normal(rows, d):
        return [[draw.gauss(0, 1) for _ in range(d)] for _ in range(rows)]

    cases = [tuple(torch.tensor(normal(n, 8)) for _ in range(3)) for n in (3, 5, 8)]
    weights = [lab.causal_attention(*case)[1].tolist() for case in cases]
    sizes = [len(w) for w in weights]

    def weights_are(wrong):
        return all(far(w, wrong(*case)) < 1e-5 for w, case in zip(weights, cases))

    def zero_after(q, k, v):
        plain = reference(q, k, v, [[True] * q.shape[0]] * q.shape[0])[1].tolist()
        return [[p if ok else 0.0 for p, ok in zip(*rows)] for rows in zip(plain, lower(q.shape[0]))]

    def zero_score(q, k, v):
        scores = (q @ k.T / q.shape[1] ** 0.5).tolist()
        return torch.softmax(torch.tensor([[s if ok else 0.0 for s, ok in zip(*rows)] for rows in zip(scores, lower(q.shape[0]))]),
                             dim=1).tolist()

    # The last token gets other vectors; what comes out before it is compared.
    q, k, v = cases[2]
    other = [torch.tensor(x.tolist()[:-1] + normal(1, 8)) for x in (q, k, v)]
    before, after = (lab.causal_attention(*x)[0].tolist()[:-1] for x in ((q, k, v), other))
    unmasked = [reference(*x, [[True] * 8] * 8)[0].tolist()[:-1] for x in ((q, k, v), other)]

    model = AutoModelForCausalLM.from_pretrained(maru.tiny("gpt2", seed=seed))
    ids = [draw.randint(5, 99) for _ in range(6)]
    with maru.watch(model) as seen, torch.no_grad():
        logits = model(input_ids=torch.tensor([ids])).logits[0].tolist()
    with torch.no_grad():
        changed = model(input_ids=torch.tensor([ids[:-1] + [ids[-1] + 1]])).logits[0].tolist()
    in_model = seen["attention.weights", 0]
    heads = int(in_model.shape[0])
    leak = far(logits[:-1], changed[:-1])

    table = [[bool(x) for x in row] for row in lab.visible(5)]
    return {
        "visible_right": all([[bool(x) for x in row] for row in lab.visible(n)] == lower(n) for n in (1, 3, 5, 8)),
        "first_row_sees": 1 if in_model[0].tolist()[0][0] > 0 and max(in_model[0].tolist()[0][1:]) == 0 else 0,
        "largest_future_weight": max(math.inf if math.isnan(w[i][j]) else w[i][j] for w, n in zip(weights, sizes) for i in range(n)
                                     for j in range(i + 1, n)),
        "row_sum_error": max(math.inf if math.isnan(sum(row)) else abs(sum(row) - 1) for w in weights for row in w),
        "earlier_change": far(before, after),
        "earlier_change_unmasked": far(*unmasked),
        "model_difference": max(far(lab.causal_attention(*[seen["attention." + name, 0][:, h] for name in "qkv"])[1].tolist(),
                                    in_model[h].tolist())
                                for h in range(heads)),
        "model_leak": "none" if leak < 1e-6 else "some",
        "masked_after_softmax": weights_are(zero_after),
        "score_set_to_zero": weights_are(zero_score),
        "nothing_masked": weights_are(lambda q, k, v: reference(q, k, v, [[True] * q.shape[0]] * q.shape[0])[1].tolist()),
        "excludes_itself": table == lower(5, shift=-1),
        "sees_next": table == lower(5, shift=1),
        "transposed": table == [list(column) for column in zip(*lower(5))],
    }

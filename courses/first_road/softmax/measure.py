# The learner's softmax on ordinary scores, and on scores whose exponential no number can hold.
import math
import random


def reference(scores):
    exps = [math.exp(x - max(scores)) for x in scores]
    return [e / sum(exps) for e in exps]


def attempt(function, scores):
    try:
        return list(function(scores))
    except OverflowError:  # the very thing this node is about, so it is a fact and not a crash
        return None


def far(a, b):
    return math.inf if a is None or len(a) != len(b) or any(math.isnan(x) for x in a) else max(abs(x - y) for x, y in zip(a, b))


def measure(lab, seed):
    draw = random.Random(seed)
    cases = [[draw.uniform(-4, 4) for _ in range(draw.randint(2, 9))] for _ in range(30)]
    answers = [attempt(lab.softmax, scores) for scores in cases]
    large = [[x + 1000 for x in scores] for scores in cases]
    large_answers = [attempt(lab.softmax, scores) for scores in large]
    value_error = max(far(answer, reference(scores)) for answer, scores in zip(answers, cases))
    survives = all(answer is not None and all(math.isfinite(p) for p in answer) for answer in large_answers)

    def always(wrong):
        return all(answer is not None and far(answer, wrong(scores)) < 1e-9 for answer, scores in zip(answers, cases))

    def shift_effect():
        pairs = [(a, b) for a, b in zip(answers, large_answers) if a is not None and b is not None]
        if len(pairs) < len(cases):
            return "overflow"
        if max(far(a, b) for a, b in pairs) < 1e-9:
            return "none"
        return "sharper" if sum(max(b) - max(a) for a, b in pairs) > 0 else "flatter"

    return {
        "sum_error": max(math.inf if answer is None else abs(sum(answer) - 1) for answer in answers),
        "value_error": value_error,
        "survives_large_scores": survives,
        "shift_effect": shift_effect(),
        "naive_overflows_at": 710,
        "exp_missing": always(lambda s: [x / sum(s) for x in s]),
        "divided_by_largest": always(lambda s: [math.exp(x - max(s)) for x in s]),
        "right_but_overflows": value_error < 1e-9 and not survives,
        "scaled_by_largest": always(lambda s: reference([x / max(s) for x in s])),
    }

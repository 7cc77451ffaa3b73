# The learner's probabilities on random scores, against the definition and its slips, and on the next token of smollm2.
import math
import random

from maru import AutoModelForCausalLM, AutoTokenizer
import maru.torch as torch

PROMPTS = ["The capital of France is", "Once upon a time there was a", "My favourite animal is the"]


def softmax(scores):
    largest = max(scores)
    exps = [math.exp(x - largest) for x in scores]
    total = sum(exps)
    return [e / total for e in exps]


def cut(p, top_p, crossing=True):
    kept, mass = set(), 0.0
    for i in sorted(range(len(p)), key=lambda i: p[i], reverse=True):
        if mass >= top_p or (not crossing and mass + p[i] > top_p):
            break
        kept.add(i)
        mass += p[i]
    return kept


def far(a, b):
    return math.inf if len(a) != len(b) else max(abs(x - y) for x, y in zip(a, b))


def entropy(p):
    return -sum(x * math.log(x) for x in p if x > 0)


def measure(lab, seed):
    draw = random.Random(seed)
    cases = [([draw.uniform(-3, 3) for _ in range(draw.randint(3, 9))], draw.uniform(0.3, 3), draw.uniform(0.3, 0.95)) for _ in range(30)]
    # Heated with a top_p that nothing reaches, and cut at temperature 1, so that a slip in the one does not count in the other.
    hot = [lab.probabilities(logits, t, 2.0) for logits, t, _ in cases]
    tops = [lab.probabilities(logits, 1.0, top_p) for logits, _, top_p in cases]
    kept = [{i for i, x in enumerate(p) if x > 0} for p in tops]

    def hot_is(wrong):
        return all(far(p, wrong(logits, t)) < 1e-9 for p, (logits, t, _) in zip(hot, cases))

    def kept_is(crossing):
        return [k == cut(softmax(logits), top_p, crossing) for k, (logits, _, top_p) in zip(kept, cases)]

    def divided_after(logits, t):  # what is left of it after the cut and the sharing out
        p = [x / t for x in softmax(logits)]
        whole = cut(p, 2.0)
        mass = sum(p[i] for i in whole)
        return [p[i] / mass if i in whole else 0.0 for i in range(len(p))]

    tokenizer, model = AutoTokenizer.from_pretrained("smollm2"), AutoModelForCausalLM.from_pretrained("smollm2")

    def next_scores(text):
        with torch.no_grad():
            return model(**tokenizer(text, return_tensors="pt")).logits[0][-1].tolist()

    scores = next_scores(PROMPTS[seed % 3])
    entropies = [entropy(lab.probabilities(scores, t, 2.0)) for t in (0.5, 1.0, 2.0)]
    cold = lab.probabilities(scores, 0.01, 2.0)
    return {
        "temperature_error": max(far(p, softmax([x / t for x in logits])) for p, (logits, t, _) in zip(hot, cases)),
        "cold_is_greedy": cold.index(max(cold)) == scores.index(max(scores)) and max(cold) > 0.99,
        "entropy_rises": entropies[0] < entropies[1] < entropies[2],
        "entropy_half": entropies[0], "entropy_one": entropies[1], "entropy_two": entropies[2],
        "kept_sets_right": sum(kept_is(True)),
        "sum_error": max(abs(sum(p) - 1) for p in tops),
        "kept_by_smollm2": len(cut(softmax(next_scores(PROMPTS[0])), 0.9)),
        "multiplied": hot_is(lambda logits, t: softmax([x * t for x in logits])),
        "divides_probabilities": hot_is(divided_after),
        "drops_crossing": all(kept_is(False)),
        "not_renormalised": all(kept_is(True)) and max(abs(sum(p) - 1) for p in tops) > 1e-9,
    }

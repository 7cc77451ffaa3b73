# The learner's dot and cosine on 50 random pairs, and what stretching one vector does to each.
import math
import random


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def length(a):
    return math.sqrt(dot(a, a))


def measure(lab, seed):
    draw = random.Random(seed)
    pairs = []
    for _ in range(50):
        places = draw.randint(2, 8)
        pairs.append(([draw.uniform(-5, 5) for _ in range(places)], [draw.uniform(0.5, 5) for _ in range(places)]))

    dots = [lab.dot(a, b) for a, b in pairs]
    cosines = [lab.cosine(a, b) for a, b in pairs]

    def same(values, other):
        return all(math.isclose(v, other(a, b), rel_tol=1e-9, abs_tol=1e-12) for v, (a, b) in zip(values, pairs))

    def after_stretch():
        a, b = pairs[0]
        before, after = lab.cosine(a, b), lab.cosine([10 * x for x in a], b)
        if math.isclose(before, after, rel_tol=1e-9):
            return "same"
        return "tenfold" if math.isclose(10 * before, after, rel_tol=1e-9) else "other"

    return {
        "cosine_45": float(lab.cosine([1, 0], [1, 1])),
        "dot_right": sum(math.isclose(d, dot(a, b), rel_tol=1e-9, abs_tol=1e-12) for d, (a, b) in zip(dots, pairs)),
        "cosine_error": max(abs(c - dot(a, b) / (length(a) * length(b))) for c, (a, b) in zip(cosines, pairs)),
        "cosine_after_stretch": after_stretch(),
        "cosine_is_dot": same(cosines, dot),
        "divided_by_one_length": same(cosines, lambda a, b: dot(a, b) / length(a)) or same(cosines, lambda a, b: dot(a, b) / length(b)),
        "divided_by_squares": same(cosines, lambda a, b: dot(a, b) / (dot(a, a) * dot(b, b))),
        "dot_is_product_of_sums": same(dots, lambda a, b: sum(a) * sum(b)),
        "dot_is_sum_of_sums": same(dots, lambda a, b: sum(a) + sum(b)),
    }

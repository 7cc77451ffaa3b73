# Sums, multiples and lengths of 30 random pairs, and the identity that ties them together.
import math
import random


def measure(lab, seed):
    draw = random.Random(seed)
    pairs = []
    for _ in range(30):
        places = draw.randint(2, 6)
        pairs.append(([draw.randint(-9, 9) for _ in range(places)], [draw.randint(1, 9) for _ in range(places)], draw.randint(2, 5)))

    sums = [list(lab.add(a, b)) for a, b, _ in pairs]
    multiples = [list(lab.scale(k, a)) for a, _, k in pairs]
    lengths = [lab.length(b) for _, b, _ in pairs]

    def error(a, b):
        dot = sum(x * y for x, y in zip(a, b))
        return abs(lab.length(lab.add(a, b)) ** 2 - (lab.length(a) ** 2 + lab.length(b) ** 2 + 2 * dot))

    def lengths_are(wrong):
        return all(abs(length - wrong(b)) < 1e-9 for length, (_, b, _) in zip(lengths, pairs))

    return {
        "add_right": sum(s == [x + y for x, y in zip(a, b)] for s, (a, b, _) in zip(sums, pairs)),
        "scale_right": sum(m == [k * x for x in a] for m, (a, _, k) in zip(multiples, pairs)),
        "right_angle_sum": float(lab.length(lab.add([3, 0], [0, 4]))),
        "identity_error": float(max(error(a, b) for a, b, _ in pairs)),
        "add_joins": all(s == a + b for s, (a, b, _) in zip(sums, pairs)),
        "scale_repeats": all(m == k * a for m, (a, _, k) in zip(multiples, pairs)),
        "length_is_count": lengths_are(len),
        "length_is_sum": lengths_are(sum),
        "length_without_root": lengths_are(lambda b: sum(x * x for x in b)),
    }

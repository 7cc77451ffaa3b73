# How far shared words alone get in NSP, on constructed documents that each keep to a topic; and in telling the order of two sentences.
import random

TOPICS = ["rain cloud wind storm umbrella sky", "bread oven flour butter baker dough", "goal team ball coach match score",
          "piano song choir note drum stage"]
COMMON = ["the", "a", "was", "then", "again", "and"]


def tidy(x):  # three digits are enough to read; a whole number is shown as one
    x = float(f"{x:.3g}")
    return int(x) if x == int(x) else x


def measure(model, seed):
    draw = random.Random(seed)

    def sentence(topic):
        return draw.sample(topic.split(), 4) + draw.sample(COMMON, 2)

    documents = [[sentence(topic) for _ in range(6)] for topic in TOPICS for _ in range(10)]

    def related(a, b):  # the trick: do they share a word that says something?
        return bool((set(a) & set(b)) - set(COMMON))

    right_random = right_swapped = total = 0
    for number, document in enumerate(documents):
        for a, b in zip(document, document[1:]):
            follows = draw.random() < 0.5
            stray = draw.choice(draw.choice([d for i, d in enumerate(documents) if i != number]))
            right_random += related(a, b if follows else stray) == follows
            in_order = draw.random() < 0.5
            pair = (a, b) if in_order else (b, a)
            right_swapped += related(*pair) == in_order
            total += 1
    return {"overlap_accuracy_random": tidy(right_random / total), "overlap_accuracy_swapped": tidy(right_swapped / total), "pairs": total}

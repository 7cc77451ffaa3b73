# The learner's masked examples, judged by a small encoder trained here on 48 constructed sentences; and the learner's NSP pairs.
# In the English sentences the verb is covered and the object on the right decides it; in the Korean ones it is the other way round.
import math
import random

import maru
import maru.torch as torch

ENGLISH_DOES = [("drinks", "milk"), ("drinks", "water"), ("eats", "fish"), ("eats", "rice"), ("reads", "books"), ("reads", "letters")]
ENGLISH = [f"the {who} {verb} {thing}" for who in ("cat", "dog", "bird", "child") for verb, thing in ENGLISH_DOES]
KOREAN_DOES = [("마신다", "우유를"), ("마신다", "물을"), ("먹는다", "생선을"), ("먹는다", "밥을"), ("읽는다", "책을"), ("읽는다", "편지를")]
KOREAN = [f"{who} {thing} {verb}" for who in ("고양이가", "강아지가", "새가", "아이가") for verb, thing in KOREAN_DOES]


def unigram_entropy(sentences):
    words = [word for sentence in sentences for word in sentence.split()]
    shares = [words.count(word) / len(words) for word in sorted(set(words))]
    return -sum(p * math.log(p) for p in shares)


def loss(model, inputs, labels):
    with torch.no_grad():
        probabilities = torch.softmax(model(input_ids=torch.tensor([inputs])).logits[0], dim=1)
    marked = [-math.log(probabilities[i][label].item()) for i, label in enumerate(labels) if label != -100]
    return sum(marked) / max(1, len(marked))


def measure(lab, seed):
    draw = random.Random(seed)
    model, tokenizer, _ = maru.train.masked_lm(ENGLISH + KOREAN, steps=120, seed=seed)
    mask = tokenizer.mask_token_id
    # [CLS] the cat drinks milk [SEP]: the verb is at 3.   [CLS] 고양이가 우유를 마신다 [SEP]: the object is at 2.
    tests = [(tokenizer(s)["input_ids"], 3) for s in draw.sample(ENGLISH, 6)]
    tests += [(tokenizer(s)["input_ids"], 2) for s in draw.sample(KOREAN, 6)]
    made = [lab.mask_one(list(ids), at, mask) for ids, at in tests]
    both = sum(loss(model, inputs, labels) for inputs, labels in made) / len(made)
    covered = [(inputs[: at + 1] + [mask] * (len(inputs) - at - 2) + inputs[-1:], labels) for (inputs, labels), (_, at) in zip(made, tests)]
    left = sum(loss(model, inputs, labels) for inputs, labels in covered) / len(covered)

    def labels_are(other):
        return all(list(labels) == other(ids, at) for (_, labels), (ids, at) in zip(made, tests))

    def covered_at(ids, at):
        return [mask if i == at else x for i, x in enumerate(ids)]

    def only_at(ids, at, value):
        return [value if i == at else -100 for i in range(len(ids))]

    document = [f"sentence {i}" for i in range(301)]
    follows = {a: b for a, b in zip(document, document[1:])}
    pairs = list(lab.nsp_pairs(document, random.Random(seed)))
    few = [pair for i in range(40) for pair in lab.nsp_pairs(["a", "b", "c"], random.Random(1000 * seed + i))]
    next_of = {"a": "b", "b": "c"}
    truth = [int(follows.get(a) != b) for a, b, _ in pairs] + [int(next_of.get(a) != b) for a, b, _ in few]
    labels = [label for _, _, label in pairs + few]
    return {
        "inputs_right": all(list(inputs) == covered_at(ids, at) for (inputs, _), (ids, at) in zip(made, tests)),
        "labels_right": labels_are(lambda ids, at: only_at(ids, at, ids[at])),
        "loss_both_sides": both, "loss_left_only": left, "unigram_entropy": unigram_entropy(ENGLISH + KOREAN),
        "below_unigram": unigram_entropy(ENGLISH + KOREAN) - both,
        "right_context_gain": left - both,
        "right_hidden": "rises" if left > both + 0.05 else "falls" if left < both - 0.05 else "same",
        "nsp_labels_true": labels == truth,
        "nsp_share_not_next": round(sum(label for _, _, label in pairs) / max(1, len(pairs)), 1),
        "labels_everywhere": labels_are(lambda ids, at: list(ids)),
        "labels_are_mask": labels_are(lambda ids, at: only_at(ids, at, mask)),
        "nsp_always_next": not any(truth) and not any(labels),
        "nsp_reversed": labels == [1 - t for t in truth],
        "nsp_negative_is_next": any(label == 1 and t == 0 for label, t in zip(labels, truth)) and labels != [1 - t for t in truth],
    }

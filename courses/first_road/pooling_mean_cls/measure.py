# Cosines of three sentences padded to 128 under each pooling, and the learner's mean on made-up masks, padded left or right.
import random

from maru import AutoModel, AutoTokenizer
import maru.torch as torch

SENTENCES = ["I love machine learning", "AI is fascinating", "The weather is nice today"]


def cosine(a, b):
    return (torch.dot(a, b) / torch.sqrt(torch.dot(a, a) * torch.dot(b, b))).item()


def far(a, b):
    return max(abs(x - y) for x, y in zip(a, b))


def mean(rows):
    return [sum(column) / len(rows) for column in zip(*rows)]


def measure(lab, seed):
    tokenizer, model = AutoTokenizer.from_pretrained("all-minilm"), AutoModel.from_pretrained("all-minilm")
    passes = []
    for text in SENTENCES:
        tokens = tokenizer(text, return_tensors="pt", padding="max_length", max_length=128, truncation=True)
        with torch.no_grad():
            passes.append((model(**tokens).last_hidden_state[0], tokens["attention_mask"][0].tolist()))

    def related_unrelated(pool):
        ml, ai, weather = [pool(hidden, mask) for hidden, mask in passes]
        return cosine(ml, ai), cosine(ml, weather)

    by_mean = related_unrelated(lab.mean_real)
    by_cls = related_unrelated(lab.cls)
    by_all = related_unrelated(lambda hidden, mask: hidden.mean(dim=0))
    real = related_unrelated(lambda hidden, mask: hidden[: sum(mask)].mean(dim=0))
    change = by_all[1] - real[1]

    draw = random.Random(seed)
    cases = []
    for i in range(8):
        positions, kept = draw.randint(5, 9), draw.randint(2, 4)
        mask = [1] * kept + [0] * (positions - kept)
        cases.append(([[draw.uniform(-1, 1) for _ in range(4)] for _ in range(positions)], mask if i % 2 else mask[::-1]))
    answers = [lab.mean_real(torch.tensor(rows), mask).tolist() for rows, mask in cases]
    heads = [lab.cls(torch.tensor(rows), mask).tolist() for rows, mask in cases]

    def always(values, wrong):
        return all(far(value, wrong(rows, mask)) < 1e-5 for value, (rows, mask) in zip(values, cases))

    def chosen(rows, mask):
        return [row for row, m in zip(rows, mask) if m]

    return {
        "cls_related": by_cls[0], "cls_unrelated": by_cls[1],
        "mean_related": by_mean[0], "mean_unrelated": by_mean[1],
        "unmasked_related": by_all[0], "unmasked_unrelated": by_all[1],
        "padding_pulls": "up" if change > 0.1 else "down" if change < -0.1 else "same",
        "mean_error": max(far(answer, mean(chosen(*case))) for answer, case in zip(answers, cases)),
        "mean_is_unmasked": always(answers, lambda rows, mask: mean(rows)),
        "divides_by_all": always(answers, lambda rows, mask: [x * sum(mask) / len(mask) for x in mean(chosen(rows, mask))]),
        "assumes_right_padding": always(answers, lambda rows, mask: mean(rows[: sum(mask)])),
        "cls_is_mean": always(heads, lambda rows, mask: mean(rows)),
    }

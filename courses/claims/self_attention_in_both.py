# Computes the first layer's weights of an encoder and of a decoder by one formula, and how much of them lies to the right.
import random

import maru
from maru import AutoModel, AutoTokenizer
import maru.torch as torch

TEXT = "the cat drinks cold milk"


def tidy(x):  # three digits are enough to read; a whole number is shown as one
    x = float(f"{x:.3g}")
    return int(x) if x == int(x) else x


def looked_at(name, folder, seed, causal):
    network, draw = AutoModel.from_pretrained(name or folder), random.Random(seed)
    ids = AutoTokenizer.from_pretrained(name)(TEXT)["input_ids"] if name else [draw.randint(5, 99) for _ in range(7)]
    with maru.watch(network) as seen, torch.no_grad():
        network(input_ids=torch.tensor([ids]))
    q, k, weights = seen["attention.q", 0], seen["attention.k", 0], seen["attention.weights", 0]
    heads, n, group = int(q.shape[1]), len(ids), int(q.shape[1]) // int(k.shape[1])  # several queries may share a key head
    mask = torch.tensor([[float("-inf") if causal and j > i else 0.0 for j in range(n)] for i in range(n)])
    error = right = 0.0
    for h in range(heads):
        computed = torch.softmax(q[:, h] @ k[:, h // group].T / int(q.shape[2]) ** 0.5 + mask, dim=1).tolist()
        in_model = weights[h].tolist()
        error = max(error, max(abs(x - y) for rows in zip(computed, in_model) for x, y in zip(*rows)))
        right += sum(in_model[i][j] for i in range(n) for j in range(i + 1, n))
    return error, right / (heads * n)


def measure(model, seed):
    encoder = looked_at(None, maru.tiny("bert", seed=seed), seed, causal=False)
    decoder = looked_at(model, None if model else maru.tiny("gpt2", seed=seed), seed, causal=True)
    return {"largest_formula_error": tidy(max(encoder[0], decoder[0])), "encoder_share_right": tidy(encoder[1]),
            "decoder_share_right": tidy(decoder[1])}

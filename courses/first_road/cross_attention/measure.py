# What of Q, K and V changes with the source and with the prefix, in a tiny random encoder-decoder; by the learner's own functions.
import math
import random

import maru
from maru import AutoModelForSeq2SeqLM
import maru.torch as torch


def other(ids, draw):
    at = draw.randrange(1, len(ids))
    return [100 if i == at else x for i, x in enumerate(ids)]


def far(a, b):
    same = len(a) == len(b) and len(a[0]) == len(b[0])
    return max(abs(x - y) for row, right in zip(a, b) for x, y in zip(row, right)) if same else math.inf


def measure(lab, seed):
    draw = random.Random(seed)
    model = AutoModelForSeq2SeqLM.from_pretrained(maru.tiny("bart", seed=seed))
    source = [draw.randint(5, 99) for _ in range(draw.randint(6, 8))]
    prefix = [2] + [draw.randint(5, 99) for _ in range(draw.randint(2, 4))]
    lengths = {len(source): "source", len(prefix): "prefix"}

    def watched(name, layer, source, prefix):
        with maru.watch(model) as seen, torch.no_grad():
            model(input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([prefix]))
        return {part: seen[f"{name}.{part}", layer] for part in "qkv"}

    def changes(look, changed):
        start = look(source, prefix)
        sets = (changed(start, look(other(source, draw), prefix)), changed(start, look(source, other(prefix, draw))))
        return ["".join(sorted(names)) for names in sets]

    def differ(before, after):
        return {part for part in "qkv" if before[part].tolist() != after[part].tolist()}

    start = lab.qkv(model, source, prefix)
    by_source, by_prefix = changes(lambda s, p: lab.qkv(model, s, p), lab.changed)
    deep = changes(lambda s, p: watched("cross_attention", 1, s, p), differ)
    with maru.watch(model) as seen, torch.no_grad():
        model(input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([prefix]))
    weights = seen["cross_attention.weights", 0]  # [heads, queries, keys]
    width = start["q"].shape[2]

    def weights_error():
        computed = [torch.softmax(start["q"][:, h] @ start["k"][:, h].T / width ** 0.5, dim=1).tolist() for h in range(weights.shape[0])]
        return max(far(computed[h], weights[h].tolist()) for h in range(weights.shape[0]))

    def watches(name, layer):
        right = watched(name, layer, source, prefix)
        return all(start[part].tolist() == right[part].tolist() for part in "qkv")

    values_change = lab.changed({"q": torch.tensor([1.0]), "k": torch.tensor([1.0]), "v": torch.tensor([1.0])},
                                {"q": torch.tensor([2.0]), "k": torch.tensor([1.0]), "v": torch.tensor([1.0])})
    return {
        "rows": ", ".join(f"{part}: {lengths.get(int(start[part].shape[0]), 'other')}" for part in "qkv"),
        "source_changes": by_source, "prefix_changes": by_prefix,
        "source_changes_layer_1": deep[0], "prefix_changes_layer_1": deep[1],
        "weights_error": weights_error(),
        "watches_self_attention": watches("decoder.attention", 0) or watches("decoder.attention", 1),
        "watches_encoder": watches("encoder.attention", 0) or watches("encoder.attention", 1),
        "watches_later_layer": watches("cross_attention", 1),
        "compares_shapes": "q" not in values_change,
    }

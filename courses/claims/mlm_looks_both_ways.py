# Covers a word, changes a word on either side, and measures how far the vector at the covered place moves; then the same in a decoder.
import random

import maru
from maru import AutoModel, AutoTokenizer
import maru.torch as torch


def tidy(x):  # three digits are enough to read; a whole number is shown as one
    x = float(f"{x:.3g}")
    return int(x) if x == int(x) else x


def measure(model, seed):
    draw = random.Random(seed)
    encoder = AutoModel.from_pretrained(model or maru.tiny("bert", seed=seed))
    decoder = AutoModel.from_pretrained(maru.tiny("gpt2", seed=seed))
    drawn = [draw.randint(5, 99) for _ in range(7)]
    if model:
        tokenizer = AutoTokenizer.from_pretrained(model)
        mask = tokenizer.mask_token_id
        ids = tokenizer("the cat drinks cold milk today")["input_ids"]
        spare = tokenizer("water")["input_ids"][1]
    else:
        ids, mask, spare = drawn, 4, 100

    def at_mask(network, ids, place):
        with torch.no_grad():
            return network(input_ids=torch.tensor([ids])).last_hidden_state[0][place].tolist()

    def moved(network, ids, place, changed):
        other = [spare if i == changed else x for i, x in enumerate(ids)]
        return max(abs(x - y) for x, y in zip(at_mask(network, ids, place), at_mask(network, other, place)))

    place = 3
    covered = [mask if i == place else x for i, x in enumerate(ids)]
    pairs = zip(at_mask(decoder, drawn, place), at_mask(decoder, drawn[:-1] + [100], place))
    in_decoder = max(abs(x - y) for x, y in pairs)
    return {
        "change_by_right": tidy(moved(encoder, covered, place, place + 1)),
        "change_by_left": tidy(moved(encoder, covered, place, place - 1)),
        "decoder_change_by_right": tidy(in_decoder),
    }

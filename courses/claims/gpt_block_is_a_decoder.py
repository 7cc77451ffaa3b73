# Counts the attentions of a block in a decoder-only model and in an encoder-decoder's decoder, and what the former gives to the future.
import random

import maru
from maru import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer
import maru.torch as torch


def tidy(x):  # three digits are enough to read; a whole number is shown as one
    x = float(f"{x:.3g}")
    return int(x) if x == int(x) else x


def measure(model, seed):
    draw = random.Random(seed)
    drawn = [draw.randint(5, 99) for _ in range(6)]
    decoder = AutoModelForCausalLM.from_pretrained(model or maru.tiny("gpt2", seed=seed))
    translator = AutoModelForSeq2SeqLM.from_pretrained(maru.tiny("bart", seed=seed))
    ids = AutoTokenizer.from_pretrained(model)("the cat drinks cold milk")["input_ids"] if model else drawn
    with maru.watch(decoder) as seen, torch.no_grad():
        decoder(input_ids=torch.tensor([ids]))
    with maru.watch(translator) as both, torch.no_grad():
        translator(input_ids=torch.tensor([drawn]), decoder_input_ids=torch.tensor([[2] + drawn[:3]]))
    weights = seen["attention.weights", 0].tolist()

    def attentions(notes):  # of the block of layer 0, leaving the encoder out
        return sum(layer == 0 and name.endswith("attention.weights") and not name.startswith("encoder.") for name, layer in notes)

    return {
        "attentions_per_block": attentions(seen), "attentions_per_translator_block": attentions(both),
        "largest_future_weight": tidy(max(head[i][j] for head in weights for i in range(len(ids)) for j in range(i + 1, len(ids)))),
    }

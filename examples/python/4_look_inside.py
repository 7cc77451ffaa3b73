"""What passes inside a model, and what becomes of the output when one head is silenced. ./run python examples/python/4_look_inside.py"""
import maru
import maru.torch as torch
from maru import AutoTokenizer, AutoModel

name = maru.tiny("bert")
tokenizer, model = AutoTokenizer.from_pretrained(name), AutoModel.from_pretrained(name)
tokens = tokenizer("The cat sat on the mat.", return_tensors="pt")

with maru.watch(model) as seen:
    before = model(**tokens).last_hidden_state
print("seen:", ", ".join(f"{name}/{layer}" for name, layer in seen.names()))
print("weights of layer 0, head 0:", seen["attention.weights", 0][0], sep="\n")


def silence(out):
    """The attention's result, [tokens, heads, head], without head 0."""
    changed = out.clone()
    changed[:, 0] = 0.0
    return changed


with maru.watch(model, change={("attention.out", 0): silence}):
    after = model(**tokens).last_hidden_state
print(f"the last hidden state moves by {(after - before).abs().max():.4f} at most")

"""A model trained on the spot, then asked for the word that is masked. ./run python examples/python/5_train_a_tiny_model.py"""
import maru.torch as torch
from maru import train

people, places = ("anna", "tom", "mina", "joon"), ("park", "school", "library", "market")
sentences = [f"{who} walks to the {place} with a {thing}" for who in people for place, thing in zip(places, ("dog", "bag", "book", "basket"))]
model, tokenizer, losses = train.masked_lm(sentences, steps=300)
print(f"loss: {losses[0]:.2f} at first, {sum(losses[-20:]) / 20:.2f} at the end")

tokens = tokenizer("anna walks to the [MASK] with a book", return_tensors="pt")
at = tokens["input_ids"][0].tolist().index(tokenizer.mask_token_id)
best = torch.softmax(model(**tokens).logits[0, at], dim=-1).topk(3)
for probability, number in zip(*best):
    print(f"{probability:.3f}  {tokenizer.decode([int(number)])}")

"""Sentences as vectors, compared by dot product and by cosine: where lengths differ, the two part.

./run python examples/python/3_similarity.py
"""
import maru.torch as torch
from maru import AutoTokenizer, AutoModel

NAME = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(NAME)
model = AutoModel.from_pretrained(NAME)


def embed(sentence):
    tokens = tokenizer(sentence, return_tensors="pt", padding=True, truncation=True)
    with torch.no_grad():
        outputs = model(**tokens)
    return outputs.last_hidden_state.mean(dim=1)


def compare(first, second):
    a, b = embed(first).squeeze(), embed(second).squeeze()
    dot = torch.dot(a, b)
    cosine = torch.nn.functional.cosine_similarity(a, b, dim=0)
    print(f"dot {dot:.4f}  cosine {cosine:.4f}   {first} | {second}")


compare("I love machine learning", "AI is fascinating")
compare("I love machine learning", "The weather is nice today")
# This model has seen no Korean: what it says of these two pairs is worth a thought.
compare("나는 머신러닝을 사랑해", "인공지능은 매력적이야")
compare("나는 머신러닝을 사랑해", "오늘 날씨가 좋다")

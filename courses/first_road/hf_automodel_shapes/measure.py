# Shapes of what the learner returns for a batch, and how far each vector is from the one of the sentence on its own.
import random

from maru import AutoModel, AutoTokenizer
import maru.torch as torch

SENTENCES = ["Hello world", "I love machine learning", "AI is fascinating", "The weather is nice today",
             "Tokenization is surprisingly hard",
             "Padding makes rectangles of ragged sentences", "나는 학생이다", "A", "Transformers, transformers everywhere!"]


def alone(tokenizer, model, text):
    with torch.no_grad():
        return model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]


def furthest(a, b):
    return max(abs(x - y) for row, other in zip(a.tolist(), b.tolist()) for x, y in zip(row, other))


def measure(lab, seed):
    draw = random.Random(seed)
    tokenizer, model = AutoTokenizer.from_pretrained("all-minilm"), AutoModel.from_pretrained("all-minilm")
    texts = ["Hello world"] + draw.sample(SENTENCES[1:5], 1) + draw.sample(SENTENCES[5:], 2)
    tokens = tokenizer(texts, return_tensors="pt", padding=True)
    with torch.no_grad():
        hidden = model(**tokens).last_hidden_state
    single = [alone(tokenizer, model, text) for text in texts]
    answers = list(lab.real_vectors(tokenizer, model, texts))
    lengths = [int(answer.shape[0]) for answer in answers]
    real = [int(vectors.shape[0]) for vectors in single]
    hello_padding = hidden[0][real[0]:].tolist()

    return {
        "hello_vectors": lengths[0],
        "lengths_right": lengths == real,
        "width": int(answers[0].shape[-1]),
        "padding_difference": max(furthest(answer, vectors) for answer, vectors in zip(answers, single)),
        "pad_vectors": "none" if not hello_padding else "numbers" if any(x for row in hello_padding for x in row) else "zeros",
        "hidden_shape": str([int(n) for n in hidden.shape]),
        "keeps_padding": all(length == int(hidden.shape[1]) for length in lengths),
        "counts_words": lengths == [len(text.split()) for text in texts],
        "drops_special": lengths == [n - 2 for n in real],
    }

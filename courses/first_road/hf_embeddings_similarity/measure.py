# The learner's embeddings on the conversation's sentences in two languages, and the learner's ranking on four queries.
import random

from maru import AutoModel, AutoTokenizer
import maru.torch as torch

ENGLISH = ["I love machine learning", "AI is fascinating", "The weather is nice today"]
KOREAN = ["나는 머신러닝을 사랑해", "인공지능은 매력적이야", "오늘 날씨가 좋다"]
POOL = ["The cat sleeps on the sofa", "Stock prices fell sharply", "A kitten is napping", "The bank raised interest rates",
        "Rain is expected tomorrow", "Neural networks learn from data", "He cooked noodles for dinner", "The storm will arrive at night",
        "Deep learning needs many examples", "Soup is on the stove"]


def cosine(a, b):
    return (torch.dot(a, b) / torch.sqrt(torch.dot(a, a) * torch.dot(b, b))).item()


def order(value, reverse=True):
    return lambda query, vectors: sorted(range(len(vectors)), key=lambda i: value(query, vectors[i]), reverse=reverse)


def measure(lab, seed):
    draw = random.Random(seed)
    tokenizer, model = AutoTokenizer.from_pretrained("all-minilm"), AutoModel.from_pretrained("all-minilm")

    def hidden(text):
        with torch.no_grad():
            return model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]

    english = [lab.embed(tokenizer, model, text) for text in ENGLISH]
    korean = [lab.embed(tokenizer, model, text) for text in KOREAN]
    dots = [torch.dot(v[0], v[i]).item() for v in (english, korean) for i in (1, 2)]

    # The Korean query is where dot and cosine disagree; in the other cases the candidates are drawn.
    cases = [(KOREAN[0], KOREAN[1:])]
    for _ in range(3):
        drawn = draw.sample(POOL, 6)
        cases.append((drawn[0], drawn[1:]))
    answers = [list(lab.ranking(tokenizer, model, query, candidates)) for query, candidates in cases]
    vectors = [(hidden(query).mean(dim=0), [hidden(text).mean(dim=0) for text in candidates]) for query, candidates in cases]

    def always(way):
        return answers == [way(*case) for case in vectors]

    first = hidden(ENGLISH[0])[0]
    pieces = [piece for text in KOREAN for piece in tokenizer.tokenize(text)]
    return {
        "dot_ml_ai": dots[0], "dot_ml_weather": dots[1],
        "cosine_ml_ai": cosine(english[0], english[1]), "cosine_ml_weather": cosine(english[0], english[2]),
        "korean_dot_ml_ai": dots[2], "korean_dot_ml_weather": dots[3],
        "korean_cosine_ml_ai": cosine(korean[0], korean[1]), "korean_cosine_ml_weather": cosine(korean[0], korean[2]),
        "korean_larger_dot": "ai" if dots[2] > dots[3] else "weather",
        "korean_pieces_of_one_letter_or_unknown": sum(len(piece.replace("##", "")) == 1 or piece == "[UNK]"
                                                      for piece in pieces) / len(pieces),
        "rankings_right": sum(answer == order(cosine)(*case) for answer, case in zip(answers, vectors)),
        "embed_is_cls": max(abs(x - y) for x, y in zip(english[0].tolist(), first.tolist())) < 1e-5,
        "order_untouched": answers == [list(range(len(candidates))) for _, candidates in cases],
        "ascending": always(order(cosine, reverse=False)),
        "ranks_by_dot": always(order(lambda a, b: torch.dot(a, b).item())),
    }

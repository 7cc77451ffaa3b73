# 문장의 뜻을 비교하고, 가까운 순서로 찾습니다. / Compare meanings, and search by them.
from maru import AutoModel, AutoTokenizer
import maru.torch as torch


def embed(tokenizer, model, text):
    tokens = tokenizer(text, return_tensors="pt", padding=True, truncation=True)
    with torch.no_grad():
        outputs = model(**tokens)
    return outputs.last_hidden_state[0][0]  # TODO 1: 토큰 벡터의 평균으로. / The mean of the token vectors instead.


def cosine(a, b):
    return (torch.dot(a, b) / torch.sqrt(torch.dot(a, a) * torch.dot(b, b))).item()


def ranking(tokenizer, model, query, candidates):
    q = embed(tokenizer, model, query)
    vectors = [embed(tokenizer, model, text) for text in candidates]
    # TODO 2: 코사인이 큰 후보의 번호부터. / Numbers of the candidates, largest cosine first.
    return list(range(len(vectors)))


if __name__ == "__main__":
    tokenizer, model = AutoTokenizer.from_pretrained("all-minilm"), AutoModel.from_pretrained("all-minilm")
    for texts in (["I love machine learning", "AI is fascinating", "The weather is nice today"],
                  ["나는 머신러닝을 사랑해", "인공지능은 매력적이야", "오늘 날씨가 좋다"]):
        ml, ai, weather = [embed(tokenizer, model, text) for text in texts]
        print(f"ML-AI 유사도: {torch.dot(ml, ai):.4f}   ML-날씨 유사도: {torch.dot(ml, weather):.4f}")
        print(tokenizer.tokenize(texts[0]))

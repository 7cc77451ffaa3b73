# 토큰 벡터들을 문장 벡터 하나로. / From token vectors to one sentence vector.
# hidden: [자리 positions, 384]   mask: 0과 1의 리스트 / a list of zeros and ones
from maru import AutoModel, AutoTokenizer
import maru.torch as torch


def mean_all(hidden, mask):
    return hidden.mean(dim=0)         # 비교용입니다. 고치지 마세요. / For comparison; leave it.


def cls(hidden, mask):
    return hidden[0]


def mean_real(hidden, mask):
    rows = [hidden[i] for i in range(len(mask)) if mask[i] == 1]
    return torch.stack(rows).mean(dim=0)


if __name__ == "__main__":
    tokenizer, model = AutoTokenizer.from_pretrained("all-minilm"), AutoModel.from_pretrained("all-minilm")
    for pool in (cls, mean_real, mean_all):
        vectors = []
        for text in ("I love machine learning", "AI is fascinating", "The weather is nice today"):
            tokens = tokenizer(text, return_tensors="pt", padding="max_length", max_length=128, truncation=True)
            with torch.no_grad():
                vectors.append(pool(model(**tokens).last_hidden_state[0], tokens["attention_mask"][0].tolist()))
        a, b, c = vectors
        cosine = lambda x, y: (torch.dot(x, y) / torch.sqrt(torch.dot(x, x) * torch.dot(y, y))).item()
        print(f"{pool.__name__:>10}  ML-AI {cosine(a, b):.3f}  ML-날씨/weather {cosine(a, c):.3f}")

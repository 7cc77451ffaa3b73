# 여러 문장을 한 번에 넣고, 진짜 토큰의 벡터만 꺼냅니다.
# Several sentences at once, and only the vectors of real tokens back.
from maru import AutoModel, AutoTokenizer
import maru.torch as torch


def real_vectors(tokenizer, model, texts):
    tokens = tokenizer(texts, return_tensors="pt", padding=True)
    with torch.no_grad():
        outputs = model(**tokens)
    hidden = outputs.last_hidden_state  # [batch, seq, width]
    result = []
    for i in range(len(texts)):
        real = sum(tokens["attention_mask"][i].tolist())
        result.append(hidden[i][:real])
    return result                       # 문장마다 [진짜 토큰 수, width] / per sentence [real tokens, width]


if __name__ == "__main__":
    tokenizer = AutoTokenizer.from_pretrained("all-minilm")
    model = AutoModel.from_pretrained("all-minilm")
    texts = ["Hello world", "Padding makes rectangles of ragged sentences"]
    print(tokenizer(texts, return_tensors="pt", padding=True))
    for text, vectors in zip(texts, real_vectors(tokenizer, model, texts)):
        print(text, vectors.shape)

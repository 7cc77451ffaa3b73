# softmax(QKᵀ/√d)V.   q: [n, d]   k, v: [m, d]
import maru
from maru import AutoModel, AutoTokenizer
import maru.torch as torch


def attention(q, k, v):
    scores = q @ k.T                        # [n, m]  TODO 1: √d로 나누세요. / Divide by √d.
    weights = torch.softmax(scores, dim=0)  # TODO 2: 어느 방향으로 합이 1이어야 할까요? / Which way should it sum to 1?
    return weights @ v, weights


if __name__ == "__main__":
    tokenizer, model = AutoTokenizer.from_pretrained("all-minilm"), AutoModel.from_pretrained("all-minilm")
    text = "the cat drinks milk"
    with maru.watch(model) as seen, torch.no_grad():  # 모델 안을 들여다봅니다. / A look inside the model.
        model(**tokenizer(text, return_tensors="pt"))
    q, k, v = [seen["attention." + name, 0][:, 0] for name in "qkv"]  # 0층 0번 헤드 / layer 0, head 0
    print("나/mine: ", [round(x, 3) for x in attention(q, k, v)[1][1].tolist()])
    print("모델/model:", [round(x, 3) for x in seen["attention.weights", 0][0][1].tolist()])

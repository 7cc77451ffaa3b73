# 미래를 가리는 어텐션. / Attention that hides the future.   q, k, v: [n, d]
import maru.torch as torch


def visible(n):
    # visible(n)[i][j]: i번째 쿼리가 j번째 키를 볼 수 있는가 / may query i see key j?
    return [[True for j in range(n)] for i in range(n)]  # TODO 1


def causal_attention(q, k, v):
    scores = q @ k.T / q.shape[1] ** 0.5
    # TODO 2: 보이지 않는 자리의 점수에는 무엇을 더할까요? / What is added to the score of a key that cannot be seen?
    mask = torch.tensor([[0.0 if see else 0.0 for see in row] for row in visible(q.shape[0])])
    weights = torch.softmax(scores + mask, dim=1)
    return weights @ v, weights


if __name__ == "__main__":
    words = ["I", "love", "you"]
    print("      " + "  ".join(words))
    for word, row in zip(words, visible(3)):
        print(f"{word:>5}", "   ".join("✓" if see else "✗" for see in row))
    torch.manual_seed(0)
    q = torch.randn(3, 8)
    for row in causal_attention(q, q, q)[1].tolist():
        print([round(x, 2) for x in row])

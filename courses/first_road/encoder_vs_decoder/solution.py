# 오른쪽을 보는 모델인지 실험으로 가려냅니다. / Find out by experiment whether a model sees to the right.
from maru import AutoModel, AutoTokenizer
import maru.torch as torch


def change_before(model, ids_a, ids_b):
    with torch.no_grad():
        a = model(input_ids=torch.tensor([ids_a])).last_hidden_state[0]  # [자리 positions, 차원 width]
        b = model(input_ids=torch.tensor([ids_b])).last_hidden_state[0]
    first = next(i for i in range(len(ids_a)) if ids_a[i] != ids_b[i])   # 처음으로 다른 자리 / the first difference
    return max(abs(x - y) for row_a, row_b in zip(a.tolist()[:first], b.tolist()[:first]) for x, y in zip(row_a, row_b))


def sees_right(model, ids_a, ids_b):
    return change_before(model, ids_a, ids_b) > 1e-4


if __name__ == "__main__":
    for name in ("all-minilm", "smollm2"):
        tokenizer, model = AutoTokenizer.from_pretrained(name), AutoModel.from_pretrained(name)
        a, b = [tokenizer(text)["input_ids"] for text in ("the cat drinks milk", "the cat drinks water")]
        print(f"{name:>10}: {change_before(model, a, b):.6f}", "→ 오른쪽을 본다 / sees right" if sees_right(model, a, b) else "→ 왼쪽만 / left only")

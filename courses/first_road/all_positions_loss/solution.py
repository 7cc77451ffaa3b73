# 한 번의 계산에서 모든 자리의 loss를. / The loss of every position out of one pass.
from maru import AutoModelForCausalLM, AutoTokenizer
import maru.torch as torch


def losses_one_pass(model, ids):
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids])).logits[0]  # [자리 positions, 단어장 vocabulary]
    losses = []
    for i in range(len(ids) - 1):
        probabilities = torch.softmax(logits[i], dim=0)
        target = ids[i + 1]
        losses.append(-torch.log(probabilities[target]).item())
    return losses


if __name__ == "__main__":
    tokenizer, model = AutoTokenizer.from_pretrained("smollm2"), AutoModelForCausalLM.from_pretrained("smollm2")
    ids = tokenizer("The capital of France is Paris, and the capital of Italy is Rome.")["input_ids"]
    for i, loss in enumerate(losses_one_pass(model, ids)):
        print(f"{tokenizer.decode(ids[: i + 1])!r:>64} → {tokenizer.decode([ids[i + 1]])!r:<10} {loss:.3f}")

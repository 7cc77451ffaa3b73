# 뽑기 직전의 확률. / The probabilities just before the draw.
import math


def softmax(scores):
    largest = max(scores)
    exps = [math.exp(x - largest) for x in scores]
    total = sum(exps)
    return [e / total for e in exps]


def probabilities(logits, temperature=1.0, top_p=1.0):
    p = softmax([x * temperature for x in logits])  # TODO 1: 온도가 높을수록 평평하게. / The hotter, the flatter.
    kept, mass = set(), 0.0
    for i in sorted(range(len(p)), key=lambda i: p[i], reverse=True):
        if mass + p[i] > top_p:                     # TODO 2: 합이 p에 닿을 때까지 담으세요. / Take until the sum reaches p.
            break
        kept.add(i)
        mass += p[i]
    return [p[i] if i in kept else 0.0 for i in range(len(p))]  # TODO 3: 합이 다시 1이 되게. / Make the sum 1 again.


if __name__ == "__main__":
    for temperature in (0.5, 1.0, 2.0):
        print(temperature, [round(x, 2) for x in probabilities([2.0, 1.0, 0.0], temperature)])
    print("top_p", [round(x, 2) for x in probabilities([2.0, 1.0, 0.0], top_p=0.8)])  # [0.73, 0.27, 0.0]

# 점수를 확률로. / From scores to probabilities.
import math


def softmax(scores):
    largest = max(scores)
    exps = [math.exp(x - largest) for x in scores]
    total = sum(exps)
    return [e / total for e in exps]


if __name__ == "__main__":
    print(softmax([2.0, 1.0, -1.0]))        # [0.705..., 0.259..., 0.035...]
    print(softmax([1001.0, 1002.0, 1003.0]))

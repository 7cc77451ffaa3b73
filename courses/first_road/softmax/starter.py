# 점수를 확률로. / From scores to probabilities.
import math  # math.exp


def softmax(scores):
    # TODO 1: 합으로 나누기 전에 exp를 거치세요. / Take exp before dividing by the sum.
    # TODO 2: 점수가 1000이어도 넘치지 않게 하세요. / Do not overflow, not even for a score of 1000.
    exps = [x for x in scores]
    total = sum(exps)
    return [e / total for e in exps]


if __name__ == "__main__":
    print(softmax([2.0, 1.0, -1.0]))        # [0.705..., 0.259..., 0.035...]
    print(softmax([1001.0, 1002.0, 1003.0]))

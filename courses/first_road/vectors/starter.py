# 벡터의 세 가지 연산. / The three operations on vectors.
import math


def add(a, b):
    return a + b  # TODO: 같은 자리끼리 더하세요. / Add place by place.


def scale(k, a):
    return k * a  # TODO: 모든 자리에 k를 곱하세요. / Multiply every place by k.


def length(a):
    return len(a)  # TODO: 제곱해서 더하고 제곱근. / Square, add up, take the root.


if __name__ == "__main__":
    print(add([1, 1, 1, 0], [1, 1, 0, 1]))  # [2, 2, 1, 1]
    print(scale(2, [1, 1, 1, 0]))           # [2, 2, 2, 0]
    print(length([3, 4]))                   # 5.0

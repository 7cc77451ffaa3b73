# 벡터의 세 가지 연산. / The three operations on vectors.
import math


def add(a, b):
    return [x + y for x, y in zip(a, b)]


def scale(k, a):
    return [k * x for x in a]


def length(a):
    return math.sqrt(sum(x * x for x in a))


if __name__ == "__main__":
    print(add([1, 1, 1, 0], [1, 1, 0, 1]))  # [2, 2, 1, 1]
    print(scale(2, [1, 1, 1, 0]))           # [2, 2, 2, 0]
    print(length([3, 4]))                   # 5.0

# 내적과 코사인. / The dot product and the cosine.
import math


def length(a):
    return math.sqrt(sum(x * x for x in a))


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def cosine(a, b):
    return dot(a, b) / (length(a) * length(b))


if __name__ == "__main__":
    print(dot([1, 2, 0], [3, 1, 5]))  # 5
    print(cosine([1, 0], [1, 1]))     # 0.7071...

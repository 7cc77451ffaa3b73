# 인코더의 연습 문제를 만듭니다. / Make an encoder's exercises.
import random


def mask_one(ids, at, mask_id):
    # 돌려줄 것: (입력, 정답). 채점하지 않을 자리의 정답은 -100 / Returns (inputs, labels); -100 is not marked
    inputs = list(ids)
    inputs[at] = mask_id
    labels = list(ids)  # TODO 1: 가린 자리에만 정답을. / An answer for the covered place only.
    return inputs, labels


def nsp_pairs(document, draw):
    # 돌려줄 것 / Returns: [(문장 A, 문장 B, 0 IsNext | 1 NotNext), …]
    pairs = []
    for i in range(len(document) - 1):
        if draw.random() < 0.5:
            pairs.append((document[i], document[i + 1], 0))
        else:
            # TODO 2: 다음 문장이 아닌 엉뚱한 문장을 골라 1을 붙이세요. / Pick a sentence that is not the next one, and label it 1.
            pairs.append((document[i], document[i + 1], 0))
    return pairs


if __name__ == "__main__":
    print(mask_one([2, 19, 20, 21, 3], 2, 4))  # ([2, 19, 4, 21, 3], [-100, -100, 20, -100, -100])
    print(nsp_pairs(["비가 온다.", "우산을 쓴다.", "길이 젖었다.", "해가 난다."], random.Random(1)))

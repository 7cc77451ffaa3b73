# BPE 토크나이저를 학습시킵니다. / Train a BPE tokenizer.
# words: [(조각의 리스트 / list of pieces, 나온 횟수 / how often), …]


def most_frequent_pair(words):
    counts = {}
    for pieces, count in words:
        for pair in zip(pieces, pieces[1:]):
            counts[pair] = counts.get(pair, 0) + 1  # TODO 1: 이 단어는 몇 번 나왔나요? / How often did this word come?
    # 횟수가 같으면 사전에서 앞서는 쌍 / Of equal counts, the pair first in the dictionary
    return min(counts, key=lambda pair: (-counts[pair], pair)) if counts else None


def merge(pieces, pair):
    merged, i = [], 0
    while i < len(pieces):
        # TODO 2: 여기서 시작하는 쌍이 pair라면 둘을 합치고 두 칸 나아가세요.
        #         If the pair that begins here is the one, append both joined and step on by two.
        merged.append(pieces[i])
        i += 1
    return merged


def train(words, steps):
    merges = []
    for _ in range(steps):
        pair = most_frequent_pair(words)
        if pair is None:
            break
        merges.append(pair)
        words = [(merge(pieces, pair), count) for pieces, count in words]
    return merges


if __name__ == "__main__":
    print(train([(list("rain"), 5), (list("train"), 3), (list("brain"), 2), (list("again"), 4)], 3))  # ai, ain, rain

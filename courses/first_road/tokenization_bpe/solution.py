# BPE 토크나이저를 학습시킵니다. / Train a BPE tokenizer.
# words: [(조각의 리스트 / list of pieces, 나온 횟수 / how often), …]


def most_frequent_pair(words):
    counts = {}
    for pieces, count in words:
        for pair in zip(pieces, pieces[1:]):
            counts[pair] = counts.get(pair, 0) + count
    # 횟수가 같으면 사전에서 앞서는 쌍 / Of equal counts, the pair first in the dictionary
    return min(counts, key=lambda pair: (-counts[pair], pair)) if counts else None


def merge(pieces, pair):
    merged, i = [], 0
    while i < len(pieces):
        if i + 1 < len(pieces) and (pieces[i], pieces[i + 1]) == pair:
            merged.append(pieces[i] + pieces[i + 1])
            i += 2
        else:
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

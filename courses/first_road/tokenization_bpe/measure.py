# The learner's pairs, merges and training against a reference, and what smollm2's tokenizer pays for Korean.
import random

from maru import AutoTokenizer

LINES = ["the cat sat on the mat", "the other cat sat on the other mat", "나는 학교에 간다", "나는 학교에서 온다", "학교는 나의 학교다", "banana bandana"]
KOREAN, ENGLISH = "나는 머신러닝을 사랑해", "I love machine learning"


def pair_of(words, weighted=True):
    counts = {}
    for pieces, count in words:
        for pair in zip(pieces, pieces[1:]):
            counts[pair] = counts.get(pair, 0) + (count if weighted else 1)
    return min(counts, key=lambda pair: (-counts[pair], pair)) if counts else None


def merged(pieces, pair, step=2, limit=99):
    out, i = [], 0
    while i < len(pieces):
        if limit and tuple(pieces[i : i + 2]) == pair:
            out.append(pieces[i] + pieces[i + 1])
            i, limit = i + step, limit - 1
        else:
            out.append(pieces[i])
            i += 1
    return out


def trained(words, steps):
    merges = []
    for _ in range(steps):
        pair = pair_of(words)
        if pair is None:
            break
        merges.append(pair)
        words = [(merged(pieces, pair), count) for pieces, count in words]
    return merges


def measure(lab, seed):
    draw = random.Random(seed)
    corpora = [[([draw.choice("abc") for _ in range(draw.randint(2, 5))], draw.randint(1, 20)) for _ in range(5)] for _ in range(20)]
    corpora[0] = [(list("ab"), 1), (list("abc"), 1), (list("bc"), 9)]
    pairs = [lab.most_frequent_pair(words) for words in corpora]
    tasks = [([draw.choice("ab") for _ in range(draw.randint(2, 8))], (draw.choice("ab"), draw.choice("ab"))) for _ in range(18)]
    tasks += [(list("aaa"), ("a", "a")), (list("abab"), ("a", "b"))]
    merges = [list(lab.merge(list(pieces), pair)) for pieces, pair in tasks]

    counts = {}
    for line in draw.sample(LINES, 4):
        for word in line.split():
            counts[word] = counts.get(word, 0) + draw.randint(1, 3)
    words = [(list(word), count) for word, count in sorted(counts.items())]
    learned = [tuple(pair) for pair in lab.train(words, 12)]

    def cut(word):
        pieces = list(word)
        for pair in learned:
            pieces = list(lab.merge(pieces, pair))
        return pieces

    tokenizer = AutoTokenizer.from_pretrained("smollm2")
    korean, english = len(tokenizer.tokenize(KOREAN)), len(tokenizer.tokenize(ENGLISH))
    return {
        "pairs_right": sum(pair == pair_of(words) for pair, words in zip(pairs, corpora)),
        "merges_right": sum(answer == merged(*task) for answer, task in zip(merges, tasks)),
        "training_equals_reference": learned == trained(words, 12),
        "round_trips": all("".join(cut(word)) == word for word in sorted(counts) + ["처음보는단어", "aaaa"]),
        "korean_tokens": korean, "english_tokens": english,
        "korean_tokens_per_letter": korean / len(KOREAN), "english_tokens_per_letter": english / len(ENGLISH),
        "ignores_word_count": pairs == [pair_of(words, weighted=False) for words in corpora],
        "merge_does_nothing": merges == [pieces for pieces, _ in tasks],
        "merge_overlaps": merges == [merged(*task, step=1) for task in tasks],
        "merges_only_first": merges == [merged(*task, limit=1) for task in tasks],
    }

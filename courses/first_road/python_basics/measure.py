# What word_counts returns for one known sentence and for 20 made-up ones, where words hide inside longer words.
import random

WORDS = ["cat", "dog", "the", "a", "sees", "concatenate", "dogma", "other", "나는", "너를", "사랑해", "고양이"]


def counted(sentence, vocabulary):
    return [sentence.split().count(word) for word in vocabulary]


def measure(lab, seed):
    draw = random.Random(seed)
    cases = []
    for _ in range(20):
        vocabulary = draw.sample(WORDS[:4] + WORDS[7:], draw.randint(2, 5))
        cases.append((" ".join(draw.choice(WORDS) for _ in range(draw.randint(0, 12))), vocabulary))
    cases[0] = ("concatenate the cat the dogma", ["the", "cat", "dog"])  # a case on which every wrong way differs
    answers = [list(lab.word_counts(sentence, vocabulary)) for sentence, vocabulary in cases]

    def always(wrong):
        return answers == [wrong(sentence, vocabulary) for sentence, vocabulary in cases]

    return {
        "example_total": sum(lab.word_counts("the cat saw the other cat", ["the", "cat", "dog"])),
        "length_is_vocabulary": all(len(answer) == len(vocabulary) for answer, (_, vocabulary) in zip(answers, cases)),
        "cases_right": sum(answer == counted(*case) for answer, case in zip(answers, cases)),
        "counts_inside_words": always(lambda s, v: [s.count(word) for word in v]),
        "returns_after_first": all(len(answer) == 1 for answer in answers),
        "only_presence": always(lambda s, v: [int(word in s.split()) for word in v]),
        "all_zero": all(not any(answer) for answer in answers),
    }

# 문장을 숫자의 목록으로 바꿉니다. / Turn a sentence into a list of numbers.


def word_counts(sentence, vocabulary):
    words = sentence.split()
    counts = []
    for word in vocabulary:
        counts.append(words.count(word))
    return counts


if __name__ == "__main__":
    print(word_counts("the cat saw the other cat", ["the", "cat", "dog"]))  # [2, 2, 0]

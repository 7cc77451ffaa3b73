"""Learns vocabularies with the tokenizers package from the text beside them, for maru's trainers to be compared with.

    python3 tools/golden_training.py tests/golden/training

Reads FOLDER/text.txt and writes FOLDER/expected.json: the merges of byte-level BPE, WordPiece's vocabulary, and how many tokens a Unigram
vocabulary makes of the text.
"""
import json
import pathlib
import sys

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers


def bpe(text, size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train([text], trainers.BpeTrainer(vocab_size=size, min_frequency=2, special_tokens=["<|endoftext|>"], show_progress=False,
                                                initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return json.loads(tokenizer.to_str())["model"]["merges"]


def wordpiece(text, size):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train([text], trainers.WordPieceTrainer(vocab_size=size, min_frequency=2, show_progress=False,
                                                      special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    return tokenizer


def unigram(text, size):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.train([text], trainers.UnigramTrainer(vocab_size=size, unk_token="<unk>", special_tokens=["<unk>", "<s>", "</s>", "<pad>"],
                                                    show_progress=False))
    return tokenizer


def main(folder):
    text = str(folder / "text.txt")
    whole = (folder / "text.txt").read_text()
    pieces = wordpiece(text, 1000)
    out = {"bpe_merges": bpe(text, 257 + 500), "wordpiece_tokens": len(pieces.encode(whole).ids),
           "wordpiece_vocabulary": sorted(pieces.get_vocab()), "unigram_tokens": len(unigram(text, 1000).encode(whole).ids)}
    (folder / "expected.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
    print({k: v if isinstance(v, int) else len(v) for k, v in out.items()})


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

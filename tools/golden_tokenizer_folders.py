"""Makes small tokenizer folders with bare SentencePiece files and writes the ids that transformers' tokenizers give.

    python3 tools/golden_tokenizer_folders.py tests/golden/tokenizer_folders
"""
import io
import json
import pathlib
import sys

import sentencepiece as spm
import transformers

from golden_sentencepiece import SENTENCES

TEXTS = ["Hello world", "The quick brown fox jumps.", "빠른 갈색 여우", "日本語 text", "a b", "a <mask> b", "x<extra_id_3>y", "<s> hi </s>",
         ">>fra<< sea shells", " lead  and trail "]
# transformers puts no mark before a text that begins with a blank; the package does, and so does maru.
LEFT_OUT = {"llama": ["<s> hi </s>", " lead  and trail "]}


def train(**options):
    out = io.BytesIO()
    spm.SentencePieceTrainer.train(sentence_iterator=iter(SENTENCES), model_writer=out, num_threads=1, minloglevel=2, hard_vocab_limit=False,
                                   normalization_rule_name="identity", **options)
    return out.getvalue()


def marian_vocabulary(model):
    processor = spm.SentencePieceProcessor(model_proto=model)
    pieces = [processor.id_to_piece(i) for i in range(3, processor.get_piece_size())]
    # As in real ones, a few pieces of the file are missing, and others are the other language's.
    names = ["</s>", "<unk>"] + pieces[:40] + pieces[45:] + ["▁autre", ">>fra<<", ">>deu<<", "<pad>"]
    return json.dumps({name: id for id, name in enumerate(names)}, ensure_ascii=False).encode()


def folders():
    unigram = train(model_type="unigram", vocab_size=300)
    config = lambda name, **more: json.dumps({"tokenizer_class": name, **more}).encode()
    yield "xlm_roberta", {"sentencepiece.bpe.model": unigram, "tokenizer_config.json": config("XLMRobertaTokenizer")}
    t5 = train(model_type="unigram", vocab_size=300, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    yield "t5", {"spiece.model": t5, "tokenizer_config.json": config("T5Tokenizer", extra_ids=100)}
    bpe = train(model_type="bpe", vocab_size=700, byte_fallback=True, remove_extra_whitespaces=False)
    yield "llama", {"tokenizer.model": bpe, "tokenizer_config.json": config("LlamaTokenizer", legacy=True, add_bos_token=True)}
    yield "marian", {"source.spm": unigram, "target.spm": unigram, "vocab.json": marian_vocabulary(unigram),
                     "tokenizer_config.json": config("MarianTokenizer", source_lang="en", target_lang="fr")}


def main(root):
    for name, files in folders():
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file).write_bytes(content)
        kind = json.loads(files["tokenizer_config.json"])["tokenizer_class"]
        tokenizer = getattr(transformers, kind).from_pretrained(str(folder))
        texts = [text for text in TEXTS if text not in LEFT_OUT.get(name, [])]
        out = {"vocabulary": len(tokenizer), "texts": [{"text": text, "ids": tokenizer(text)["input_ids"]} for text in texts],
               "pair": tokenizer("Hello", "world")["input_ids"]}
        (folder / "expected.json").write_text(json.dumps(out, ensure_ascii=False, indent=1) + "\n")
        print(name, len(tokenizer))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

"""Trains small SentencePiece models with the sentencepiece package and writes what it makes of texts in many scripts.

    python3 tools/golden_sentencepiece.py tests/golden/sentencepiece
    python3 tools/golden_sentencepiece.py FOLDER MODEL...      the same of models that exist; MARU_TEST_SENTENCEPIECE=FOLDER tests them

The models are trained on the sentences below, so that they may be shipped. One .model and one .json per case; texts.json holds the texts.
"""
import io
import json
import pathlib
import sys

import sentencepiece as spm

SENTENCES = """The quick brown fox jumps over the lazy dog.
A rolling stone gathers no moss, and a watched pot never boils.
She sells sea shells by the sea shore; the shells she sells are surely sea shells.
In 1969 two people walked on the moon, 384,400 km away.
Tokenizers cut text into pieces, and pieces become numbers.
Übung macht den Meister, sagt man; größer heißt nicht besser.
Le cœur a ses raisons que la raison ne connaît point.
El veloz murciélago hindú comía feliz cardillo y kiwi.
Быстрая лиса перепрыгивает через ленивую собаку.
Η γρήγορη καφέ αλεπού πηδάει πάνω από το σκυλί.
빠른 갈색 여우가 게으른 개를 뛰어넘는다.
말은 생각을 담고, 글은 말을 담는다. 토큰은 글의 조각이다.
마루는 집의 가운데에 있고 모든 방이 마루로 열린다.
素早い茶色の狐がのろまな犬を飛び越える。
トークンは文章のかけらです。
敏捷的棕色狐狸跳过懒狗。天地玄黄,宇宙洪荒。
الثعلب البني السريع يقفز فوق الكلب الكسول.
השועל החום המהיר קופץ מעל הכלב העצלן.
तेज भूरी लोमड़ी आलसी कुत्ते के ऊपर कूदती है।
สุนัขจิ้งจอกสีน้ำตาลกระโดดข้ามสุนัขขี้เกียจ""".split("\n")

TEXTS = [
    "", " ", "   ", "\t", "\n", "a", " a", "a ", "  a  b  ", "Hello world", "The quick brown fox.", "Hello   \t  world \n\n again",
    "▁", "▁▁a", "a▁b ▁ c", "<s>", "</s>", "<unk>", "a<s>b</s>", "<0x41>", "<pad>", "[user] says [user][user] hi", "x[use]y",
    "ﬁne ﬂow Ⅷ ①②③ ㎏ ＡＢＣ １２３ ｶﾞ ｶ", "é é Å Å ü ñ", "한글 한글 각 각", "빠른 갈색 여우가 뛰어넘는다 그리고 꾑",
    "素早い茶色の狐 犬 鬱", "天地玄黄宇宙", "Быстрая лиса Ёё йй", "Η γρήγορη ΑΛΕΠΟΎ", "الثعلب ﷺ ﻻ سريع", "השועל שׁ",
    "तेज लोमड़ी क्षि", "สุนัขจิ้งจอก ำ", "ქართული ენა", "Հայերեն լեզու", "አማርኛ ቋንቋ", "ខ្មែរ ភាសា", "မြန်မာ ဘာသာ", "བོད་ཡིག",
    "தமிழ் மொழி", "বাংলা ভাষা", "తెలుగు", "ᏣᎳᎩ", "ᐃᓄᒃᑎᑐᑦ", "😀👩‍👩‍👧‍👦🇰🇷 ❤️", "\u200b\u200d\ufeff zero", "a\u00a0b\u3000c\u2003d",
    "\u0000a\u0001b", "\u0301\u0301x", "e\u0301\u0302\u0303\u0304", "1,234,567.89", "....!!??", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "sea shells sea shells" * 4, "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟘𝟙𝟚", "㍿㌔ ½ ⅓", "～〜-‐‑–—", "“quotes” ‘single’ «angle»", "ab\r\ncd\re", "\u2028line\u2029para",
    "�", "İstanbul ıI ſtraße", "ǅ ǆ Ǆ", "한\u1161\u11a8 \u1100\u1161", "if x == 1:\n    return y\n\n\n\tz",
]

# What each model is trained with.
CASES = {
    "unigram_nmt": dict(model_type="unigram", vocab_size=400, normalization_rule_name="nmt_nfkc", user_defined_symbols=["[user]"]),
    "unigram_identity": dict(model_type="unigram", vocab_size=400, normalization_rule_name="identity", remove_extra_whitespaces=False,
                             add_dummy_prefix=False),
    "unigram_fold": dict(model_type="unigram", vocab_size=700, normalization_rule_name="nfkc_cf", byte_fallback=True, character_coverage=0.98,
                         pad_id=3),
    "unigram_suffix": dict(model_type="unigram", vocab_size=400, treat_whitespace_as_suffix=True),
    "unigram_across": dict(model_type="unigram", vocab_size=400, split_by_whitespace=False),
    "bpe": dict(model_type="bpe", vocab_size=500, user_defined_symbols=["[user]", "sea"]),
    "bpe_bytes": dict(model_type="bpe", vocab_size=700, normalization_rule_name="identity", remove_extra_whitespaces=False, byte_fallback=True,
                      character_coverage=0.98, split_digits=True),
    "word": dict(model_type="word", vocab_size=100),
    "char": dict(model_type="char", vocab_size=300, user_defined_symbols=["[user]"]),
}


def unused(model):
    """The model with every seventh of its longer pieces marked unused: what they were merged from has to be used instead."""
    from sentencepiece import sentencepiece_model_pb2 as pb

    proto = pb.ModelProto.FromString(model)
    longer = [piece for piece in proto.pieces if piece.type == 1 and len(piece.piece) > 2]
    for piece in longer[::7]:
        piece.type = 5
    return proto.SerializeToString()


def expected(processor, text):
    """Ids, their places in code points (the package counts bytes), and the text that the ids stand for."""
    pieces = processor.encode(text, return_type="proto").pieces
    ids = [piece.id for piece in pieces]
    place = lambda byte: len(text.encode()[:byte].decode())
    return {"ids": ids, "offsets": [[place(piece.begin), place(piece.end)] for piece in pieces], "decoded": processor.decode(ids)}


def trained():
    models = {}
    for name, options in CASES.items():
        out = io.BytesIO()
        spm.SentencePieceTrainer.train(sentence_iterator=iter(SENTENCES), model_writer=out, num_threads=1, minloglevel=2,
                                       hard_vocab_limit=False, **{"normalization_rule_name": "identity", **options})
        models[name] = out.getvalue()
    for name in ("unigram_across", "bpe"):
        models[name + "_unused"] = unused(models[name])
    return models


def main(folder, others):
    folder.mkdir(parents=True, exist_ok=True)
    models = {path.stem: path.read_bytes() for path in others} or trained()
    (folder / "texts.json").write_text(json.dumps(TEXTS, indent=0) + "\n")
    for name, model in models.items():
        processor = spm.SentencePieceProcessor(model_proto=model)
        (folder / f"{name}.model").write_bytes(model)
        rows = [expected(processor, text) for text in TEXTS]
        (folder / f"{name}.json").write_text("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]\n")
        print(name, len(model), "bytes,", processor.get_piece_size(), "pieces")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), [pathlib.Path(path) for path in sys.argv[2:]])

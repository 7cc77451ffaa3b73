#!/usr/bin/env python3
"""Makes tests/golden/tokenizers: small tokenizers of every kind and what the reference library makes of texts in twenty scripts.

Usage: python3 tools/golden_tokenizers.py [CASE…]    (needs: pip install tokenizers==0.23.3 sentencepiece==0.2.3)

texts.json holds the texts; CASE.json holds "tokenizer" (a whole tokenizer.json) and, per text, "ids", "offsets" (flat), "words" (-1 for
special tokens) and "decoded"; "pairs" are made of neighbouring texts, with "types".
"""
import io
import json
import random
import sys
from pathlib import Path

import sentencepiece as spm
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from tokenizers.decoders import BPEDecoder, CTC, ByteFallback, Fuse, Metaspace as MetaspaceDecoder, Replace as ReplaceDecoder, Strip as StripDecoder
from tokenizers.normalizers import NFC, NFD, NFKC, NFKD, BertNormalizer, Lowercase, Nmt, Prepend, Replace, Strip, StripAccents
from tokenizers.pre_tokenizers import (BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, FixedLength, Metaspace, Punctuation, Split,
                                       UnicodeScripts, Whitespace, WhitespaceSplit)

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "golden" / "tokenizers"

SENTENCES = """The cat's 12 kittens weren't hungry; they'd eaten 3,456 fish!
Ein Straßenfest in Köln: Äpfel, Öl und Übermut für 7€.
L'été, l'œuvre naïve coûte vingt-trois francs où ça ?
Быстрая лиса прыгает через 25 ленивых собак — «вот так».
Η γρήγορη αλεπού πηδάει πάνω από τον σκύλο· γιατί;
השועל המהיר קופץ מעל הכלב העצלן, נכון? שָׁלוֹם
الثعلب السريع يقفز فوق الكلب الكسول ٣٤٥ مرّة، أليس كذلك؟
तेज़ लोमड़ी आलसी कुत्ते के ऊपर कूदती है। १२३ क्षत्रिय
দ্রুত শিয়াল অলস কুকুরের উপর লাফ দেয় ৪৫।
வேகமான நரி சோம்பேறி நாயின் மேல் குதிக்கிறது.
వేగవంతమైన నక్క సోమరి కుక్కపై దూకుతుంది
สุนัขจิ้งจอกวิ่งเร็วกระโดดข้ามสุนัขขี้เกียจ ๑๒๓
빠른 여우가 게으른 개 12마리를 뛰어넘었습니다. 값싼 닭고기!
素早い茶色の狐がのろまな犬を飛び越える。ｶﾞｷﾞｸﾞ カタカナー
敏捷的棕色狐狸跳过了3只懒狗，真的吗？「漢字」
სწრაფი მელა ზარმაც ძაღლს ახტება
Արագ աղվեսը ցատկում է ծույլ շան վրայով։
ፈጣኑ ቀበሮ በሰነፉ ውሻ ላይ ይዘላል።
ដំរីដើរយឺតៗ ក្នុងព្រៃ
ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ Ꭰ ᏌᏊ
Çabuk İstanbul'da ışık ılık; IĞDIR'dan 9 şişe.
Con cáo nhanh nhẹn nhảy qua con chó lười biếng.
def f(x):\n\treturn x**2  # 平方\n\n\n  if a != b: pass""".replace("\\n", "\n").replace("\\t", "\t").split("\n")
SENTENCES = SENTENCES[:22] + ["\n".join(SENTENCES[22:])]

ODD = ["", " ", "  ", "\n", "a", " a", "a ", "  a  b  ", "\t\r\n x", "\u00a0x\u2003y\u3000", "\u2581x \u2581", "``quoted'' \"text\"",
       "e\u0301e\u0301\u0323 \u1e69 s\u0323\u0307 \u0344", "\u1112\u1161\u11ab\u1100\u1173\u11af 한\u11a8", "ﬁ ﬃ Ⅷ ① ㍿ ½ ｱﾞ ﷺ", "\u0130I\u0131i ẞß ǅ",
       "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1f0\U0001f1f7 \U0001f44d\U0001f3fd", "\x00\x01\x7f\u200b\ufeffx\ufffd", "x\u0300\u0301\u0302y",
       "<s>hi</s> [MASK]. <mask>x <NEW> new", " <mask> [MASK]a", "AB12ab--__..!!", "don't DON'T I'LL we'Re 'tis", "1234567 12.5e-3 ٣٤٥",
       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \U00010348 \ue000 \U000e0041", "नि क्‍ष \u0915\u094d\u0937", "。、！？「」", "\r\n\r\n", "a\r\nb\rc"]


def mixtures(count, seed):
    """Texts of pieces of all of the above: scripts meet in odd places."""
    draw = random.Random(seed)
    pool = "".join(SENTENCES + ODD)
    out = []
    for _ in range(count):
        parts = []
        for _ in range(draw.randrange(1, 7)):
            at, n = draw.randrange(len(pool)), draw.randrange(1, 7)
            parts.append(draw.choice(["", "", " ", "  ", "\n"]) + pool[at:at + n])
        out.append("".join(parts))
    return out


TEXTS = [s[:34] for s in SENTENCES] + ODD + mixtures(12, 1)
CORPUS = (SENTENCES + [s.lower() for s in SENTENCES]) * 3

RULES = {"ﬁ": "fi", "ﬃ": "ffi", "①": "1", "Ⅷ": "VIII", "½": "1\u20442", "ｶﾞ": "ガ", "ｶ": "カ", "ｷ": "キ", "ﾞ": "\u3099", "　": " ", "\u00a0": " ",
         "\t": " ", "\n": " ", "\r": "", "\u200b": "", "\u0001": "", "e\u0301": "\u00e9", "ß": "ss", "ẞ": "SS", "！": "!", "？": "?",
         "s\u0323": "ṣ", "\u1112\u1161": "하", "\u1112\u1161\u11ab": "한", "A": "a", "B": "b"}


def charsmap():
    """A small precompiled character map, made by SentencePiece itself."""
    table = FOLDER / "rules.tsv"
    table.write_text("".join(" ".join(f"{ord(c):X}" for c in a) + "\t" + " ".join(f"{ord(c):X}" for c in b) + "\n" for a, b in RULES.items()))
    model = io.BytesIO()
    spm.SentencePieceTrainer.train(sentence_iterator=iter(CORPUS), model_writer=model, vocab_size=600, normalization_rule_tsv=str(table),
                                   character_coverage=1.0, hard_vocab_limit=False, minloglevel=2)
    table.unlink()
    from sentencepiece import sentencepiece_model_pb2 as pb
    proto = pb.ModelProto()
    proto.ParseFromString(model.getvalue())
    return proto.normalizer_spec.precompiled_charsmap


GPT4O = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
         r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
         r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = QWEN2.replace(r"\p{N}|", r"\p{N}{1,3}|", 1)
DEEPSEEK = [r"\p{N}{1,3}", r"[一-龥぀-ゟ゠-ヿ]+",
            r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""]
CLIP = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
CONTROL = ["<unk>", "<s>", "</s>"]
MASK = AddedToken("<mask>", lstrip=True, special=True, normalized=False)
EXTRA = [AddedToken("[MASK]", rstrip=True, normalized=False), AddedToken("NEW", single_word=True, normalized=True), AddedToken("aaaa", normalized=True)]


def trained(model, trainer, normalizer=None, pre=None, post=None, decoder=None, corpus=CORPUS):
    t = Tokenizer(model)
    if normalizer:
        t.normalizer = normalizer
    if pre:
        t.pre_tokenizer = pre
    t.train_from_iterator(corpus, trainer)
    if decoder:
        t.decoder = decoder
    if callable(post):
        post = post(t)
    if post:
        t.post_processor = post
    return t


def bpe(size=420, special=CONTROL, model={}, trainer={}, **parts):
    return trained(models.BPE(**model), trainers.BpeTrainer(vocab_size=size, special_tokens=special, show_progress=False, **trainer), **parts)


def byte_level(**parts):
    return bpe(trainer={"initial_alphabet": ByteLevel.alphabet()}, decoder=parts.pop("decoder", decoders.ByteLevel()), **parts)


def unigram(size=440, byte_fallback=False, **parts):
    special = CONTROL + ([f"<0x{b:02X}>" for b in range(256)] if byte_fallback else [])
    t = trained(models.Unigram(), trainers.UnigramTrainer(vocab_size=size + len(special), special_tokens=special, unk_token="<unk>", show_progress=False), corpus=[*SENTENCES[:9], *SENTENCES[12:15]] * 3, **parts)
    if byte_fallback:
        file = json.loads(t.to_str())
        file["model"]["byte_fallback"] = True
        file["added_tokens"] = [a for a in file["added_tokens"] if not a["content"].startswith("<0x")]
        t = Tokenizer.from_str(json.dumps(file))
    return t


def characters(normalizer, pre=None, decoder=None):
    """Each character of the normalised texts is a word, so that offsets show what the normaliser did."""
    seen = sorted({c for text in TEXTS for c in normalizer.normalize_str(text)} - {" "})
    vocab = {"<unk>": 0, **{c: i + 1 for i, c in enumerate(seen[::2])}}
    t = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    t.normalizer = normalizer
    t.pre_tokenizer = pre or FixedLength(1)
    if decoder:
        t.decoder = decoder
    return t


def cuts(pre, post=None):
    """Offsets and words show where a pre-tokenizer cuts."""
    words = sorted({w for text in TEXTS for w, _ in pre.pre_tokenize_str(text) if len(w) < 6})[::3]
    t = Tokenizer(models.WordLevel({"<unk>": 0, **{w: i + 1 for i, w in enumerate(words)}}, unk_token="<unk>"))
    t.pre_tokenizer = pre
    if post:
        t.post_processor = post
    return t


def template(single, pair, *names):
    return lambda t: processors.TemplateProcessing(single=single, pair=pair, special_tokens=[(n, t.token_to_id(n)) for n in names])


def added(t, tokens=(MASK, *EXTRA)):
    t.add_tokens(list(tokens))
    return t


S, N, P = "Sequence", normalizers, pre_tokenizers
MAP = charsmap()
SPACE = "▁"
FALLBACK = [f"<0x{b:02X}>" for b in range(256)]
BERT = template("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", "[CLS]", "[SEP]")
ROBERTA = lambda **k: lambda t: processors.RobertaProcessing(("</s>", t.token_to_id("</s>")), ("<s>", t.token_to_id("<s>")), **k)
LLAMA_DECODER = decoders.Sequence([ReplaceDecoder(SPACE, " "), ByteFallback(), Fuse(), StripDecoder(" ", 1, 0)])
CASES = {
    "byte_level": lambda: added(byte_level(pre=ByteLevel(add_prefix_space=False), post=processors.ByteLevel(trim_offsets=False))),
    "byte_level_prefix": lambda: added(byte_level(pre=ByteLevel(add_prefix_space=True), post=ROBERTA(trim_offsets=True, add_prefix_space=True))),
    "byte_level_trim": lambda: byte_level(pre=ByteLevel(add_prefix_space=False), post=ROBERTA(trim_offsets=True, add_prefix_space=False)),
    "byte_level_digits": lambda: byte_level(pre=P.Sequence([Digits(individual_digits=True), ByteLevel(add_prefix_space=True)]),
                                            post=processors.ByteLevel(trim_offsets=True)),
    "qwen2": lambda: byte_level(normalizer=NFC(), pre=P.Sequence([Split(Regex(QWEN2), "isolated"), ByteLevel(False, use_regex=False)]),
                                post=processors.ByteLevel(trim_offsets=False)),
    "llama3": lambda: byte_level(model={"ignore_merges": True}, pre=P.Sequence([Split(Regex(LLAMA3), "isolated"), ByteLevel(False, use_regex=False)]),
                                 post=lambda t: processors.Sequence([processors.ByteLevel(trim_offsets=False),
                                                                     template("<s> $A", "<s> $A <s>:1 $B:1", "<s>")(t)])),
    "gpt4o": lambda: byte_level(pre=P.Sequence([Split(Regex(GPT4O), "removed", invert=True), ByteLevel(False, use_regex=False)])),
    "deepseek": lambda: byte_level(pre=P.Sequence([Split(Regex(r), "isolated") for r in DEEPSEEK] + [ByteLevel(False, use_regex=False)])),
    "byte_level_normalizer": lambda: bpe(trainer={"initial_alphabet": ByteLevel.alphabet()}, normalizer=N.Sequence([NFKC(), N.ByteLevel()]), pre=Split(Regex(" ?Ġ?[^Ġ]+"), "isolated"), decoder=decoders.ByteLevel()),
    "llama2": lambda: added(bpe(special=CONTROL + FALLBACK, size=700, model={"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True},
                                normalizer=N.Sequence([Prepend(SPACE), Replace(" ", SPACE)]), decoder=LLAMA_DECODER,
                                post=template("<s> $A", "<s> $A <s>:1 $B:1", "<s>")), [MASK]),
    "mistral": lambda: bpe(special=CONTROL + FALLBACK, size=600, model={"unk_token": "<unk>", "byte_fallback": True, "fuse_unk": True},
                           trainer={"limit_alphabet": 60}, pre=Metaspace(prepend_scheme="first", split=False), decoder=LLAMA_DECODER),
    "bpe_metaspace": lambda: added(bpe(model={"unk_token": "<unk>", "fuse_unk": False}, trainer={"limit_alphabet": 80}, pre=Metaspace(prepend_scheme="first"),
                                       decoder=MetaspaceDecoder(prepend_scheme="first"))),
    "bpe_fused": lambda: bpe(model={"unk_token": "<unk>", "fuse_unk": True}, trainer={"limit_alphabet": 60}, pre=Metaspace(prepend_scheme="never"),
                             decoder=MetaspaceDecoder(prepend_scheme="never")),
    "bpe_suffix": lambda: bpe(model={"unk_token": "<unk>", "end_of_word_suffix": "</w>"}, trainer={"end_of_word_suffix": "</w>"}, normalizer=Lowercase(),
                              pre=Whitespace(), decoder=BPEDecoder("</w>")),
    "bpe_prefix": lambda: bpe(model={"unk_token": "<unk>", "continuing_subword_prefix": "##"}, trainer={"continuing_subword_prefix": "##"},
                              pre=P.Sequence([WhitespaceSplit(), Digits(True)]), decoder=decoders.WordPiece("##", False)),
    "clip": lambda: bpe(model={"unk_token": "<unk>", "end_of_word_suffix": "</w>"},
                        trainer={"end_of_word_suffix": "</w>", "initial_alphabet": ByteLevel.alphabet()},
                        normalizer=N.Sequence([NFC(), Replace(Regex(r"\s+"), " "), Lowercase()]),
                        pre=P.Sequence([Split(Regex(CLIP), "removed", invert=True), ByteLevel(False)]),
                        decoder=decoders.Sequence([decoders.ByteLevel(), ReplaceDecoder("</w>", " ")]), post=ROBERTA(trim_offsets=False, add_prefix_space=False)),
    "unigram_xlmr": lambda: added(unigram(normalizer=N.Precompiled(MAP), pre=P.Sequence([WhitespaceSplit(), Metaspace(prepend_scheme="always")]),
                                          decoder=MetaspaceDecoder(), post=template("<s> $A </s>", "<s> $A </s> </s> $B </s>", "<s>", "</s>"))),
    "unigram_t5": lambda: unigram(normalizer=N.Precompiled(MAP), pre=Metaspace(prepend_scheme="first"), decoder=MetaspaceDecoder(prepend_scheme="first"),
                                  post=template("$A </s>", "$A </s> $B </s>", "</s>")),
    "unigram_albert": lambda: unigram(normalizer=N.Sequence([Replace("``", '"'), Replace("''", '"'), NFKD(), StripAccents(), Lowercase(), N.Precompiled(MAP),
                                                             Replace(Regex(" {2,}"), " "), Strip()]), pre=Metaspace(), decoder=MetaspaceDecoder()),
    "unigram_bytes": lambda: unigram(byte_fallback=True, size=420, normalizer=NFKC(), pre=Metaspace(split=False),
                                     decoder=decoders.Sequence([ByteFallback(), MetaspaceDecoder()])),
    "bert": lambda: added(trained(models.WordPiece(unk_token="[UNK]"), trainers.WordPieceTrainer(vocab_size=400, special_tokens=["[UNK]", "[CLS]", "[SEP]"], show_progress=False),
                                  normalizer=BertNormalizer(), pre=BertPreTokenizer(), decoder=decoders.WordPiece(), post=BERT)),
    "wordpiece": lambda: trained(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=12),
                                 trainers.WordPieceTrainer(vocab_size=400, special_tokens=["[UNK]", "[CLS]", "[SEP]"], show_progress=False),
                                 normalizer=N.Sequence([Nmt(), BertNormalizer(lowercase=False, strip_accents=True)]), pre=BertPreTokenizer(),
                                 decoder=decoders.WordPiece("##", False), post=lambda t: processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))),
    "word_level": lambda: added(trained(models.WordLevel(unk_token="<unk>"), trainers.WordLevelTrainer(special_tokens=CONTROL, show_progress=False),
                                        normalizer=Lowercase(), pre=Whitespace())),
    "ctc": lambda: characters(Lowercase(), decoder=CTC(pad_token="a", word_delimiter_token="e", cleanup=True)),
    "nfc": lambda: characters(NFC()), "nfd": lambda: characters(NFD()), "nfkc": lambda: characters(NFKC()), "nfkd": lambda: characters(NFKD()),
    "nmt": lambda: characters(N.Sequence([Nmt(), Strip(left=True, right=False)])),
    "accents": lambda: characters(N.Sequence([NFD(), StripAccents(), Lowercase(), Strip(left=False, right=True)])),
    "charsmap": lambda: characters(N.Precompiled(MAP)),
    "replace": lambda: characters(N.Sequence([Replace(Regex(r"(?<=a)\w+"), "<*>"), Prepend("^^"), Replace("  ", "")])),
    **{f"split_{b}{'_inverted' * i}": (lambda b=b, i=i: cuts(Split(Regex(r"[aeio\d]+|\s"), b, invert=i)))
       for b in ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous") for i in (False, True)},
    "split_string": lambda: cuts(P.Sequence([Split("a.", "isolated"), CharDelimiterSplit("e"), FixedLength(4)])),
    "digits": lambda: cuts(P.Sequence([Digits(False), Metaspace(prepend_scheme="first")])),
    "scripts": lambda: cuts(UnicodeScripts()),
    "punctuation": lambda: cuts(P.Sequence([Punctuation("merged_with_previous"), WhitespaceSplit()])),
    "whitespace": lambda: cuts(Whitespace()),
}


def flat(encoding):
    return {"ids": encoding.ids, "offsets": [x for pair in encoding.offsets for x in pair], "words": [-1 if w is None else w for w in encoding.word_ids]}


def expected(t):
    out = {"tokenizer": json.loads(t.to_str()), "texts": [], "pairs": []}
    for text in TEXTS:
        e = t.encode(text)
        out["texts"].append({**flat(e), "decoded": t.decode(e.ids)})
    for a, b in list(zip(TEXTS, TEXTS[1:]))[::9]:
        e = t.encode(a, b)
        out["pairs"].append({"texts": [a, b], "ids": e.ids, "types": e.type_ids})
    return out


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "texts.json").write_text(json.dumps(TEXTS) + "\n")
    for name in sys.argv[1:] or CASES:
        (FOLDER / f"{name}.json").write_text(json.dumps(expected(CASES[name]()), ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()

"""maru.tiny(): a tiny model with random weights and a tokenizer of its own, for looking inside without a download."""
from __future__ import annotations

from ._maru import _home, _train_tokenizer, _write_random
from ._words import fail

SENTENCES = (
    "The cat sat on the mat and looked at the moon.", "A dog runs in the park every morning.", "I love you, and you love the sea.",
    "She reads a book about the history of the world.", "He writes a letter to his friend in Paris.", "The capital of France is Paris.",
    "The weather is nice today, and the sun is warm.", "Machine learning finds patterns in data.",
    "A model learns to predict the next word.",
    "Words near each other often mean similar things.", "Hello world, this is a small model.", "We walk home when the rain begins to fall.",
    "나는 너를 사랑해.", "오늘 날씨가 좋다.", "고양이가 의자 위에서 잔다.", "나는 책을 읽는다.", "안녕하세요, 반갑습니다.")

_WIDTH, _LAYERS, _HEADS, _POSITIONS = 32, 2, 4, 128


def bert_config(vocabulary, width=_WIDTH, layers=_LAYERS, heads=_HEADS, positions=_POSITIONS):
    return {"architectures": ["BertForPreTraining"], "model_type": "bert", "vocab_size": vocabulary, "hidden_size": width,
            "num_hidden_layers": layers,
            "num_attention_heads": heads, "intermediate_size": 2 * width, "max_position_embeddings": positions, "type_vocab_size": 2,
            "hidden_act": "gelu",
            "layer_norm_eps": 1e-12, "pad_token_id": 0, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def gpt2_config(vocabulary, width=_WIDTH, layers=_LAYERS, heads=_HEADS, positions=_POSITIONS):
    return {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": vocabulary, "n_embd": width, "n_layer": layers,
            "n_head": heads,
            "n_positions": positions, "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new", "bos_token_id": 0, "eos_token_id": 0,
            "attn_pdrop": 0.0, "embd_pdrop": 0.0, "resid_pdrop": 0.0}


def _t5_config(vocabulary):
    return {"architectures": ["T5ForConditionalGeneration"], "model_type": "t5", "vocab_size": vocabulary, "d_model": _WIDTH,
            "d_kv": _WIDTH // _HEADS,
            "d_ff": 2 * _WIDTH, "num_layers": _LAYERS, "num_decoder_layers": _LAYERS, "num_heads": _HEADS,
            "relative_attention_num_buckets": 32,
            "relative_attention_max_distance": 128, "n_positions": _POSITIONS, "layer_norm_epsilon": 1e-6, "feed_forward_proj": "relu",
            "is_encoder_decoder": True,
            "decoder_start_token_id": 3, "pad_token_id": 3, "eos_token_id": 2, "dropout_rate": 0.0}


def _bart_config(vocabulary):
    return {"architectures": ["BartForConditionalGeneration"], "model_type": "bart", "vocab_size": vocabulary, "d_model": _WIDTH,
            "encoder_layers": _LAYERS,
            "decoder_layers": _LAYERS, "encoder_attention_heads": _HEADS, "decoder_attention_heads": _HEADS, "encoder_ffn_dim": 2 * _WIDTH,
            "decoder_ffn_dim": 2 * _WIDTH, "max_position_embeddings": _POSITIONS, "activation_function": "gelu", "scale_embedding": False,
            "is_encoder_decoder": True, "bos_token_id": 1, "pad_token_id": 2, "eos_token_id": 3, "decoder_start_token_id": 3,
            "forced_eos_token_id": 3,
            "dropout": 0.0}


def _around(before, after):
    """A post-processor that puts these special tokens, (spelling, id), around a text."""
    tokens = {t: {"id": t, "ids": [n], "tokens": [t]} for t, n in (*before, *after)}
    mark = lambda t: {"SpecialToken": {"id": t, "type_id": 0}}
    single = [*(mark(t) for t, _ in before), {"Sequence": {"id": "A", "type_id": 0}}, *(mark(t) for t, _ in after)]
    pair = [*single, *(mark(t) for t, _ in after[:len(before)]), {"Sequence": {"id": "B", "type_id": 0}}, *(mark(t) for t, _ in after)]
    return {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": tokens}


# kind: how its tokenizer learns, special tokens behind the kind's own, what stands around a text, names of special tokens, config, heads.
_KINDS = {
    "bert": ("wordpiece", [], None, {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}, bert_config,
             ["pooler.dense.weight", "cls.predictions.bias", "cls.seq_relationship.weight"]),
    "gpt2": ("bpe", [], None, {"bos": "<|endoftext|>", "eos": "<|endoftext|>", "unk": "<|endoftext|>"}, gpt2_config, []),
    "t5": ("unigram", [], ([], [("</s>", 2)]), {"eos": "</s>", "unk": "<unk>", "pad": "<pad>"}, _t5_config, []),
    "bart": ("bpe", ["<s>", "<pad>", "</s>", "<mask>"], ([("<s>", 1)], [("</s>", 3)]),
             {"bos": "<s>", "eos": "</s>", "sep": "</s>", "cls": "<s>", "unk": "<|endoftext|>", "pad": "<pad>", "mask": "<mask>"},
             _bart_config, []),
}
_CLASSES = {"bert": "BertTokenizer", "gpt2": "GPT2Tokenizer", "t5": "T5Tokenizer", "bart": "BartTokenizer"}


def write(folder, kind, sentences, vocabulary, seed, **sizes):
    """A checkpoint of this kind in an empty folder; its tokenizer has learned from the sentences."""
    import json
    import os
    learns, specials, around, names, config, heads = _KINDS[kind]
    tokenizer = json.loads(_train_tokenizer(learns, list(sentences), vocabulary, specials, str(folder)))
    if around:
        tokenizer["post_processor"] = _around(*around)
    model = tokenizer["model"]["vocab"]
    config = config(len(model), **sizes)
    settings = {"tokenizer_class": _CLASSES[kind], "model_max_length": _POSITIONS, **{f"{k}_token": v for k, v in names.items()}}
    for name, content in (("tokenizer.json", tokenizer), ("config.json", config), ("tokenizer_config.json", settings)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
    _write_random(str(folder), seed, heads)


def tiny(kind: str = "bert", seed: int = 0) -> str:
    """The folder of a tiny model with random weights: kind is "bert", "gpt2", "t5" or "bart". The same seed gives the same model."""
    import os
    import shutil
    import tempfile
    if kind not in _KINDS:
        fail("maru.tiny: '{}' is no kind; there are {}", kind, ", ".join(_KINDS))
    home = os.path.join(_home(), "tiny")
    folder = os.path.join(home, f"{kind}-{seed}")
    if os.path.exists(folder):
        return folder
    os.makedirs(home, exist_ok=True)
    made = tempfile.mkdtemp(dir=home)
    try:
        write(made, kind, SENTENCES, 400, seed)
        os.rename(made, folder)
    except OSError:
        if not os.path.exists(folder):
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder

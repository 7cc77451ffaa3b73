#!/usr/bin/env python3
"""Makes tests/golden/gguf/CASE.gguf: tiny random checkpoints of the reference library, turned into GGUF by llama.cpp's own converter, and
CASE.safetensors: the logits that the reference library computes from the original.

Usage: python3 tools/golden_gguf.py LLAMA_CPP_FOLDER [CASE…]   (needs what tools/golden.py needs, and the llama.cpp sources)

Only the vocabulary is not the converter's own: it is letters and one pair, which no converter would take from a tokenizer's files.
"""
import json
import logging
import sys
import tempfile
import zlib
from pathlib import Path

import torch
import transformers as hf
from safetensors.torch import save_file

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "golden" / "gguf"
IDS = [3, 17, 5, 40, 5, 22, 9, 31, 12, 6, 44, 19]
VOCABULARY = 48


def gated(kind, **more):
    return kind(**dict(vocab_size=VOCABULARY, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
                       intermediate_size=20, max_position_embeddings=64, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2,
                       pad_token_id=0) | more)


LLAMA3 = dict(rope_type="llama3", rope_theta=300.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32)
CASES = {
    "gpt2": (hf.GPT2LMHeadModel, hf.GPT2Config(vocab_size=VOCABULARY, n_embd=16, n_layer=2, n_head=2, n_positions=24, n_ctx=24,
                                               bos_token_id=1, eos_token_id=2)),
    "llama": (hf.LlamaForCausalLM, gated(hf.LlamaConfig, head_dim=12, attention_bias=True, mlp_bias=True, rope_parameters=LLAMA3)),
    "llama_linear": (hf.LlamaForCausalLM, gated(hf.LlamaConfig, tie_word_embeddings=True,
                                                rope_parameters=dict(rope_type="linear", factor=4.0, rope_theta=500.0))),
    "mistral": (hf.MistralForCausalLM, gated(hf.MistralConfig, head_dim=12, sliding_window=None)),
    "qwen2": (hf.Qwen2ForCausalLM, gated(hf.Qwen2Config, tie_word_embeddings=True,
                                         rope_parameters=dict(rope_type="default", rope_theta=1e6))),
    "qwen3": (hf.Qwen3ForCausalLM, gated(hf.Qwen3Config, head_dim=12, rope_parameters=dict(rope_type="default", rope_theta=1e6))),
    "olmo2": (hf.Olmo2ForCausalLM, gated(hf.Olmo2Config, rope_parameters=dict(rope_type="default", rope_theta=500.0))),
    # Six layers, of which the last sees everything: the pattern that GGUF does not tell.
    "gemma3": (hf.Gemma3ForCausalLM, gated(
        hf.Gemma3TextConfig, num_hidden_layers=6, head_dim=8, query_pre_attn_scalar=8, sliding_window=4,
        rope_parameters=dict(full_attention=dict(rope_type="linear", factor=4.0, rope_theta=1e6),
                             sliding_attention=dict(rope_type="default", rope_theta=100.0)))),
}


def draw(model):
    """Random weights that let no quirk go unnoticed: gains about 1 (Gemma adds the 1 itself), no bias zero."""
    for name, value in model.named_parameters():
        gain = value.dim() == 1 and name.endswith("weight")
        value.data = torch.randn(value.shape) * (0.2 if gain else 0.3) + (1 if gain and model.config.model_type != "gemma3_text" else 0)


def vocabulary(converter):
    from gguf import TokenType
    pieces = [chr(ord("!") + i) for i in range(VOCABULARY - 1)] + ["AB"]
    converter.gguf_writer.add_tokenizer_model("gpt2")
    converter.gguf_writer.add_tokenizer_pre("gpt-2")
    converter.gguf_writer.add_token_list(pieces)
    converter.gguf_writer.add_token_types([TokenType.CONTROL] * 3 + [TokenType.NORMAL] * (VOCABULARY - 3))
    converter.gguf_writer.add_token_merges(["A B"])
    for name, index in (("bos", 1), ("eos", 2)):
        getattr(converter.gguf_writer, f"add_{name}_token_id")(index)


def convert(folder, file):
    import gguf
    from conversion import get_model_class
    from conversion.base import ModelBase, ModelType
    from convert_hf_to_gguf import get_model_architecture
    kind = get_model_class(get_model_architecture(ModelBase.load_hparams(folder, False), ModelType.TEXT))
    kind.set_vocab = vocabulary
    kind(folder, gguf.LlamaFileType.ALL_F32, file, model_name=file.stem).write()


def make(name):
    kind, config = CASES[name]
    torch.manual_seed(zlib.crc32(name.encode()))
    config._attn_implementation = "eager"
    model = kind(config)
    draw(model)
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        # Gemma's converter counts the words of this file.
        words = {str(i): i for i in range(VOCABULARY)}
        (Path(folder) / "tokenizer.json").write_text(json.dumps({"model": {"vocab": words}, "added_tokens": []}))
        with torch.inference_mode():
            convert(Path(folder), FOLDER / f"{name}.gguf")
    with torch.no_grad():
        logits = model.double().eval()(input_ids=torch.tensor([IDS])).logits[0]
    save_file({"ids": torch.tensor(IDS, dtype=torch.int32), "logits": logits.float()}, FOLDER / f"{name}.safetensors")
    print(f"{name:15} {(FOLDER / f'{name}.gguf').stat().st_size / 1000:7.1f} kB")


if __name__ == "__main__":
    llama_cpp = Path(sys.argv[1])
    sys.path[:0] = [str(llama_cpp), str(llama_cpp / "gguf-py")]
    logging.basicConfig(level=logging.WARNING)
    for case in sys.argv[2:] or CASES:
        make(case)

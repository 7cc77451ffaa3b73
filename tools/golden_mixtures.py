#!/usr/bin/env python3
"""Makes tests/golden/quant/mixtures.json: the format that llama.cpp's quantiser chooses for each weight, by mixture.

Usage: python3 tools/golden_mixtures.py LLAMA_QUANTIZE    (needs: pip install gguf numpy, and llama.cpp's llama-quantize)
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np

FILE = Path(__file__).resolve().parent.parent / "tests" / "golden" / "quant" / "mixtures.json"
RECIPES = ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K_S", "Q3_K_M", "Q3_K_L", "Q4_K_S", "Q4_K_M", "Q5_K_S",
           "Q5_K_M", "Q6_K", "IQ4_NL"]
# Blocks of 256 fit the first everywhere; in the second they fit nowhere, and blocks of 32 do not fit the inner width.
MODELS = {"wide": {"layers": 16, "width": 256, "inner": 512, "heads": 8, "key_heads": 2, "tied": False},
          "odd": {"layers": 3, "width": 96, "inner": 80, "heads": 4, "key_heads": 2, "tied": True}}


def write(path: str, layers: int, width: int, inner: int, heads: int, key_heads: int, tied: bool) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(layers)
    writer.add_context_length(64)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(key_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // heads)
    writer.add_vocab_size(40)
    random = np.random.default_rng(1)

    def add(name: str, *shape: int) -> None:
        writer.add_tensor(name, random.normal(size=shape).astype(np.float32))

    add("token_embd.weight", 40, width)
    add("output_norm.weight", width)
    if not tied:
        add("output.weight", 40, width)
    keys = width // heads * key_heads
    for i in range(layers):
        for part, shape in {"attn_norm": (width,), "attn_q": (width, width), "attn_k": (keys, width), "attn_v": (keys, width),
                            "attn_output": (width, width), "ffn_norm": (width,), "ffn_gate": (inner, width), "ffn_up": (inner, width),
                            "ffn_down": (width, inner)}.items():
            add(f"blk.{i}.{part}.weight", *shape)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, shape in MODELS.items():
            source, target = f"{folder}/{name}.gguf", f"{folder}/out.gguf"
            write(source, **shape)
            tensors = gguf.GGUFReader(source).tensors
            found[name] = {**shape, "shapes": {t.name: [int(d) for d in reversed(t.shape)] for t in tensors}, "recipes": {}}
            for recipe in RECIPES:
                subprocess.run([sys.argv[1], source, target, recipe, "1"], check=True, capture_output=True)
                out = gguf.GGUFReader(target)
                by_type = {}
                for t in out.tensors:
                    if t.tensor_type.name != "F32":
                        by_type.setdefault(t.tensor_type.name, []).append(t.name)
                kind = int(out.fields["general.file_type"].contents())
                found[name]["recipes"][recipe] = {"file_type": kind, "formats": by_type}
    FILE.write_text(json.dumps(found) + "\n")
    print(FILE, FILE.stat().st_size)


main()

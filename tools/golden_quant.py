#!/usr/bin/env python3
"""Makes tests/golden/quant/: what the bytes of every number format stand for, and how near another encoder comes.

Usage: python3 tools/golden_quant.py GGML MODEL    (needs: pip install gguf numpy)

GGML is ggml built as a shared library, MODEL a GGUF file whose rows of real weights are used. tests/golden/quant/README.md describes
the files.
"""
import ctypes
import json
import sys
from pathlib import Path

import gguf
import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "golden" / "quant"
FORMATS = ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS", "MXFP4"]
# Where the half-precision numbers of a block begin: random bits there would make infinities.
HALVES = {"F16": [0], "Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q2_K": [80, 82], "Q3_K": [108],
          "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ4_NL": [0], "IQ4_XS": [0]}
READ_ONLY = ["IQ4_XS"]
COUNT = 16384


def random_blocks(name: str, random: np.random.Generator) -> np.ndarray:
    block, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]]
    count = max(4, 1024 // block)
    blocks = random.integers(0, 256, (count, size), dtype=np.uint8)
    if name == "BF16":
        blocks[:, 1] = blocks[:, 1] & 0x80 | 0x3F
    if name == "MXFP4":
        blocks[:, 0] = random.integers(100, 140, count)
        blocks[:3, 0] = [0, 1, 2]  # the smallest scales are subnormal
    for at in HALVES.get(name, []):
        blocks[:, at:at + 2] = (random.normal(size=(count, 1)) * 0.05).astype(np.float16).view(np.uint8)
    for at in HALVES.get(name, []):
        blocks[0, at:at + 2] = [7, 0]  # a subnormal half
    return blocks


def values(name: str, blocks: np.ndarray) -> np.ndarray:
    if name == "F16":
        return blocks.view(np.float16).astype(np.float32).ravel()
    return gguf.dequantize(blocks.ravel(), gguf.GGMLQuantizationType[name]).astype(np.float32).ravel()


def sources(model: str) -> dict:
    random = np.random.default_rng(7)
    tensors = {t.name: t for t in gguf.GGUFReader(model).tensors}
    real = []
    for name in ["blk.0.attn_q.weight", "blk.14.ffn_up.weight", "blk.29.ffn_down.weight", "token_embd.weight"]:
        tensor = tensors[name]
        real.append(gguf.dequantize(tensor.data, tensor.tensor_type).ravel()[: COUNT // 4])
    # The model's own codes are few; a little noise, as fine as half a step of sixteen bits of them, makes them weights again.
    smollm2 = np.concatenate(real)
    smollm2 = smollm2 + random.normal(size=COUNT) * np.abs(smollm2).mean() * 0.1
    return {"gaussian": random.normal(size=COUNT) * 0.02, "heavy_tailed": random.standard_t(3, size=COUNT) * 0.02, "smollm2": smollm2}


def main() -> None:
    ggml = ctypes.CDLL(sys.argv[1])
    ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
    pointer = ctypes.POINTER(ctypes.c_float)
    ggml.ggml_quantize_chunk.argtypes = [ctypes.c_int, pointer, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, pointer]
    FOLDER.mkdir(parents=True, exist_ok=True)
    tensors = {name: data.astype(np.float32) for name, data in sources(sys.argv[2]).items()}
    for name, data in tensors.items():
        data.tofile(FOLDER / f"{name}.f32")
    errors = {}
    for i, name in enumerate(FORMATS):
        blocks = random_blocks(name, np.random.default_rng(100 + i))
        blocks.tofile(FOLDER / f"{name}.bytes")
        values(name, blocks).tofile(FOLDER / f"{name}.values")
        if name in READ_ONLY:
            continue
        kind = gguf.GGMLQuantizationType[name]
        block, size = gguf.GGML_QUANT_SIZES[kind]
        errors[name] = {}
        for source, data in tensors.items():
            out = np.zeros(COUNT // block * size, np.uint8)
            wrote = ggml.ggml_quantize_chunk(kind, data.ctypes.data_as(pointer), out.ctypes.data, 0, COUNT // 256, 256, None)
            assert wrote == out.size, (name, wrote, out.size)
            back = values(name, out.reshape(-1, size))
            errors[name][source] = float(np.sqrt(np.mean((back.astype(np.float64) - data) ** 2)))
    (FOLDER / "rms.json").write_text(json.dumps(errors, indent=1) + "\n")
    print(json.dumps(errors, indent=1))


main()

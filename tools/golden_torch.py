"""Files that torch.save really writes, in both of its formats, and the same values as safetensors: tests/golden/torch.

Run with torch, safetensors and numpy installed:  python tools/golden_torch.py
"""
import collections
import json
import pathlib
import shutil

import torch
from safetensors.torch import load_file, save_file

HERE = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden"
OUT = HERE / "torch"


def states():
    torch.manual_seed(5)
    layer = torch.nn.Sequential(collections.OrderedDict(dense=torch.nn.Linear(3, 2), norm=torch.nn.LayerNorm(2)))
    yield "module", layer.state_dict()                                   # an OrderedDict with _metadata
    tied = torch.randn(4, 3)
    yield "tied", {"embed.weight": tied, "head.weight": tied, "tail.weight": tied[2:]}
    square = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    yield "views", {"transposed": square.permute(2, 0, 1), "column": square[:, :, 1], "plain": square, "row": square[1], "one": square[:1, :, :1]}
    kinds = (torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)
    yield "types", {str(kind).removeprefix("torch."): torch.tensor([1, 2, 3, 100], dtype=kind) for kind in kinds} | {
        "bool": torch.tensor([True, False, True])}
    yield "shapes", {"empty": torch.zeros(0, 3), "scalar": torch.tensor(2.5), "ones": torch.ones(1, 1, 2)}
    yield "parameter", {"weight": torch.nn.Parameter(torch.randn(2, 2)), "frozen": torch.nn.Parameter(torch.ones(1), requires_grad=False)}
    yield "wide_types", {"u16": torch.tensor([1, 65535], dtype=torch.uint16), "f8": torch.tensor([1.0, -2.0]).to(torch.float8_e4m3fn)}


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    for name, state in states():
        save_file({key: value.detach().clone().contiguous() for key, value in state.items()}, OUT / f"{name}.safetensors")
        torch.save(state, OUT / f"{name}.zip.pt")
        if name != "wide_types":
            torch.save(state, OUT / f"{name}.old.pt", _use_new_zipfile_serialization=False)
    state = {"a": torch.ones(2), "b": torch.zeros(1)}
    torch.save({"epoch": 3, "state_dict": state, "lr": 0.1}, OUT / "checkpoint.zip.pt")
    torch.save({"module." + key: value for key, value in state.items()}, OUT / "wrapped.zip.pt")
    torch.save({"module": state, "ema": state}, OUT / "two_models.zip.pt")
    torch.save({"a": torch.ones(1).expand(5)}, OUT / "expanded.zip.pt")
    for protocol in (3, 4, 5):
        torch.save(state, OUT / f"protocol_{protocol}.zip.pt", pickle_protocol=protocol)
    torch.save(torch.nn.Linear(2, 2), OUT / "whole_module.zip.pt")
    torch.save({"a": torch.ones(2).to_sparse()}, OUT / "sparse.zip.pt")
    torch.save([torch.ones(2)], OUT / "list.zip.pt")
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), OUT / "script.zip.pt")

    case = OUT / "bert_masked_lm"
    case.mkdir()
    state = load_file(HERE / "models" / "bert_masked_lm" / "model.safetensors")
    # As files of 2018 have them: names of TensorFlow in the norms, and the output tied to the embeddings.
    old = collections.OrderedDict()
    for key, value in state.items():
        old[key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")] = value
    old["cls.predictions.decoder.weight"] = old["bert.embeddings.word_embeddings.weight"]
    torch.save(old, case / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    shutil.copy(HERE / "models" / "bert_masked_lm" / "config.json", case)

    sharded = OUT / "sharded"
    sharded.mkdir()
    torch.save({"a": torch.ones(2)}, sharded / "pytorch_model-00001-of-00002.bin")
    torch.save({"b": torch.zeros(1)}, sharded / "pytorch_model-00002-of-00002.bin")
    (sharded / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {"total_size": 12}, "weight_map": {
        "a": "pytorch_model-00001-of-00002.bin", "b": "pytorch_model-00002-of-00002.bin"}}))
    (sharded / "config.json").write_text("{}")
    for path in sorted(OUT.rglob("*")):
        if path.is_file():
            print(path.relative_to(OUT), path.stat().st_size)


if __name__ == "__main__":
    main()

"""Low-rank adapters that PEFT really writes for the tiny models of tests/golden/models, and what PEFT computes with them unmerged:
tests/golden/adapters. Beside those of llama one in llama.cpp's GGUF.

pip install torch==2.15.0 transformers==5.24.0 safetensors==0.8.0 peft==0.21.2 gguf==0.19.0
python3 tools/golden_adapters.py
"""
import json
import pathlib
import shutil
import tempfile

import gguf
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden"
OUT = GOLDEN / "adapters"
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
CASES = {
    "llama": ("llama", dict(r=4, lora_alpha=8, target_modules=LINEAR)),
    "llama_patterns": ("llama", dict(r=3, lora_alpha=5, target_modules=["q_proj", "down_proj", "embed_tokens"], use_rslora=True,
                                     rank_pattern={"down_proj": 5}, alpha_pattern={"layers.1.mlp.down_proj": 7})),
    "gpt2": ("gpt2", dict(r=2, lora_alpha=6, target_modules=["c_attn", "c_proj", "c_fc"], fan_in_fan_out=True)),
}
GGUF_NAMES = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
              "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}


def case(name, model_name, config):
    base = GOLDEN / "models" / model_name
    torch.manual_seed(17)
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, attn_implementation="eager"),
                           LoraConfig(task_type="CAUSAL_LM", **config))
    with torch.no_grad():
        for key, value in model.named_parameters():
            if "lora_" in key:
                value.copy_(torch.randn(value.shape) * 0.3)
    out = OUT / name
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        out.mkdir(parents=True)
        shutil.copy(pathlib.Path(folder) / "adapter_model.safetensors", out)
        told = json.loads((pathlib.Path(folder) / "adapter_config.json").read_text())
    told["base_model_name_or_path"] = model_name
    (out / "adapter_config.json").write_text(json.dumps(told, indent=2, sort_keys=True) + "\n")
    golden = load_file(base / "golden.safetensors")
    ids, start = golden["ids"], golden["start"].tolist()
    model = model.double().eval()
    with torch.no_grad():
        logits = [model(input_ids=ids[a:b].long()[None]).logits[0] for a, b in zip(start, start[1:])]
    save_file({"ids": ids, "start": golden["start"], "logits": torch.cat(logits).float().contiguous()}, out / "golden.safetensors")


def permuted(weights, heads):
    """Rows of each head as a GGUF has them: pairs that turn together side by side."""
    return weights.reshape(heads, 2, weights.shape[0] // heads // 2, *weights.shape[1:]).swapaxes(1, 2).reshape(weights.shape)


def as_gguf(name):
    folder = OUT / name
    told = json.loads((folder / "adapter_config.json").read_text())
    shape = json.loads((GOLDEN / "models" / "llama" / "config.json").read_text())
    heads = {"attn_q": shape["num_attention_heads"], "attn_k": shape["num_key_value_heads"]}
    writer = gguf.GGUFWriter(folder / "adapter.gguf", "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(told["lora_alpha"]))
    for key, value in sorted(load_file(folder / "adapter_model.safetensors").items()):
        module, half = key.removeprefix("base_model.model.model.layers.").split(".lora_")
        layer, part = module.split(".", 1)
        gguf_part = GGUF_NAMES[part]
        if half.startswith("B") and gguf_part in heads:
            value = permuted(value, heads[gguf_part])
        writer.add_tensor(f"blk.{layer}.{gguf_part}.weight.lora_{half[0].lower()}", value.contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    for name, (model, config) in CASES.items():
        case(name, model, config)
    as_gguf("llama")
    print(*sorted(f"{path.relative_to(OUT)} {path.stat().st_size}" for path in OUT.rglob("*") if path.is_file()), sep="\n")


if __name__ == "__main__":
    main()

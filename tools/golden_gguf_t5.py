#!/usr/bin/env python3
"""Makes tests/golden/gguf_t5/CASE.gguf: tiny random T5 checkpoints of the reference library, turned into GGUF by llama.cpp's own converter,
and CASE.safetensors: what the reference library computes from the original.

Usage: python3 tools/golden_gguf_t5.py LLAMA_CPP_FOLDER    (needs what tools/golden.py needs, and the llama.cpp sources)

Only the vocabulary is not the converter's own: it is single letters, for which there is no SentencePiece file.
"""
import logging
import sys
import tempfile
import zlib
from pathlib import Path

import torch
import transformers as hf
from safetensors.torch import save_file

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "golden" / "gguf_t5"
IDS = [3, 17, 5, 30, 5, 22, 9, 31, 12, 6, 14, 19, 1]
DECODER_IDS = [0, 8, 4, 4, 27, 11]
VOCABULARY = 34


def config(**more):
    # GGUF does not tell the greatest distance: it is always 128.
    return hf.T5Config(**dict(vocab_size=VOCABULARY, d_model=14, d_kv=6, d_ff=17, num_layers=3, num_decoder_layers=2, num_heads=3,
                              n_positions=40, relative_attention_num_buckets=8, decoder_start_token_id=0) | more)


CASES = {"t5": config(), "t5_v1_1": config(feed_forward_proj="gated-gelu", tie_word_embeddings=False)}


def vocabulary(converter):
    from gguf import TokenType
    converter.gguf_writer.add_tokenizer_model("t5")
    converter.gguf_writer.add_tokenizer_pre("default")
    converter.gguf_writer.add_token_list([chr(ord("!") + i) for i in range(VOCABULARY)])
    converter.gguf_writer.add_token_scores([-float(i) for i in range(VOCABULARY)])
    converter.gguf_writer.add_token_types([TokenType.CONTROL] * 2 + [TokenType.UNKNOWN] + [TokenType.NORMAL] * (VOCABULARY - 3))
    for name, index in (("pad", 0), ("eos", 1), ("unk", 2)):
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
    torch.manual_seed(zlib.crc32(name.encode()))
    CASES[name]._attn_implementation = "eager"
    model = hf.T5ForConditionalGeneration(CASES[name])
    if name == "t5_v1_1":  # the reference's class always ties, the published files do not
        model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.lm_head.weight))
    for parameter, value in model.named_parameters():
        gain = value.dim() == 1
        value.data = torch.randn(value.shape) * (0.2 if gain else 0.3) + (1 if gain else 0)
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        with torch.inference_mode():
            convert(Path(folder), FOLDER / f"{name}.gguf")
    with torch.no_grad():
        out = model.double().eval()(input_ids=torch.tensor([IDS]), decoder_input_ids=torch.tensor([DECODER_IDS]))
        greedy = model.generate(torch.tensor([IDS]), max_new_tokens=10, do_sample=False)[0]
    values = {"ids": torch.tensor(IDS), "decoder_ids": torch.tensor(DECODER_IDS), "greedy": greedy}
    save_file({key: value.int() for key, value in values.items()} | {"logits": out.logits[0].float()}, FOLDER / f"{name}.safetensors")
    for made in FOLDER.glob(f"{name}.*"):
        made.chmod(0o644)
    print(f"{name:15} {(FOLDER / f'{name}.gguf').stat().st_size / 1000:7.1f} kB")


if __name__ == "__main__":
    llama_cpp = Path(sys.argv[1])
    sys.path[:0] = [str(llama_cpp), str(llama_cpp / "gguf-py")]
    logging.basicConfig(level=logging.WARNING)
    for case in CASES:
        make(case)

"""Writes golden/padded.json: what the reference library computes of padded batches, on the tiny models of tests/golden/models.

pip install torch==2.15.0 transformers==5.24.0, then python3 python/tests/make_padded.py
"""
import json
import pathlib
import sys

import torch
import transformers

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parents[1] / "tests" / "golden" / "models"

# folder: the class, which side is padded
CASES = {
    "bert_base": ("AutoModel", "right"), "bert_masked_lm": ("AutoModelForMaskedLM", "right"),
    "bert_question_answering": ("AutoModelForQuestionAnswering", "right"),
    "bert_sequence_classification": ("AutoModelForSequenceClassification", "right"),
    "bert_token_classification": ("AutoModelForTokenClassification", "left"), "bert_pretraining": ("AutoModelForNextSentencePrediction",
                                                                                                   "right"),
    "distilbert_masked_lm": ("AutoModelForMaskedLM", "right"), "electra_token_classification": ("AutoModelForTokenClassification", "right"),
    "roberta_masked_lm": ("AutoModelForMaskedLM", "right"), "gpt2": ("AutoModelForCausalLM", "right"),
    "gpt2_sequence_classification": ("AutoModelForSequenceClassification", "right"), "llama": ("AutoModelForCausalLM", "right"),
    "gemma3_text": ("AutoModelForCausalLM", "right"), "bart": ("AutoModelForSeq2SeqLM", "right"), "t5": ("AutoModelForSeq2SeqLM", "right"),
    "t5_v1_1": ("AutoModelForSeq2SeqLM", "right"),
}
LENGTHS, WIDTH = (7, 3, 5), 7


def batch_of(config, side):
    generator = torch.Generator().manual_seed(1)
    padding = config.pad_token_id if config.pad_token_id is not None else 0
    low = 5 if config.vocab_size > 10 else 1
    ids = torch.randint(low, config.vocab_size, (len(LENGTHS), WIDTH), generator=generator)
    ids[ids == padding] = low
    mask = torch.zeros_like(ids)
    for row, length in enumerate(LENGTHS):
        mask[row, :length] = 1
        if side == "left":
            mask[row] = mask[row].flip(0)
    return torch.where(mask == 1, ids, padding), mask


def numbers(x):
    return {"shape": list(x.shape), "values": [round(v, 7) for v in x.flatten().tolist()]}


def main():
    out = {}
    for name, (cls, side) in CASES.items():
        model = getattr(transformers, cls).from_pretrained(MODELS / name, attn_implementation="eager").double().eval()
        ids, mask = batch_of(model.config, side)
        more = {"decoder_input_ids": ids[:, :4].flip(1).contiguous()} if model.config.is_encoder_decoder else {}
        with torch.no_grad():
            found = model(input_ids=ids, attention_mask=mask, output_attentions=True, output_hidden_states=True, **more)
        case = {"class": cls, "side": side, "input_ids": ids.tolist(), "attention_mask": mask.tolist(), **{k: v.tolist() for k,
                                                                                                           v in more.items()},
                "outputs": {}}
        for key in ("last_hidden_state", "pooler_output", "logits", "start_logits", "end_logits", "encoder_last_hidden_state"):
            if found.get(key) is not None:
                case["outputs"][key] = numbers(found[key])
        for key in ("hidden_states", "attentions", "cross_attentions", "encoder_attentions", "decoder_attentions", "decoder_hidden_states"):
            if found.get(key):
                case["outputs"][f"{key}[-1]"] = numbers(found[key][-1])
                case["outputs"][f"{key}[0]"] = numbers(found[key][0])
        out[name] = case
        print(name, list(case["outputs"]), file=sys.stderr)
    (HERE / "golden" / "padded.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")


main()

#!/usr/bin/env python3
"""Makes tests/golden/models/CASE: tiny random checkpoints of the reference library and what it computes from them.

Usage: python3 tools/golden.py [CASE…]    (needs: pip install torch==2.15.0 transformers==5.24.0 safetensors==0.8.0)

A case is an entry of the tables below; tests/golden/models/README.md describes the files. Weights are drawn in f32, everything
expected from them is computed in f64 by the eager attention of the reference and stored as f32. Each sequence is run alone; the
padded and masked batch of all of them must give the same, or this script stops.
"""
import json
import shutil
import sys
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import torch
import transformers as hf
from safetensors import safe_open
from safetensors.torch import load_file, save_file

hf.utils.logging.disable_progress_bar()
FOLDER = Path(__file__).resolve().parent.parent / "tests" / "golden" / "models"
LENGTHS = [1, 5, 9, 14]
PADDING = {"labels": -100}  # every other padded input is filled with its pad id or 0


@dataclass
class Case:
    model: type                     # the class that runs and whose name config.json carries
    config: hf.PretrainedConfig
    std: float = 0.3                # of weights and embeddings
    labels: str = ""                # how the targets look: a key of LABELS
    token_types: bool = False
    rename: dict = field(default_factory=dict)  # in the names of model.safetensors: how published files spell them


# ---------------------------------------------------------------- encoders

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
MOODS = ["negative", "neutral", "positive"]


def names(labels):
    return dict(id2label=dict(enumerate(labels)), label2id={name: i for i, name in enumerate(labels)})


def bert(**more):
    return hf.BertConfig(**dict(vocab_size=83, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=37,
                                max_position_embeddings=19, type_vocab_size=2) | more)


def roberta(kind=hf.RobertaConfig, **more):
    return kind(**dict(vocab_size=79, hidden_size=20, num_hidden_layers=2, num_attention_heads=5, intermediate_size=33,
                       max_position_embeddings=18, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0,
                       eos_token_id=2) | more)


def distilbert(**more):
    return hf.DistilBertConfig(**dict(vocab_size=71, dim=24, n_layers=2, n_heads=3, hidden_dim=41, max_position_embeddings=17) | more)


def electra(**more):
    return hf.ElectraConfig(**dict(vocab_size=67, embedding_size=14, hidden_size=24, num_hidden_layers=2, num_attention_heads=3,
                                   intermediate_size=35, max_position_embeddings=16, type_vocab_size=2) | more)


GAMMA_BETA = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}

CASES = {
    "bert_masked_lm": Case(hf.BertForMaskedLM, bert(), labels="masked", token_types=True),
    "bert_masked_lm_gelu_new": Case(hf.BertForMaskedLM, bert(hidden_act="gelu_new"), labels="masked", token_types=True),
    "bert_masked_lm_relu": Case(hf.BertForMaskedLM, bert(hidden_act="relu"), labels="masked", token_types=True),
    # The names of google-bert/bert-base-uncased: gamma and beta instead of weight and bias.
    "bert_pretraining": Case(hf.BertForPreTraining, bert(), labels="pretraining", token_types=True, rename=GAMMA_BETA),
    "bert_sequence_classification": Case(hf.BertForSequenceClassification, bert(**names(MOODS)), labels="class", token_types=True),
    "bert_sequence_classification_multi_label": Case(
        hf.BertForSequenceClassification, bert(**names(["joy", "anger", "fear", "calm"]), problem_type="multi_label_classification"),
        labels="several classes", token_types=True),
    "bert_token_classification": Case(hf.BertForTokenClassification, bert(**names(TAGS)), labels="tags", token_types=True),
    "bert_question_answering": Case(hf.BertForQuestionAnswering, bert(), labels="span", token_types=True),
    "bert_base": Case(hf.BertModel, bert(), labels="vectors", token_types=True),
    "roberta_masked_lm": Case(hf.RobertaForMaskedLM, roberta(), labels="masked"),
    "roberta_sequence_classification": Case(hf.RobertaForSequenceClassification, roberta(**names(MOODS)), labels="class"),
    "roberta_token_classification": Case(hf.RobertaForTokenClassification, roberta(**names(TAGS)), labels="tags"),
    "roberta_question_answering": Case(hf.RobertaForQuestionAnswering, roberta(), labels="span"),
    "xlm_roberta_masked_lm": Case(hf.XLMRobertaForMaskedLM, roberta(hf.XLMRobertaConfig), labels="masked"),
    "xlm_roberta_sequence_classification": Case(
        hf.XLMRobertaForSequenceClassification, roberta(hf.XLMRobertaConfig, **names(["LABEL_0"])), labels="score"),
    "distilbert_masked_lm": Case(hf.DistilBertForMaskedLM, distilbert(), labels="masked"),
    "distilbert_sequence_classification": Case(hf.DistilBertForSequenceClassification, distilbert(**names(MOODS[::2])), labels="class"),
    "distilbert_token_classification": Case(hf.DistilBertForTokenClassification, distilbert(**names(TAGS)), labels="tags"),
    "distilbert_question_answering": Case(hf.DistilBertForQuestionAnswering, distilbert(), labels="span"),
    "electra_discriminator": Case(hf.ElectraForPreTraining, electra(), labels="replaced", token_types=True),
    "electra_generator": Case(hf.ElectraForMaskedLM, electra(), labels="masked", token_types=True),
    "electra_sequence_classification": Case(
        hf.ElectraForSequenceClassification, electra(**names(MOODS)), labels="class", token_types=True),
    "electra_token_classification": Case(
        hf.ElectraForTokenClassification, electra(embedding_size=24, **names(TAGS)), labels="tags", token_types=True),
}

# ---------------------------------------------------------------- inputs and targets


def some(count, low, high):
    return torch.randint(low, high, (count,))


def masked(row, config, n):
    row["labels"] = torch.where(torch.rand(n) < 0.4, some(n, 0, config.vocab_size), torch.tensor(-100))
    row["labels"][0] = some(1, 0, config.vocab_size)[0]  # a sequence without any target would say nothing


def pretraining(row, config, n):
    masked(row, config, n)
    row["next_sentence_label"] = some(1, 0, 2)[0]


def span(row, config, n):
    first = some(1, 0, n)[0]
    row["start_positions"], row["end_positions"] = first, some(1, int(first), n)[0]


LABELS = {
    "masked": masked,
    "pretraining": pretraining,
    "span": span,
    "class": lambda row, config, n: row.update(labels=some(1, 0, config.num_labels)[0]),
    "several classes": lambda row, config, n: row.update(labels=some(config.num_labels, 0, 2).double()),
    "score": lambda row, config, n: row.update(labels=torch.randn((), dtype=torch.float64).float().double()),
    "tags": lambda row, config, n: row.update(labels=torch.where(torch.rand(n) < 0.8, some(n, 0, config.num_labels), torch.tensor(-100))),
    "replaced": lambda row, config, n: row.update(labels=some(n, 0, 2)),
    "vectors": lambda row, config, n: None,
}


def sequences(case):
    """One dictionary of the model's arguments per sequence, without a batch axis; no id is the padding's."""
    rows = []
    for n in LENGTHS:
        row = {"input_ids": some(n, 3, case.config.vocab_size)}
        if case.token_types:
            row["token_type_ids"] = (torch.arange(n) >= (n + 1) // 2).long()
        LABELS[case.labels](row, case.config, n)
        rows.append(row)
    return rows


def batch(rows, pad_id):
    """Pads on the right, adds the attention mask and the batch axis."""
    longest = max(len(row["input_ids"]) for row in rows)
    padded = {"attention_mask": torch.stack([(torch.arange(longest) < len(row["input_ids"])).long() for row in rows])}
    for key in rows[0]:
        fill = PADDING.get(key, pad_id if key.endswith("input_ids") else 0)
        along = rows[0][key].dim() == 1 and rows[-1][key].shape[0] == len(rows[-1]["input_ids"])
        padded[key] = torch.stack([
            torch.nn.functional.pad(row[key], (0, longest - len(row[key])), value=fill) if along else row[key] for row in rows])
    return padded


# ---------------------------------------------------------------- weights


def draw(model, std):
    """Random weights that no quirk survives unnoticed: gains about 1, biases that are not zero."""
    for name, value in [*model.named_parameters(), *model.named_buffers()]:
        gain = value.dim() == 1 and name.endswith("weight")
        if value.requires_grad:
            value.data = torch.randn(value.shape) * (0.2 if gain else std) + (1 if gain else 0)


def write_checkpoint(case, model, folder):
    """Saves as the reference does; returns the parameters under the names that model.safetensors gives them."""
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    file = folder / "model.safetensors"
    saved, stored = load_file(file), {}
    every = dict(model.named_parameters(remove_duplicate=False))
    for name, value in saved.items():
        for old, new in case.rename.items():
            name = name.replace(old, new)
        stored[name] = value
    save_file(stored, file, metadata={"format": "pt"})
    return {new: every[old] for new, old in zip(stored, saved) if old in every}


# ---------------------------------------------------------------- expected values


def inputs(row):
    """What the model is run on: all but the targets."""
    return {key: value for key, value in row.items() if "label" not in key and "positions" not in key}


def alone(model, row):
    arguments = {key: value[None] for key, value in inputs(row).items()}
    return model(**arguments, output_hidden_states=True, output_attentions=True)


HEADS = {"logits": "logits", "prediction_logits": "logits", "seq_relationship_logits": "next_sentence_logits",
         "start_logits": "start_logits", "end_logits": "end_logits", "pooler_output": "pooled"}


def encoder_values(model, rows, outputs):
    values = {"hidden": torch.cat([out.hidden_states[-1][0] for out in outputs])}
    for layer in range(len(outputs[0].hidden_states)):
        values[f"hidden.{layer}"] = torch.cat([out.hidden_states[layer][0] for out in outputs])
    for sequence, out in enumerate(outputs):
        for layer, weights in enumerate(out.attentions):
            values[f"attention.{layer}.{sequence}"] = weights[0]
    for theirs, ours in HEADS.items():
        if getattr(outputs[0], theirs, None) is not None:
            per_row = len(getattr(outputs[-1], theirs)[0]) == LENGTHS[-1]
            values[ours] = (torch.cat if per_row else torch.stack)([getattr(out, theirs)[0] for out in outputs])
    base = model.base_model
    if base is not model and getattr(base, "pooler", None) is not None:
        values["pooled"] = torch.cat([base(**{k: v[None] for k, v in inputs(row).items()}).pooler_output for row in rows])
    return values


def check_batch(model, rows, outputs, padded):
    """The padded batch gives what each sequence gives alone."""
    out = model(**inputs(padded), output_hidden_states=True, output_attentions=True)
    for theirs in [*HEADS, "last_hidden_state"]:
        for sequence, single in enumerate(outputs):
            if getattr(single, theirs, None) is None:
                continue
            one, many = getattr(single, theirs)[0], getattr(out, theirs)[sequence]
            if one.shape != many.shape:
                many = many[:len(one)]
            torch.testing.assert_close(many, one, rtol=1e-5, atol=1e-5)
    for sequence, single in enumerate(outputs):
        for one, many in zip(single.hidden_states, out.hidden_states):
            torch.testing.assert_close(many[sequence, :one.shape[1]], one[0], rtol=1e-5, atol=1e-5)


def loss_of(case, model, rows, padded, values):
    if case.labels == "span":
        # The reference's loss runs over padded positions too; over sequences alone it is the same without them.
        return torch.stack([model(**{key: value[None] for key, value in row.items()}).loss for row in rows]).mean()
    if case.labels == "vectors":
        values["hidden_target"] = torch.randn(values["hidden"].shape).double()
        values["pooled_target"] = torch.randn(values["pooled"].shape).double()
        square = torch.nn.functional.mse_loss
        return square(values["hidden"], values["hidden_target"]) + square(values["pooled"], values["pooled_target"])
    return model(**padded).loss


def golden(case, model, parameters):
    rows = sequences(case)
    padded = batch(rows, case.config.pad_token_id)
    model.double().eval()
    outputs = [alone(model, row) for row in rows]
    values = encoder_values(model, rows, outputs)
    with torch.no_grad():
        check_batch(model, rows, outputs, padded)
    loss = loss_of(case, model, rows, padded, values)
    loss.backward()
    values["loss"] = loss[None]
    for name, parameter in parameters.items():
        values[f"grad.{name}"] = parameter.grad if parameter.grad is not None else torch.zeros_like(parameter)
    values["ids"] = torch.cat([row["input_ids"] for row in rows])
    values["start"] = torch.tensor([sum(LENGTHS[:i]) for i in range(len(LENGTHS) + 1)])
    for theirs, ours in {"token_type_ids": "token_types", "labels": "labels", "next_sentence_label": "next_sentence_labels",
                         "start_positions": "start_positions", "end_positions": "end_positions"}.items():
        if theirs in rows[0]:
            values[ours] = (torch.cat if rows[-1][theirs].shape == (LENGTHS[-1],) else torch.stack)([row[theirs] for row in rows])
    return {name: stored(value.detach()) for name, value in values.items()}


def stored(value):
    return (value.float() if value.is_floating_point() else value.int()).contiguous().clone()


def check_loads(case, folder, expected):
    """A fresh model from the written files gives the same loss, whatever the names in them."""
    model = case.model.from_pretrained(folder, attn_implementation="eager", dtype=torch.float64).eval()
    torch.manual_seed(zlib.crc32(folder.name.encode()) + 1)
    rows = sequences(case)
    for row, out in zip(rows, [alone(model, row) for row in rows]):
        start = sum(LENGTHS[:LENGTHS.index(len(row["input_ids"]))])
        torch.testing.assert_close(out.hidden_states[-1][0].float(), expected["hidden"][start:start + len(row["input_ids"])])


def make(name):
    case, folder = CASES[name], FOLDER / name
    torch.manual_seed(zlib.crc32(name.encode()))
    case.config._attn_implementation = "eager"
    model = case.model(case.config)
    draw(model, case.std)
    parameters = write_checkpoint(case, model, folder)
    torch.manual_seed(zlib.crc32(name.encode()) + 1)
    values = golden(case, model, parameters)
    assert all(torch.isfinite(value).all() for value in values.values()), name
    save_file(values, folder / "golden.safetensors")
    check_loads(case, folder, values)
    zero = [key for key, value in values.items() if key.startswith("grad.") and not value.any()]
    print(f"{name:45} {sum(file.stat().st_size for file in folder.iterdir()) / 1000:7.1f} kB  loss {values['loss'].item():.4f}"
          + (f"  no gradient: {' '.join(zero)}" if zero else ""))


if __name__ == "__main__":
    for name in sys.argv[1:] or CASES:
        make(name)

#!/usr/bin/env python3
"""Makes tests/golden/models/CASE: tiny random checkpoints of the reference library and what it computes from them.

Usage: python3 tools/golden.py [CASE…]    (needs: pip install torch==2.15.0 transformers==5.24.0 safetensors==0.8.0)

The cases stand in golden_cases.py, the files are described in tests/golden/models/README.md. Weights are drawn in f32; what is
expected of them is computed in f64 by the reference's eager attention and stored as f32. Each sequence is run alone; the padded and
masked batch of all of them must give the same, and so must a model loaded from the written files, or this script stops.
"""
import json
import shutil
import sys
import zlib
from pathlib import Path

import torch
import transformers as hf
from safetensors.torch import load_file, save_file

from golden_cases import CASES, GENERATE, GONE

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "golden" / "models"
LENGTHS = [1, 5, 9, 14]
TARGET_LENGTHS = [7, 1, 11, 4]  # of the decoder's side

softmax = torch.nn.functional.softmax
# The reference's softmax falls to f32, where the f64 number that masks becomes infinite and a row of padding NaN.
torch.nn.functional.softmax = lambda x, dim=None, dtype=None, **more: softmax(x, dim=dim, dtype=None if x.dtype == torch.float64 else dtype)

torch.set_num_threads(1)
hf.utils.logging.disable_progress_bar()
hf.utils.logging.set_verbosity_error()

# ---------------------------------------------------------------- inputs and targets: one dictionary of arguments per sequence


def some(count, low, high):
    return torch.randint(low, high, (count,))


def one(low, high):
    return some(1, int(low), int(high))[0]


def mostly(values, share):
    """The rest is not to be learned from."""
    return torch.where(torch.rand(len(values)) < share, values, torch.tensor(-100))


def masked(row, config, n):
    row["labels"] = mostly(some(n, 0, config.vocab_size), 0.4)
    row["labels"][0] = one(0, config.vocab_size)  # a sequence without any target would say nothing


def pretraining(row, config, n):
    masked(row, config, n)
    row["next_sentence_label"] = one(0, 2)


def span(row, config, n):
    row["start_positions"] = one(0, n)
    row["end_positions"] = one(row["start_positions"], n)


LABELS = {
    "masked": masked,
    "pretraining": pretraining,
    "span": span,
    "class": lambda row, config, n: row.update(labels=one(0, config.num_labels)),
    "several classes": lambda row, config, n: row.update(labels=some(config.num_labels, 0, 2).double()),
    "score": lambda row, config, n: row.update(labels=torch.randn(()).double()),
    "tags": lambda row, config, n: row.update(labels=mostly(some(n, 0, config.num_labels), 0.8)),
    "replaced": lambda row, config, n: row.update(labels=some(n, 0, 2)),
    "vectors": lambda row, config, n: None,
    "next": lambda row, config, n: row.update(labels=mostly(row["input_ids"], 0.8)),
    "translation": lambda row, config, n: row.update(labels=some(TARGET_LENGTHS[LENGTHS.index(n)], 3, config.vocab_size - 1)),
}


def sequences(case, model):
    """No id is that of the padding, the start or the end, but for the end where the family's files have it."""
    config, rows = case.config, []
    for n in LENGTHS[:3] if config.model_type == "vit" else LENGTHS:
        if config.model_type == "vit":
            row = {"pixel_values": torch.randn(config.num_channels, config.image_size, config.image_size).double()}
        else:
            row = {"input_ids": some(n, 3, config.vocab_size - 1)}
        if case.token_types:
            row["token_type_ids"] = (torch.arange(n) >= (n + 1) // 2).long()
        if config.is_encoder_decoder:
            row["input_ids"][-1] = config.eos_token_id
        LABELS[case.labels](row, config, n)
        if config.is_encoder_decoder:
            targets = row["labels"] if case.labels == "translation" else row["input_ids"]
            start = torch.tensor([config.decoder_start_token_id])
            row["decoder_input_ids"] = torch.cat([start, targets[:-1]])
        rows.append(row)
    return rows


def joined(values):
    """One after the other where lengths differ, else stacked."""
    return (torch.cat if len({value.shape for value in values}) > 1 else torch.stack)(list(values))


def batch(rows, pad_id):
    """The arguments for all sequences at once: padded on the right, with a mask."""
    padded = {}
    for key in rows[0]:
        values = [row[key] for row in rows]
        if len({value.shape for value in values}) > 1:
            fill = -100 if key == "labels" else 0 if key == "token_type_ids" else pad_id
            values = torch.nn.utils.rnn.pad_sequence(values, batch_first=True, padding_value=fill)
        padded[key] = values if torch.is_tensor(values) else torch.stack(values)
    if "input_ids" in rows[0]:
        padded["attention_mask"] = torch.nn.utils.rnn.pad_sequence([torch.ones_like(row["input_ids"]) for row in rows], batch_first=True)
    return padded


def inputs(arguments):
    """What the model runs on: all but the targets."""
    return {key: value for key, value in arguments.items() if "label" not in key and "positions" not in key}


def single(row):
    return {key: value[None] for key, value in row.items()}


# ---------------------------------------------------------------- the checkpoint


def draw(case, model):
    """Random weights that let no quirk go unnoticed: gains about 1, no bias zero."""
    if case.untied:
        model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.lm_head.weight))
    for name, value in model.named_parameters():
        gain = value.dim() == 1 and name.endswith("weight")
        centre = 1 if gain and case.config.model_type != "gemma3_text" else 0  # Gemma adds the 1 itself
        if value.requires_grad:
            std = 0.2 if gain else case.embedding_std if "shared" in name else case.std
            value.data = torch.randn(value.shape) * std + centre
    for name, value in model.named_buffers():
        if name == "final_logits_bias":
            value.data = torch.randn(value.shape) * case.std
            value.data[0, case.config.eos_token_id] = 3.0  # or generation would hardly ever end


def edit_json(file, changes):
    content = json.loads(file.read_text()) | changes
    content = {key: value for key, value in content.items() if value != GONE}
    file.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")


def write_checkpoint(case, model, folder):
    """Saves as the reference does; returns the parameters by the names that model.safetensors gives them."""
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    if case.published:
        shutil.copy(folder / "config.json", folder / "config.as_saved.json")
        edit_json(folder / "config.json", case.published | {"dtype": GONE, "torch_dtype": "float32"})
    file, tensors, spelled = folder / "model.safetensors", {}, {}
    parameters = {value.data.numpy().tobytes(): value for value in model.parameters() if value.requires_grad}
    for name, value in load_file(file).items():
        ours = name
        for old, new in case.rename.items():
            ours = ours.replace(old, new)
        tensors[ours] = value
        if value.numpy().tobytes() in parameters:  # found by what it holds: the reference may save under other names than it uses
            spelled[ours] = parameters[value.numpy().tobytes()]
    assert len(spelled) == len(parameters), folder
    save_file(tensors | case.extra, file, metadata={"format": "pt"})
    file.chmod(0o644)
    return spelled


def check_loads(case, folder, rows, expected):
    """A model loaded from the files as they lie there, in either spelling of the configuration, gives the same."""
    for spelling in folder.glob("config*.json"):
        config = type(case.config).from_pretrained(folder, _configuration_file=spelling.name)
        model = case.model.from_pretrained(folder, config=config, attn_implementation="eager", dtype=torch.float64).eval()
        hidden = torch.cat([last_hidden(model, row, run(model, row)) for row in rows])
        torch.testing.assert_close(hidden.float(), expected["hidden"])
        logits = [getattr(run(model, row), "logits", None) for row in rows]
        if logits[0] is not None:
            torch.testing.assert_close(joined([value[0] for value in logits]).float(), expected["logits"])


# ---------------------------------------------------------------- expected values


def run(model, row):
    return model(**single(inputs(row)), output_hidden_states=True, output_attentions=True)


def last_hidden(model, row, out):
    """Of ViT this is not the last of hidden_states: a norm comes between."""
    if "decoder_hidden_states" in out:
        return out.decoder_hidden_states[-1][0]
    return model.base_model(**single(inputs(row))).last_hidden_state[0]


HEADS = {"logits": "logits", "prediction_logits": "logits", "seq_relationship_logits": "next_sentence_logits",
         "start_logits": "start_logits", "end_logits": "end_logits", "pooler_output": "pooled"}
STATES = {"hidden_states": "hidden", "encoder_hidden_states": "encoder_hidden", "decoder_hidden_states": "hidden"}
ATTENTIONS = {"attentions": "attention", "encoder_attentions": "encoder_attention", "decoder_attentions": "decoder_attention",
              "cross_attentions": "cross_attention"}


def values_alone(model, rows, outputs):
    values = {}
    for theirs, ours in STATES.items():
        if theirs in outputs[0]:
            for layer, states in enumerate(zip(*[out[theirs] for out in outputs])):
                values[f"{ours}.{layer}"] = values[ours] = torch.cat([state[0] for state in states])
    values["hidden"] = torch.cat([last_hidden(model, row, out) for row, out in zip(rows, outputs)])
    for theirs, ours in ATTENTIONS.items():
        for sequence, out in enumerate(outputs):
            for layer, weights in enumerate(out.get(theirs, ())):
                values[f"{ours}.{layer}.{sequence}"] = weights[0]
    for theirs, ours in HEADS.items():
        if theirs in outputs[0]:
            values[ours] = joined([out[theirs][0] for out in outputs])
    if model.base_model is not model and getattr(model.base_model, "pooler", None) is not None:
        values["pooled"] = torch.cat([model.base_model(**single(inputs(row))).pooler_output for row in rows])
    return values


@torch.no_grad()
def check_batch(model, rows, outputs, padded):
    """The padded batch gives what each sequence gives alone."""
    together = model(**inputs(padded), output_hidden_states=True, output_attentions=True)
    for sequence, alone in enumerate(outputs):
        pairs = [(alone[key], together[key]) for key in HEADS if key in alone]
        pairs += [pair for key in STATES if key in alone for pair in zip(alone[key], together[key])]
        for expected, value in pairs:
            value = value[sequence][:expected.shape[1]] if value.dim() > 1 else value
            torch.testing.assert_close(value, expected[0], rtol=2e-5, atol=2e-5)


def loss_of(case, model, rows, padded, values):
    if case.labels == "span":
        # The reference's softmax runs over padded positions too; over sequences alone it is the same without them.
        return torch.stack([model(**single(row)).loss for row in rows]).mean()
    if case.labels == "vectors":
        values["hidden_target"] = torch.randn(values["hidden"].shape).double()
        values["pooled_target"] = torch.randn(values["pooled"].shape).double()
        square = torch.nn.functional.mse_loss
        return square(values["hidden"], values["hidden_target"]) + square(values["pooled"], values["pooled_target"])
    return model(**padded).loss


ARGUMENTS = {"input_ids": "ids", "pixel_values": "pixels", "token_type_ids": "token_types", "decoder_input_ids": "decoder_ids",
             "labels": "labels", "next_sentence_label": "next_sentence_labels", "start_positions": "start_positions",
             "end_positions": "end_positions"}


def starts(lengths):
    return torch.tensor([sum(lengths[:i]) for i in range(len(lengths) + 1)])


def expected_values(case, model, rows, parameters):
    outputs = [run(model, row) for row in rows]
    padded = batch(rows, getattr(case.config, "pad_token_id", None) or 0)
    check_batch(model, rows, outputs, padded)
    values = values_alone(model, rows, outputs)
    loss = loss_of(case, model, rows, padded, values)
    loss.backward()
    values["loss"] = loss[None]
    for name, parameter in parameters.items():
        values[f"grad.{name}"] = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    for theirs, ours in ARGUMENTS.items():
        if theirs in rows[0]:
            values[ours] = joined([row[theirs] for row in rows])
    encoder = "encoder_hidden_states" if case.config.is_encoder_decoder else "hidden_states"
    values["start"] = starts([out[encoder][0].shape[1] for out in outputs])
    if case.config.is_encoder_decoder:
        values["decoder_start"] = starts([len(row["decoder_input_ids"]) for row in rows])
    return values


def generated(case, model, rows, values):
    """What generate() returns, prompt or start token included; f32 must agree, or the case would hang on a rounding."""
    for way in case.generate:
        options = dict(max_new_tokens=12, do_sample=False) | GENERATE[way]
        for sequence, row in enumerate(rows):
            ids = row["input_ids"][None]
            answers = [model.to(dtype).generate(ids, attention_mask=torch.ones_like(ids), use_cache=cache, **options)[0]
                       for dtype, cache in ((torch.float32, True), (torch.float64, False), (torch.float64, True))]
            assert all(torch.equal(answer, answers[0]) for answer in answers), (way, sequence, answers)
            values[f"{way}.{sequence}"] = answers[0]


def make(name):
    case, folder = CASES[name], FOLDER / name
    torch.manual_seed(zlib.crc32(name.encode()) + case.seed)
    case.config._attn_implementation = "eager"
    model = case.model(case.config).eval()
    draw(case, model)
    for key, value in case.generation.items():
        setattr(model.generation_config, key, value)
    parameters = write_checkpoint(case, model, folder)
    model.double()
    rows = sequences(case, model)
    values = expected_values(case, model, rows, parameters)
    values = {key: value.detach() for key, value in values.items()}
    generated(case, model, rows, values)
    values = {key: (value.float() if value.is_floating_point() else value.int()).contiguous().clone() for key, value in values.items()}
    assert all(torch.isfinite(value).all() for value in values.values()), name
    save_file(values, folder / "golden.safetensors")
    (folder / "golden.safetensors").chmod(0o644)
    check_loads(case, folder, rows, values)
    without = [key for key, value in values.items() if key.startswith("grad.") and not value.any()]
    print(f"{name:45} {sum(file.stat().st_size for file in folder.iterdir()) / 1000:7.1f} kB  loss {values['loss'].item():.4f}"
          + (f"  no gradient: {' '.join(without)}" if without else ""), flush=True)


if __name__ == "__main__":
    for name in sys.argv[1:] or CASES:
        make(name)

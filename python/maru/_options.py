"""Options of transformers' from_pretrained(), pipeline() and generate() that maru does not follow: each with the values that change nothing
here, what happens for others, and why. What stands in no table is refused by name. It does not know the options that are followed."""
from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, NamedTuple

from ._words import fail, phrase, warn


class Option(NamedTuple):
    fine: Callable[[Any], bool]            # values of no consequence; None is always one
    otherwise: Callable[..., Any] = warn   # the result is the same or nearly so; fail: it would be another
    why: str = ""


def _any(value: Any) -> bool:
    return True


def _none(value: Any) -> bool:
    return False


def _is(*values: Any) -> Callable[[Any], bool]:
    return lambda value: any(value is v or (type(value) is type(v) and value == v) for v in values)


def _float32(value: Any) -> bool:
    return str(value) in ("auto", "float32", "float", "torch.float32", "<class 'numpy.float32'>")


def is_cpu(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(is_cpu, value.values()))
    return value == -1 or str(value).partition(":")[0] in ("cpu", "auto", "")


# The reasons are said to the person; the comments say what lies behind a value of no consequence.
_DTYPE = Option(_float32, warn, "weights stay as their file stores them, and maru computes in float32")
_DEVICE = Option(is_cpu, warn, "maru computes on the CPU")
_CODE = Option(_is(False), warn, "maru runs no code of a repository; a model of a known kind opens without it")
_FOLLOWED_BY_HUB: Dict[str, Option] = {
    "cache_dir": Option(_none, fail, "models lie in MARU_HOME (~/.maru); set that before the start"),
    "revision": Option(_is("main"), fail, "write the revision behind the name: hf:org/name@REVISION"),
    "token": Option(_is(False), fail, "set HF_TOKEN before the start"),
    "use_auth_token": Option(_is(False), fail, "set HF_TOKEN before the start"),
    "proxies": Option(lambda v: not v, fail, "set HTTPS_PROXY before the start"),
    "subfolder": Option(_is(""), fail, "give the path of the folder itself"),
    "force_download": Option(_is(False), fail, "`maru rm` and `maru pull` bring a model anew"),
    "resume_download": Option(_any),                               # a download always goes on where it stopped
    "trust_remote_code": _CODE,
}
MODEL: Dict[str, Option] = {
    **_FOLLOWED_BY_HUB,
    "torch_dtype": _DTYPE, "dtype": _DTYPE,
    "device_map": _DEVICE, "device": _DEVICE,
    "low_cpu_mem_usage": Option(_any),                             # files are mapped, never copied whole
    "use_safetensors": Option(_is(True), fail,
                              "maru takes safetensors first and runs nothing of a .bin; give the path of the file you mean"),
    "attn_implementation": Option(_is("eager", "sdpa"), warn, "maru has one attention, exact to rounding"),
    "use_cache": Option(_any),                                     # generate() always keeps keys and values, a forward pass never
    "return_dict": Option(_is(True), fail, "give return_dict=False to the call of the model"),
    "config": Option(_none, fail, "a model is what its own config.json says; change that file"),
    "num_labels": Option(_none, fail, "a head is what its file holds; a new one would have to be trained"),
    "id2label": Option(_none, fail, "labels are those of config.json; change that file"),
    "label2id": Option(_none, fail, "labels are those of config.json; change that file"),
    "ignore_mismatched_sizes": Option(_is(False), fail, "every weight must have the size that config.json says"),
    "quantization_config": Option(_none, fail, "`maru quantise` writes a smaller file, which opens like any other"),
    "load_in_8bit": Option(_is(False), fail, "`maru quantise` writes a smaller file, which opens like any other"),
    "load_in_4bit": Option(_is(False), fail, "`maru quantise` writes a smaller file, which opens like any other"),
}
TOKENIZER: Dict[str, Option] = {
    **_FOLLOWED_BY_HUB,
    "use_fast": Option(_is(True), warn, "maru has one tokenizer; its ids are those of the fast one"),
    "truncation_side": Option(_is("right"), fail, "texts are cut at their end; cut the text itself before"),
    "clean_up_tokenization_spaces": Option(_none, fail, "texts are decoded as the tokenizer's own file says"),
    "do_lower_case": Option(_none, fail, "the tokenizer's own file says this; change that file"),
    "add_prefix_space": Option(_none, fail, "the tokenizer's own file says this; change that file"),
    "add_bos_token": Option(_none, fail, "the tokenizer's own file says this; change that file"),
    "add_eos_token": Option(_none, fail, "the tokenizer's own file says this; change that file"),
    "legacy": Option(_none, fail, "the tokenizer's own file says this; change that file"),
    "additional_special_tokens": Option(lambda v: not v, fail, "a model has no vectors for tokens that its file does not name"),
}
CALL: Dict[str, Option] = {
    "verbose": Option(_any),                                       # there is nothing that it would say more of
    "is_split_into_words": Option(_is(False), fail, "give whole texts; word_ids() says which word a token is of"),
    "stride": Option(_is(0), fail, "a text gives one row; cut it into overlapping parts yourself"),
    "return_overflowing_tokens": Option(_is(False), fail, "a text gives one row; cut it into overlapping parts yourself"),
    "text_target": Option(_none, fail, "call the tokenizer once more for the target and give its input_ids as labels"),
    "split_special_tokens": Option(_is(False), fail, "what is spelled like a special token is one"),
}
CONFIG: Dict[str, Option] = {**_FOLLOWED_BY_HUB, "return_unused_kwargs": Option(_is(False), fail, "no option is left over in maru")}
PIPELINE: Dict[str, Option] = {
    "device": _DEVICE, "device_map": _DEVICE, "torch_dtype": _DTYPE, "dtype": _DTYPE, "trust_remote_code": _CODE,
    "framework": Option(_is("pt"), warn, "maru has one engine, which is none of these"),
    "use_fast": Option(_any),                                      # ids are the same
    "batch_size": Option(_any),                                    # how texts lie together changes no result
    "num_workers": Option(_any),                                   # maru's threads are counted by the machine
    "revision": MODEL["revision"], "token": MODEL["token"],
    "config": MODEL["config"],
    "feature_extractor": Option(_none, fail, "a model's own files say how its inputs are made"),
    "image_processor": Option(_none, fail, "a model's own files say how its inputs are made"),
}
GENERATE: Dict[str, Option] = {
    "use_cache": Option(_any),                                     # with or without, the ids are the same
    "synced_gpus": Option(_any),                                   # there are none
    "return_dict_in_generate": Option(_is(False), fail, "generate() gives ids; model(…) gives logits, maru.watch what is inside"),
    "output_scores": Option(_is(False), fail, "generate() gives ids; model(…) gives logits, maru.watch what is inside"),
    "output_logits": Option(_is(False), fail, "generate() gives ids; model(…) gives logits, maru.watch what is inside"),
    "output_attentions": Option(_is(False), fail, "generate() gives ids; model(…) gives logits, maru.watch what is inside"),
    "output_hidden_states": Option(_is(False), fail, "generate() gives ids; model(…) gives logits, maru.watch what is inside"),
    "num_beam_groups": Option(_is(1), fail, "beams are of one group here"),
    "diversity_penalty": Option(_is(0, 0.0), fail, "beams are of one group here"),
    "typical_p": Option(_is(1, 1.0), fail, "sampling takes temperature, top_k, top_p and min_p"),
    "epsilon_cutoff": Option(_is(0, 0.0), fail, "sampling takes temperature, top_k, top_p and min_p"),
    "eta_cutoff": Option(_is(0, 0.0), fail, "sampling takes temperature, top_k, top_p and min_p"),
    "remove_invalid_values": Option(_is(False), fail, "numbers that are not finite are an error in maru"),
}


def heed(call: str, given: Dict[str, Any], table: Dict[str, Option], followed: Iterable[str] = ()) -> Dict[str, Any]:
    """Those of the options that are followed, None left out; the others are looked up, and warned of or refused."""
    kept = {}
    for name, value in given.items():
        if name in followed:
            if value is not None:
                kept[name] = value
            continue
        if name not in table:
            fail("{}: '{}' is no option that maru knows; it follows {}", call, name, ", ".join(sorted(followed)) or "-")
        option = table[name]
        if value is not None and not option.fine(value):
            option.otherwise("{}: {}={} is not followed: {}", call, name, repr(value), phrase(option.why))
    return kept

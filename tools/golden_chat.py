#!/usr/bin/env python3
"""Writes what transformers' apply_chat_template makes of conversations with tools, thinking and beginnings: text and ids.

Usage: python3 tools/golden_chat.py TEMPLATE.jinja … > tests/golden/chat/templates.json
(needs: pip install transformers jinja2). The tokenizer is a small one, whose tokens are bytes and the template's own special spellings,
with <s> and </s>; so ids show what was parsed as special. The templates stored are those of Qwen2.5, Qwen3, gpt-oss, Granite 3.3,
Mistral Nemo, QwQ and SmolLM3 (Apache-2.0), of DeepSeek's R1 distillates and Phi 3.5 (MIT): the models' own, as they are published.
"""
import json
import pathlib
import re
import sys
import tempfile

from transformers import PreTrainedTokenizerFast

SPECIAL = re.compile(r"<\|[^|<>\s{}']*\|>|<｜[^<>\s{}']*｜>|\[/?[A-Z_]+\]|</?[a-z]+_of_[a-z]+>")
WEATHER = {"type": "function", "function": {"name": "get_weather", "description": "Weather <now> & \"later\"", "parameters": {
    "type": "object", "properties": {"city": {"type": "string", "description": "날씨"}, "days": {"type": "integer"}}, "required": ["city"]}}}
CLOCK = {"type": "function", "function": {"name": "clock", "description": "The time", "parameters": {"type": "object", "properties": {}}}}
S, U, A = ({"role": role} for role in ("system", "user", "assistant"))


def say(who, text, **more):
    return {**who, "content": text, **more}


def call(number, name, **arguments):
    return {"id": f"abcdefgh{number}", "name": name, "arguments": arguments}


def result(number, name, text):
    return {"role": "tool", "content": text, "tool_name": name, "tool_call_id": f"abcdefgh{number}"}


CONVERSATIONS = [
    {"messages": [say(U, "Hello")]},
    {"messages": [say(S, " Be brief. "), say(U, "  Hi\n")]},
    {"messages": [say(U, "a"), say(A, "b"), say(U, "한글 <b> & \"c\"")]},
    {"messages": [say(S, "S"), say(U, "a"), say(A, "b"), say(U, "c"), say(A, "d"), say(U, "e")]},
    {"messages": [say(U, "Weather?")], "tools": [WEATHER, CLOCK]},
    {"messages": [say(S, "Tools!"), say(U, "Weather?")], "tools": [WEATHER]},
    {"messages": [say(U, "Weather?"), say(A, "", calls=[call(1, "get_weather", city="Paris", days=2)]), result(1, "get_weather", "11 C")], "tools": [WEATHER]},
    {"messages": [say(U, "Weather?"), say(A, "", calls=[call(1, "get_weather", city="\"é\"")]), result(1, "get_weather", "11 C"), say(A, "11."), say(U, "And now?")],
     "tools": [WEATHER, CLOCK]},
    {"messages": [say(U, "Both?"), say(A, "", calls=[call(1, "get_weather", city="Rome"), call(2, "clock")]), result(1, "get_weather", "20"), result(2, "clock", "noon")],
     "tools": [WEATHER, CLOCK]},
    {"messages": [say(U, "2+2"), say(A, "4", thinking="Two and two."), say(U, "3+3")]},
    {"messages": [say(U, "Think")], "think": True},
    {"messages": [say(U, "Quick")], "think": False},
    {"messages": [say(U, "Begin"), say(A, "Once upon")], "answer_follows": False},
    {"messages": [say(S, "S"), say(U, "Begin"), say(A, "Once upon ")], "answer_follows": False},
]


def tokenizer_json(special):
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = dict(zip(printable, map(chr, printable)))
    for byte in range(256):
        letters.setdefault(byte, chr(256 + sum(b not in printable for b in range(byte))))
    vocab = {letters[byte]: byte for byte in range(256)}
    added = [{"id": 256 + i, "content": token, "special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
             for i, token in enumerate(special)]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None, "pre_tokenizer": byte_level,
            "post_processor": None, "decoder": byte_level, "model": {"type": "BPE", "vocab": vocab, "merges": []}}


def forms():
    """The ways to write a call, in the order they are tried."""
    return [(as_text, null) for as_text in (False, True) for null in (False, True)]


def messages_of(conversation, as_text, null):
    out = []
    for message in conversation["messages"]:
        one = {"role": message["role"], "content": message["content"]}
        if "thinking" in message:
            one["reasoning_content"] = one["thinking"] = message["thinking"]
        if "calls" in message:
            one["tool_calls"] = [{"id": c["id"], "type": "function", "function": {
                "name": c["name"], "arguments": json.dumps(c["arguments"], ensure_ascii=False) if as_text else c["arguments"]}} for c in message["calls"]]
            if null and not one["content"]:
                one["content"] = None
        if message["role"] == "tool":
            one["name"], one["tool_call_id"] = message["tool_name"], message["tool_call_id"]
        out.append(one)
    return out


def render(tokenizer, conversation, form, tokenize=False):
    more = {}
    if "think" in conversation:
        more = {"enable_thinking": conversation["think"], "thinking": conversation["think"]}
    follows = conversation.get("answer_follows", True)
    out = tokenizer.apply_chat_template(messages_of(conversation, *form), tools=conversation.get("tools"), add_generation_prompt=follows,
                                        continue_final_message=not follows, tokenize=tokenize, date_string="26 Jul 2024", **more)
    return out["input_ids"] if tokenize else out


def call_form(tokenizer):
    for form in forms():
        try:
            text = render(tokenizer, CONVERSATIONS[6], form)
        except Exception:
            continue
        behind = text[text.rfind("Weather?"):]
        if "get_weather" in behind and "city" in behind and "'city'" not in behind and '\\"city\\"' not in behind:
            return form
    return (False, False)


def main():
    families = []
    for path in map(pathlib.Path, sys.argv[1:]):
        source = path.read_text(encoding="utf-8")
        special = list(dict.fromkeys(["<s>", "</s>", *SPECIAL.findall(source)]))
        made = tokenizer_json(special)
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(made, file)
            file.flush()
            tokenizer = PreTrainedTokenizerFast(tokenizer_file=file.name, bos_token="<s>", eos_token="</s>", chat_template=source)
        form = call_form(tokenizer)
        cases = []
        for number, conversation in enumerate(CONVERSATIONS):
            try:
                cases.append({"conversation": number, "text": render(tokenizer, conversation, form), "ids": render(tokenizer, conversation, form, True)})
            except Exception as error:  # what a template raises, and what it computes wrongly
                cases.append({"conversation": number, "failed": f"{type(error).__name__}: {error}"[:200]})
        families.append({"name": path.stem, "template": source, "special": special, "cases": cases})
    json.dump({"conversations": CONVERSATIONS, "families": families}, sys.stdout, ensure_ascii=False, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes tests/golden/grammar: schemas with texts and jsonschema's verdicts, patterns with texts and the verdicts of Python's re.

Usage: golden_grammar.py. Needs jsonschema and rfc3339-validator. Patterns are of the syntax that ECMA and Python read alike.
"""
import json
import pathlib
import random
import re

import check_grammar

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "grammar"
ATOMS = ["a", "b", "c", "1", "가", "é", ".", "\\d", "\\w", "\\s", "[a-c]", "[^a]", "[가-힣1]", "\\.", "[\\d_-]", " "]


def pattern(r: random.Random, depth: int = 0) -> str:
    out = ""
    for _ in range(r.randint(1, 4)):
        one = r.choice(ATOMS)
        if depth < 3 and r.random() < 0.3:
            one = r.choice(["(", "(?:"]) + "|".join(pattern(r, depth + 1) for _ in range(r.randint(1, 3))) + ")"
        out += one + r.choice(["", "", "", "*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?"])
    if r.random() < 0.15:
        out = "^" + out
    return out + ("$" if r.random() < 0.15 else "")


def text(r: random.Random) -> str:
    return "".join(r.choice("aabbc1 _.가é") for _ in range(r.randint(0, 7)))


def write(name: str, lines: list) -> None:
    with open(FOLDER / name, "w", encoding="utf-8") as out:
        for line in lines:
            out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    maker, schemas = check_grammar.Maker(2), []
    for _ in range(120):
        schema = maker.whole()
        _, blanks, texts, verdicts = check_grammar.judged(maker, schema, 6)
        schemas.append({"schema": schema, "blanks": blanks, "texts": texts, "valid": verdicts})
    write("schemas.jsonl", schemas)
    r, patterns = random.Random(5), []
    while len(patterns) < 200:
        one = pattern(r)
        if len(one) > 50:
            continue  # longer ones are rarely within the budget
        texts = [text(r) for _ in range(40)]
        # ASCII: \d and \w are what ECMA says; none of the texts ends with a line end, where $ would differ.
        whole = [re.fullmatch(one, t, re.ASCII) is not None for t in texts]
        part = [re.search(one, t, re.ASCII) is not None for t in texts]
        if not any(part):
            continue  # maybe no text at all, which is an error by itself
        keep = sorted(range(40), key=lambda i: -(whole[i] + part[i]))[:4] + [39, 38, 37]
        patterns.append({"pattern": one} | {name: [values[i] for i in keep] for name, values in
                                            (("texts", texts), ("whole", whole), ("part", part))})
    write("patterns.jsonl", patterns)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Holds maru's grammars of JSON schemas against the jsonschema package, on random schemas: what a grammar lets a random walk write must
be valid, what is valid and written in the order of the schema must match, and what is not valid must not match.

Usage: check_grammar.py BENCH_GRAMMAR [--rounds N] [--seed N]. Needs jsonschema and rfc3339-validator. Prints every breach
and exits 1. tools/golden_grammar.py records some of the same for the C++ test.
"""
import argparse
import json
import random
import subprocess
import sys

import jsonschema

WORDS = ["a", "b", "name", "이름", "x y", "q\"uote", "tab\t", "é", "id", "n1"]
PATTERNS = [("^[a-c]{2,4}$", "abc"), ("[0-9]+", "a1"), ("^(ab|cd)*$", "abcd"), ("^\\d{3}-\\d{4}$", "0123456789-"),
            ("^[^ab]*$", "cd가\n"), ("b$", "ab")]
FORMATS = ["date", "time", "date-time", "uuid", "email", "ipv4", "ipv6"]
SAMPLES = {"date": ["2024-02-29", "1999-12-31", "2023-02-29", "2023-13-01"], "time": ["10:20:30Z", "23:59:59+09:00", "24:00:00Z"],
           "date-time": ["2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z"], "uuid": ["123e4567-e89b-12d3-a456-426614174000", "123e4567"],
           "email": ["a@b.co", "ab"], "ipv4": ["1.2.3.4", "256.1.1.1"], "ipv6": ["::1", "1:2:3:4:5:6:7:8", "1::2::3"]}


class Maker:
    """Random schemas of the supported keywords, and values that often fit them."""

    def __init__(self, seed: int):
        self.r = random.Random(seed)

    def schema(self, depth: int = 0):
        r = self.r
        kinds = ["null", "boolean", "integer", "number", "string", "enum"]
        if depth < 3:
            kinds += ["array", "tuple", "object", "object", "any", "ref", "all", "list"]
        return getattr(self, "make_" + r.choice(kinds))(depth)

    def make_null(self, _):
        return {"type": "null", "description": "nothing"}

    def make_boolean(self, _):
        return {"type": "boolean"}

    def make_integer(self, _):
        r, out = self.r, {"type": "integer"}
        low = r.randint(-1200, 1200)
        if r.random() < 0.5:
            out[r.choice(["minimum", "exclusiveMinimum"])] = low
        if r.random() < 0.5:
            out[r.choice(["maximum", "exclusiveMaximum"])] = low + r.choice([2, 3, 9, 100, 5000])
        if r.random() < 0.2:
            out["multipleOf"] = r.choice([2, 3, 7]) if len(out) < 3 else 1
        return out

    def make_number(self, _):
        r, out = self.r, {"type": "number"}
        low = r.choice([0, -1.5, 0.25, 10, -1000, 3.125, 1e-3])
        if r.random() < 0.5:
            out[r.choice(["minimum", "exclusiveMinimum"])] = low
        if r.random() < 0.5:
            out[r.choice(["maximum", "exclusiveMaximum"])] = low + r.choice([0.5, 1, 99.5])
        return out

    def make_string(self, _):
        r, out = self.r, {"type": "string"}
        roll = r.random()
        if roll < 0.25:
            out["pattern"] = r.choice(PATTERNS)[0]
        elif roll < 0.4:
            out["format"] = r.choice(FORMATS)
        elif roll < 0.8:
            out["minLength"] = r.randint(0, 4)
            out["maxLength"] = out["minLength"] + r.randint(0, 5)
        return out

    def make_enum(self, _):
        values = [1, "1", None, True, "가\n", -2.5, {"k": [1, {}]}, [], "", False, "a\"b"]
        return {"enum": self.r.sample(values, self.r.randint(1, 4))} if self.r.random() < 0.7 else {"const": self.r.choice(values)}

    def make_array(self, depth):
        out = {"type": "array", "items": self.schema(depth + 1)}
        if self.r.random() < 0.6:
            out["minItems"] = self.r.randint(0, 2)
            out["maxItems"] = out["minItems"] + self.r.randint(0, 3)
        return out

    def make_tuple(self, depth):
        out = {"type": "array", "prefixItems": [self.schema(depth + 1) for _ in range(self.r.randint(1, 3))]}
        out["items"] = self.r.choice([False, True, self.schema(depth + 1)])
        if self.r.random() < 0.5:
            out["minItems"] = self.r.randint(0, len(out["prefixItems"]))
        return out

    def make_object(self, depth):
        r = self.r
        names = r.sample(WORDS, r.randint(0, 4))
        out = {"type": "object", "properties": {n: self.schema(depth + 1) for n in names}}
        out["required"] = [n for n in names if r.random() < 0.5]
        out["additionalProperties"] = r.choice([False, False, True, self.schema(depth + 1)])
        return out

    def make_any(self, depth):
        return {"anyOf": [self.schema(depth + 1) for _ in range(self.r.randint(1, 3))]}

    def make_ref(self, depth):
        return {"anyOf": [{"type": "null"}, {"type": "array", "items": {"$ref": "#/$defs/shared"}, "maxItems": 2}]}

    def make_all(self, depth):
        r = self.r
        if r.random() < 0.5:
            return {"allOf": [{"type": "integer", "minimum": -7}, {"maximum": r.randint(0, 30)}]}
        return {"allOf": [{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
                          {"type": "object", "properties": {"b": self.schema(depth + 1), "a": {"minimum": 3}}}]}

    def make_list(self, _):
        return {"type": self.r.sample(["null", "boolean", "integer", "string", "number"], 2), "title": "t"}

    def whole(self):
        out = self.schema()
        return out | {"$defs": {"shared": self.schema(2)}, "$schema": "https://json-schema.org/draft/2020-12/schema"}

    def value(self, schema, root, depth=0):
        r = self.r
        if schema is True:
            return r.choice([1, "x", None, [], {"a": 1}])
        if schema is False or depth > 8:
            return None
        if "$ref" in schema:
            return self.value(root["$defs"]["shared"], root, depth + 1)
        if "allOf" in schema:
            parts = schema["allOf"]
            if parts[0]["type"] == "integer":
                return r.randint(-9, 32)
            return {"a": r.randint(1, 5)} | ({"b": self.value(parts[1]["properties"]["b"], root, depth + 1)} if r.random() < 0.5 else {})
        if "anyOf" in schema:
            return self.value(r.choice(schema["anyOf"]), root, depth + 1)
        if "enum" in schema:
            return r.choice(schema["enum"])
        if "const" in schema:
            return schema["const"]
        kind = schema["type"] if isinstance(schema["type"], str) else r.choice(schema["type"])
        if kind == "null":
            return None
        if kind == "boolean":
            return r.random() < 0.5
        if kind in ("integer", "number"):
            low = schema.get("minimum", schema.get("exclusiveMinimum", schema.get("maximum", schema.get("exclusiveMaximum", 5)) - 5))
            step = r.choice([-1, 0, 0.5, 1, 2, 3, 4, 7, 100])
            value = low + step
            return int(value) if kind == "integer" or value == int(value) else value
        if kind == "string":
            return self.string(schema)
        if kind == "array":
            count = r.randint(max(0, schema.get("minItems", 0) - r.choice([0, 0, 1])), schema.get("maxItems", 3) + r.choice([0, 0, 1]))
            first = schema.get("prefixItems", [])
            return [self.value(first[i] if i < len(first) else schema["items"], root, depth + 1) for i in range(count)]
        out = {}
        for name, inner in schema["properties"].items():
            if r.random() < (0.95 if name in schema["required"] else 0.5):
                out[name] = self.value(inner, root, depth + 1)
        if r.random() < 0.4:
            out[r.choice(["z", "other", "가"])] = self.value(schema["additionalProperties"], root, depth + 1)
        return out

    def string(self, schema):
        r = self.r
        if "format" in schema:
            return r.choice(SAMPLES[schema["format"]])
        letters = "ab가\"\\\n😀/"
        for pattern, good in PATTERNS:
            if schema.get("pattern") == pattern:
                letters = good
        return "".join(r.choice(letters) for _ in range(r.randint(schema.get("minLength", 0), schema.get("maxLength", 8))))


def written(value, blanks: int) -> str:
    separators = [(",", ":"), (", ", ": ")][blanks == 1]
    return json.dumps(value, ensure_ascii=False, separators=separators)


def judged(maker: Maker, schema: dict, count: int = 8):
    """Texts of values that may fit the schema, and whether jsonschema says that they do."""
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    blanks = maker.r.randint(0, 2)
    values = [maker.value(schema, schema) for _ in range(count)]
    texts = [written(value, blanks) for value in values]
    if blanks == 2:
        texts[-1] = json.dumps(values[-1], ensure_ascii=False, indent=2)
    return checker, blanks, texts, [checker.is_valid(value) for value in values]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    maker = Maker(options.seed)
    process = subprocess.Popen([options.program, "--walk"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    wrong = walks = texts_seen = good_texts = refused = 0
    for number in range(options.rounds):
        schema = maker.whole()
        checker, blanks, texts, verdicts = judged(maker, schema)
        asked = {"schema": schema, "seed": number, "count": 6, "blanks": blanks, "texts": texts}
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        if "error" in answer:
            refused += 1
            if "no text is ever complete" not in answer["error"]:
                wrong += 1
                print("refused:", answer["error"], json.dumps(schema, ensure_ascii=False))
            elif any(verdicts):
                wrong += 1
                print("refused although valid texts exist:", json.dumps(schema, ensure_ascii=False), texts)
            continue
        for text in answer["walks"]:
            if not text:
                continue  # a walk that found no end
            walks += 1
            try:
                value = json.loads(text)
                error = next(iter(checker.iter_errors(value)), None)
            except (ValueError, RecursionError) as broken:
                error = broken
            if error is not None:
                wrong += 1
                print("invalid walk:", json.dumps(schema, ensure_ascii=False), repr(text), str(error)[:200])
        for text, good, matched in zip(texts, verdicts, answer["matches"]):
            texts_seen += 1
            good_texts += good
            if good != matched:
                wrong += 1
                print("valid but no match:" if good else "match but not valid:", json.dumps(schema, ensure_ascii=False), text)
    process.stdin.close()
    process.wait()
    print(f"{wrong} wrong; {options.rounds} schemas ({refused} without any text), {walks} walks, "
          f"{texts_seen} texts of which {good_texts} are valid")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Checks that every message of the library and the program exists in Korean: each pattern given to fail, check, fault, phrase, warn …, has
an entry in cli/korean/ with the same number of places, and no entry is left over.

Usage: check_korean.py [ROOT] [--list]. Prints what is missing as file:line and exits 1, or says how many patterns it looked at.
"""
import ast
import pathlib
import re
import sys

# What these layers find wrong is our own mistake: shapes that a model never makes. It is said to programmers.
FOR_PROGRAMMERS = ("maru/tensor/", "maru/ops/", "maru/quant/")
CALL = re.compile(r"\b(fail|check|fault|phrase|warn|otherwise|Option)(?:<[^<>()]*>)?\(")
TOKEN = re.compile(r'R"(\w*)\((?:.|\n)*?\)\1"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|//[^\n]*|/\*(?:.|\n)*?\*/|[(){}\[\],]')
LITERALS = re.compile(r'\s*("(?:[^"\\\n]|\\.)*"\s*)+', re.ASCII)
ONE = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
PLACE = re.compile(r"\{\{|\}\}|\{(\d*)[^{}]*\}")
PAIR = re.compile(r'\{\s*((?:"(?:[^"\\\n]|\\.)*"\s*)+),\s*((?:"(?:[^"\\\n]|\\.)*"\s*)+)\}')


def joined(literals: str) -> str:
    """Adjacent C++ literals as the text they spell."""
    return "".join(ast.literal_eval('"' + part.replace('\\"', '\\x22') + '"') for part in ONE.findall(literals))


def arguments(source: str, begin: int) -> list[str]:
    """The arguments of a call whose parenthesis opens just before `begin`."""
    found, depth, start = [], 0, begin
    for token in TOKEN.finditer(source, begin):
        sign = token.group(0)
        if sign in "([{":
            depth += 1
        elif sign in ")]}" and depth:
            depth -= 1
        elif sign == ")":
            return [*found, source[start:token.start()]]
        elif sign == "," and depth == 0:
            found.append(source[start:token.start()])
            start = token.end()
    return found


def patterns(source: str) -> list[tuple[int, str]]:
    found = []
    for call in CALL.finditer(source):
        line_start = source.rfind("\n", 0, call.start()) + 1
        if "//" in source[line_start:call.start()]:
            continue
        for argument in arguments(source, call.end()):
            if LITERALS.fullmatch(argument):
                found.append((source.count("\n", 0, call.start()) + 1, joined(argument)))
                break
    return found


def places(pattern: str) -> int:
    numbered = [int(place.group(1)) for place in PLACE.finditer(pattern) if place.group(1)]
    return max(numbered) + 1 if numbered else sum(place.group(1) is not None for place in PLACE.finditer(pattern))


def main() -> int:
    options = [one for one in sys.argv[1:] if one.startswith("--")]
    roots = [one for one in sys.argv[1:] if not one.startswith("--")]
    root = pathlib.Path(roots[0] if roots else ".").resolve()
    used: dict[str, str] = {}
    wrong: list[str] = []
    spoken = [f for folder in ("maru", "cli", "python/src", "python/maru") for f in (root / folder).rglob("*") if f.suffix in (".h", ".cc",
                                                                                                                               ".py")]
    for file in sorted(spoken):
        name = file.relative_to(root).as_posix()
        if name.startswith(("cli/korean/", *FOR_PROGRAMMERS)) or re.search(r"_test\.(cc|h)$", name) or name == "maru/hub/test_folder.h":
            continue
        source = file.read_text(encoding="utf-8")
        for literals in LITERALS.finditer(source) if name.startswith("cli/") else ():
            kinds = {bool(place.group(1)) for place in PLACE.finditer(joined(literals.group(0))) if place.group(1) is not None}
            if len(kinds) > 1:
                wrong.append(f"{name}: places with and without numbers: {literals.group(0).strip()}")
        for line, pattern in patterns(source):
            used.setdefault(pattern, f"{name}:{line}")
    known: dict[str, tuple[str, str]] = {}
    for file in sorted((root / "cli" / "korean").glob("*.cc")):
        for pair in PAIR.finditer(file.read_text(encoding="utf-8")):
            english, korean = joined(pair.group(1)), joined(pair.group(2))
            if english in known:
                wrong.append(f"{file.name}: stands twice: {english}")
            known[english] = (korean, file.name)
    for pattern, where in used.items():
        if pattern not in known:
            wrong.append(f"{where}: no Korean for: {pattern}")
        elif places(known[pattern][0]) > places(pattern):
            wrong.append(f"{where}: more places in Korean than in English: {pattern}")
    for pattern in known.keys() - used.keys():
        if "{" in pattern or known[pattern][1] != "words.cc":
            wrong.append(f"cli/korean/{known[pattern][1]}: no longer said: {pattern}")
    if "--list" in options:
        for pattern, where in used.items():
            print(f"{where}\t{pattern!r}")
    for line in wrong:
        print(line)
    print(f"{len(wrong)} wrong; {len(used)} patterns, {len(known)} in Korean")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

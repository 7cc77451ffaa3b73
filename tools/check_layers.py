#!/usr/bin/env python3
"""Checks that no file includes a header of a higher layer. The order is that of the maru_layer lines in CMakeLists.txt.

Usage: check_layers.py [ROOT]. Prints every breach as file:line and exits 1, or says how many includes it looked at.
"""
import pathlib
import re
import sys

LAYER = re.compile(r"^\s*maru_layer\(\s*(\w+)", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
SOURCES = {".h", ".cc"}


def layer_of(path: str) -> str | None:
    """maru/text/tokenizer.h belongs to text, cli/command.h to cli; tests/ and bench/ may include anything."""
    parts = path.split("/")
    if parts[0] == "cli":
        return "cli"
    return parts[1] if parts[0] == "maru" and len(parts) > 2 else None


def allowed(source: str, target: str, rank: dict[str, int]) -> bool:
    above, below = layer_of(source), layer_of(target)
    if above is None or below is None or rank[below] <= rank[above]:
        return True
    # A format's SIMD half (quant/q4_0.inc.cc) is compiled into the kernels, once per instruction set.
    return above == "kernels" and target.startswith("maru/quant/") and target.endswith(".inc.cc")


def breaches(root: pathlib.Path, rank: dict[str, int]) -> tuple[list[str], int]:
    found, seen = [], 0
    files = [f for folder in ("maru", "cli") for f in sorted((root / folder).rglob("*")) if f.suffix in SOURCES]
    for file in files:
        source = file.relative_to(root).as_posix()
        if layer_of(source) not in rank:
            found.append(f"{source}: its folder is no layer; add maru_layer({layer_of(source)} …) to CMakeLists.txt")
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            match = INCLUDE.match(line)
            if not match:
                continue
            seen += 1
            target = match.group(1)
            if not target.startswith(("maru/", "cli/")):
                continue
            if layer_of(target) not in rank:
                found.append(f'{source}:{number}: includes "{target}", whose folder is no layer')
            elif not allowed(source, target, rank):
                found.append(f'{source}:{number}: {layer_of(source)} includes "{target}" of the higher layer {layer_of(target)}')
    return found, seen


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    order = LAYER.findall((root / "CMakeLists.txt").read_text(encoding="utf-8"))
    if not order:
        print("CMakeLists.txt holds no maru_layer lines")
        return 1
    found, seen = breaches(root, {name: place for place, name in enumerate(order)})
    for line in found:
        print(line)
    print(f"{len(found)} breaches in {seen} includes; layers: {' < '.join(order)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

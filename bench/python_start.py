#!/usr/bin/env python3
"""How long Python takes to import maru and to make its first embedding, from the start of the process: medians of so many fresh processes.

python_start.py PACKAGE_FOLDER MODEL [RUNS]      PACKAGE_FOLDER: build/release/python, or "" for an installed maru; MODEL: a folder or a name
"""
import os
import statistics
import subprocess
import sys
import time

FIRST = """
import time; begin = time.perf_counter()
import sys; sys.path[:0] = [p for p in (sys.argv[1],) if p]
import maru; imported = time.perf_counter()
from maru import AutoModel, AutoTokenizer
tokenizer, model = AutoTokenizer.from_pretrained(sys.argv[2]), AutoModel.from_pretrained(sys.argv[2]); opened = time.perf_counter()
vector = model(**tokenizer("I love machine learning", return_tensors="pt")).last_hidden_state.mean(dim=1).squeeze()
vector.tolist()
print(*(1e3 * (t - begin) for t in (imported, opened, time.perf_counter())), flush=True)
"""


def run(code: str, *arguments: str) -> "tuple[float, list[float]]":
    """-> milliseconds from the start of the process to its line, and the numbers of that line"""
    begin = time.perf_counter()
    with subprocess.Popen([sys.executable, "-I", "-c", code, *arguments], stdout=subprocess.PIPE, text=True) as child:
        line = child.stdout.readline()
        took = 1e3 * (time.perf_counter() - begin)
    if child.returncode:
        sys.exit(f"the child ended with {child.returncode}")
    return took, [float(number) for number in line.split()]


def main() -> None:
    package, model, runs = os.path.abspath(sys.argv[1]) if sys.argv[1] else "", sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 20
    found = [run(FIRST, package, model) for _ in range(runs)]
    bare = statistics.median(run("print(0, flush=True)")[0] for _ in range(runs))
    imported, opened, embedded = (statistics.median(numbers[i] for _, numbers in found) for i in range(3))
    whole = statistics.median(took for took, _ in found)
    print(f"{runs} processes of {sys.executable}, medians in ms, load {os.getloadavg()[0]:.1f}:")
    print(f"import maru {imported:.1f}; model and tokenizer open at {opened:.1f}; first embedding at {embedded:.1f}")
    print(f"from the start of the process {whole:.1f}, of which Python itself takes {bare:.1f}; best {min(took for took, _ in found):.1f}")


if __name__ == "__main__":
    main()

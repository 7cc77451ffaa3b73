#!/usr/bin/env python3
"""How often `maru sentiment-analysis` is right about sentences with a known sentiment.

Usage: python3 bench/sentiment.py MARU FILE.tsv [--model M]    (a line: the sentence, a tab, 1 for positive or 0 for negative: SST-2)
       python3 bench/sentiment.py MARU FILE.tsv --zero-shot    (the same by zero-shot-classification with the labels positive and negative)
Prints accuracy, both kinds of mistakes, and the time of the whole run.
"""
import json
import subprocess
import sys
import time


def main() -> int:
    program, file, *more = sys.argv[1:]
    rows = [line.rstrip("\n").split("\t") for line in open(file, encoding="utf-8") if "\t" in line]
    command = [program, "sentiment-analysis"]
    if "--zero-shot" in more:
        more.remove("--zero-shot")
        command = [program, "zero-shot-classification", "--candidate-labels", "positive,negative", "--hypothesis-template", "Sentiment: {}"]
    start = time.monotonic()
    done = subprocess.run([*command, "--stdin-json", "--json", *more], input=json.dumps([row[0] for row in rows]),
                          capture_output=True, text=True, check=True)
    seconds = time.monotonic() - start
    result = json.loads(done.stdout)
    said = [int((one["labels"][0] if "labels" in one else one["label"]).upper().startswith("POS")) for one in result["output"]]
    truth = [int(row[1]) for row in rows]
    missed = sum(s == 0 and t == 1 for s, t in zip(said, truth))
    false = sum(s == 1 and t == 0 for s, t in zip(said, truth))
    right = len(rows) - missed - false
    print(f"{len(rows)} sentences, {sum(truth)} positive; right {right / len(rows):.4f}; positive called negative {missed}, negative called "
          f"positive {false}; {seconds:.1f} s; model {result['model']}, method {result.get('method', 'classifier')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""maru beside its peers: every figure measured in turn, A B A B …, on the same files and threads. One JSON line a figure:
{"what", "threads", "unit", "maru": [min, median, max], "peer": […], "peer_name", "ratio"}: ratio is the median of the pairs' ratios, over 1
where maru is better. Peak memory is the largest resident size of the process, files it maps included.

bench/compare.py --build build/release --decoder MODEL.gguf --encoder FOLDER [--llama DIR] [--onnx PYTHON] [--rounds 5] [--only WORD]
  --llama DIR      a folder with llama-bench and llama-completion
  --onnx PYTHON    a Python that has onnxruntime onnx tokenizers safetensors numpy
A peer that is not given is left out, and the line says so.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

here = os.path.dirname(os.path.abspath(__file__))
QUESTION = "What is the capital of Korea?"
SENTENCE = "This is an example sentence"


def output(command, environment=None):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        sys.exit(f"failed ({done.returncode}): {' '.join(command)}\n{done.stderr[-2000:]}")
    return done.stdout


def lines(command):
    return [json.loads(line) for line in output(command).splitlines() if line.startswith("{")]


def process(command, threads):
    """Wall seconds from start to exit, and peak resident MiB."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             env={**os.environ, "MARU_THREADS": str(threads)})
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"failed ({child.returncode}): {' '.join(command)}")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def spread(values):
    return [round(v, 3) for v in (min(values), statistics.median(values), max(values))]


def pairs(given, what, threads, unit, maru, peer, peer_name, more_is_better):
    ours, theirs = [], []
    for _ in range(given.rounds):
        ours.append(maru())
        if peer:
            theirs.append(peer())
    figure = {"what": what, "threads": threads, "unit": unit, "maru": spread(ours), "peer_name": peer_name}
    if peer:
        ratio = statistics.median(a / b if more_is_better else b / a for a, b in zip(ours, theirs))
        figure.update(peer=spread(theirs), ratio=round(ratio, 2))
    else:
        figure["peer"] = "not given"
    print(json.dumps(figure), flush=True)


def decoder(given, threads):
    program = [given.build + "/bench/bench_decoder", given.decoder, "--threads", str(threads), "--runs", "1"]
    for what, ours, theirs, label in (("prefill 512", ["--answer", "0"], ["-p", "512", "-n", "0"], "pp512"),
                                      ("decode 128", ["--prompt", "0"], ["-p", "0", "-n", "128"], "tg128")):
        def peer(theirs=theirs):
            command = [given.llama + "/llama-bench", "-m", given.decoder, "-t", str(threads), "-r", "1", "-o", "jsonl", *theirs]
            return lines(command)[0]["avg_ts"]
        pairs(given, what, threads, "tokens/s", lambda ours=ours: lines(program + ours)[0]["median"], given.llama and peer, "llama.cpp", True)


def texts(words):
    """English texts of about so many tokens, from the example library."""
    source = ""
    for name in ("attention.md", "encoder-decoder.txt"):
        source += open(os.path.join(here, "../examples/library", name), encoding="utf-8").read() + " "
    source = re.findall(r"[A-Za-z]+", source)
    count = max(8, 4096 // words)
    return [" ".join(source[(i * 37 + j) % len(source)] for j in range(words)) for i in range(count)]


def encoder(given, threads, folder):
    for tokens, words in ((16, 12), (64, 51), (256, 215)):
        path = os.path.join(folder, f"{tokens}.json")
        json.dump(texts(words), open(path, "w"))
        for batch in (1, 32):
            flags = ["--threads", str(threads), "--batch", str(batch), "--runs", "1"]
            ours = [given.build + "/bench/bench_encoder", given.encoder, path, *flags]
            theirs = given.onnx and [given.onnx, here + "/peers/onnx_minilm.py", "bench", given.encoder, folder + "/minilm.onnx", path, *flags]
            pairs(given, f"embed {tokens} tokens, batch {batch}", threads, "sentences/s", lambda: lines(ours)[0]["median"],
                  theirs and (lambda: lines(theirs)[0]["median"]), "ONNX Runtime fp32", True)


def cold(given, threads, folder):
    maru = given.build + "/maru"
    answer = [maru, "run", given.decoder, QUESTION, "--temp", "0", "--max-tokens", "1"]
    peer = given.llama and [given.llama + "/llama-completion", "-m", given.decoder, "-p", QUESTION, "-n", "1", "-t", str(threads), "--no-warmup", "-c", "2048",
                            "-no-cnv", "--temp", "0"]
    embed = [maru, "embed", given.encoder, SENTENCE]
    onnx = given.onnx and [given.onnx, here + "/peers/onnx_minilm.py", "once", given.encoder, folder + "/minilm.onnx", SENTENCE, "--threads", str(threads)]
    for what, ours, theirs, name in (("first token", answer, peer, "llama.cpp"), ("first embedding", embed, onnx, "ONNX Runtime fp32")):
        for index, (measure, unit) in enumerate((("cold start to", "s"), ("peak memory to", "MiB"))):
            pairs(given, f"{measure} {what}", threads, unit, lambda: process(ours, threads)[index],
                  theirs and (lambda: process(theirs, threads)[index]), name, False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--decoder", required=True)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--llama")
    parser.add_argument("--onnx")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["decoder", "encoder", "cold"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.onnx and given.only != "decoder":
            output([given.onnx, here + "/peers/onnx_minilm.py", "build", given.encoder, folder + "/minilm.onnx"])
        for threads in (1, 2):
            if given.only in (None, "decoder"):
                decoder(given, threads)
            if given.only in (None, "encoder"):
                encoder(given, threads, folder)
        if given.only in (None, "cold"):
            cold(given, 2, folder)


main()

#!/usr/bin/env python3
"""maru's server beside llama.cpp's on the same weights, in turn: tokens a second summed over clients, time to the first token, and texts a
second of embeddings. Prints one JSON line a measurement and a table of the medians at the end. Loopback only; every load ends by itself.

Usage: compare_serve.py MARU LLAMA_SERVER DECODER.gguf [--encoder ENCODER.gguf] [--clients 1,4,16,64] [--rounds 3] [--tokens 64] [--each 2]
"""
import argparse
import asyncio
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

WORDS = ("the floor of an old Korean house is made of long boards that cool the rooms in summer and carry the warmth of the stove in winter "
         "while people sit on them read books drink tea and talk about the weather the harvest and the news from the city").split()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def prompt(number):
    """About a hundred tokens, another text for every request: prefixes are not what is measured."""
    return f"Letter {number}: " + " ".join(WORDS[(number * 7 + i * 3) % len(WORDS)] for i in range(80))


class Server:
    def __init__(self, name, command, port, ready, environment=None):
        self.name, self.port, self.ready = name, port, ready
        self.log = tempfile.NamedTemporaryFile(prefix=f"{name}-", suffix=".log", delete=False)
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})})

    def wait(self):
        for _ in range(600):
            if self.process.poll() is not None:
                sys.exit(f"{self.name} ended: {pathlib.Path(self.log.name).read_text()[-2000:]}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{self.ready}", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        sys.exit(f"{self.name} did not come up")

    def memory(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) // 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.unlink(self.log.name)


async def post(port, path, body):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    data = json.dumps(body).encode()
    writer.write(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
                 "Connection: close\r\n\r\n".encode() + data)
    await writer.drain()
    return reader, writer


async def generate(port, model, number, tokens):
    """(seconds to the first piece, tokens): counted from the usage that comes last."""
    begin = time.monotonic()
    body = {"model": model, "prompt": prompt(number), "max_tokens": tokens, "temperature": 0, "stream": True, "ignore_eos": True,
            "options": {"ignore_eos": True}, "cache_prompt": False, "stream_options": {"include_usage": True}}
    reader, writer = await post(port, "/v1/completions", body)
    first, usage, everything = None, None, bytearray()
    while chunk := await reader.read(1 << 16):
        if first is None and b"data:" in chunk:
            first = time.monotonic() - begin
        everything += chunk
    writer.close()
    for part in everything.split(b"data: "):
        if b'"usage":{' in part.replace(b'"usage": {', b'"usage":{'):
            usage = json.loads(part[:part.rindex(b"}") + 1])["usage"]["completion_tokens"]
    if usage is None:
        raise RuntimeError(f"no usage from {port}: {bytes(everything[-600:])!r}")
    return first, usage


async def load(port, model, clients, each, tokens, start):
    async def client(i):
        return [await generate(port, model, start + i * each + j, tokens) for j in range(each)]
    begin = time.monotonic()
    results = [one for many in await asyncio.gather(*(client(i) for i in range(clients))) for one in many]
    seconds = time.monotonic() - begin
    firsts = sorted(first for first, _ in results)
    return {"tokens_per_second": sum(count for _, count in results) / seconds, "first_p50_ms": 1000 * statistics.median(firsts),
            "first_p99_ms": 1000 * firsts[min(len(firsts) - 1, int(0.99 * len(firsts)))], "seconds": seconds}


async def embed(port, model, texts, batch, clients):
    batches = [texts[i:i + batch] for i in range(0, len(texts), batch)]
    async def client(i):
        for one in batches[i::clients]:
            reader, writer = await post(port, "/v1/embeddings", {"model": model, "input": one})
            answer = await reader.read()
            writer.close()
            if b"200 OK" not in answer[:20]:
                raise RuntimeError(answer[:400])
    begin = time.monotonic()
    await asyncio.gather(*(client(i) for i in range(clients)))
    return {"texts_per_second": len(texts) / (time.monotonic() - begin)}


def maru(arguments, model_file, home, more=()):
    environment = {"MARU_HOME": str(home), "MARU_OFFLINE": "1"}
    subprocess.run([arguments.maru, "pull", f"file:{os.path.abspath(model_file)}", "--name", "bench"], check=True, capture_output=True,
                   env={**os.environ, **environment})
    port = free_port()
    return Server("maru", [arguments.maru, "serve", "--port", str(port), *more], port, "/health", environment)


def llama(arguments, model_file, more):
    port = free_port()
    return Server("llama.cpp", [arguments.llama, "-m", model_file, "--port", str(port), "--host", "127.0.0.1", "-t", "2", *more], port, "/health")


def table(rows, key, better):
    """Medians and the median of the pairs' ratios: over 1, maru is better."""
    for setting in dict.fromkeys(row["setting"] for row in rows):
        mine = [row[key] for row in rows if row["setting"] == setting and row["server"] == "maru"]
        theirs = [row[key] for row in rows if row["setting"] == setting and row["server"] == "llama.cpp"]
        ratios = [a / b if better == "more" else b / a for a, b in zip(mine, theirs)]
        print(f"{key:18} {setting:24} maru {statistics.median(mine):9.1f}   llama.cpp {statistics.median(theirs):9.1f}   ratio {statistics.median(ratios):.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("maru")
    parser.add_argument("llama")
    parser.add_argument("decoder")
    parser.add_argument("--encoder")
    parser.add_argument("--clients", default="1,4,16,64")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--each", type=int, default=2)
    arguments = parser.parse_args()
    home = pathlib.Path(tempfile.mkdtemp(prefix="maru-bench-serve-"))
    rows = []
    try:
        number = 0
        for clients in map(int, arguments.clients.split(",")):
            servers = [maru(arguments, arguments.decoder, home / "decoder"),
                       llama(arguments, arguments.decoder, ["-c", str(512 * max(clients, 1)), "--parallel", str(clients)])]
            try:
                for server in servers:
                    server.wait()
                    asyncio.run(load(server.port, "bench", 1, 1, 4, 1_000_000))
                for round_number in range(arguments.rounds):
                    for server in servers:
                        result = asyncio.run(load(server.port, "bench", clients, arguments.each, arguments.tokens, number))
                        rows.append({"server": server.name, "setting": f"{clients} clients", "round": round_number, **result, "memory_mib": server.memory()})
                        print(json.dumps(rows[-1]), flush=True)
                        number += clients * arguments.each
            finally:
                for server in servers:
                    server.stop()
        for key, better in (("tokens_per_second", "more"), ("first_p50_ms", "less"), ("first_p99_ms", "less")):
            table(rows, key, better)
        if arguments.encoder:
            rows = []
            texts = [" ".join(WORDS[(i * 5 + j) % len(WORDS)] for j in range(14)) for i in range(1024)]
            servers = [maru(arguments, arguments.encoder, home / "encoder"),
                       llama(arguments, arguments.encoder, ["--embedding", "--pooling", "mean", "-c", "8192", "-b", "2048", "-ub", "2048", "--parallel", "8"])]
            try:
                for server in servers:
                    server.wait()
                    asyncio.run(embed(server.port, "bench", texts[:8], 8, 1))
                for round_number in range(arguments.rounds):
                    for batch, clients in ((1, 1), (1, 8), (32, 1), (32, 4)):
                        for server in servers:
                            rows.append({"server": server.name, "setting": f"batch {batch}, {clients} clients",
                                         **asyncio.run(embed(server.port, "bench", texts, batch, clients)), "memory_mib": server.memory()})
                            print(json.dumps(rows[-1]), flush=True)
            finally:
                for server in servers:
                    server.stop()
            table(rows, "texts_per_second", "more")
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()

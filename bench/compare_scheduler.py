#!/usr/bin/env python3
"""Many clients at once: maru's scheduler beside llama.cpp's server on the same file, in turn, as JSON lines.

compare_scheduler.py --model FILE.gguf --bench build/release/folders/bench/bench_scheduler --llama DIR [--clients 1,4,16,64] [--rounds 1]
Every client asks with 100 random tokens and takes 128, then asks again. llama-server is asked over HTTP on loopback, with one slot a client and
without its prompt cache; maru's figures are the scheduler's alone. `cpu_s` is the processor time of the server while it answered: on a machine
that others use, tokens per second of it compare better than those of the clock. A ratio above 1: maru is better.
"""
import argparse
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time

PROMPT, ANSWER = 100, 128


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def client(port, rounds, seed, firsts, counts):
    numbers = random.Random(seed)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3600)
    for _ in range(rounds):
        body = {"prompt": [1000 + numbers.randrange(40000) for _ in range(PROMPT)], "n_predict": ANSWER, "ignore_eos": True, "stream": True,
                "temperature": 0.8, "top_k": 40, "top_p": 0.9, "min_p": 0, "cache_prompt": False}
        begin = time.monotonic()
        connection.request("POST", "/completion", json.dumps(body), {"Content-Type": "application/json"})
        first = None
        for line in connection.getresponse():
            if not line.startswith(b"data: "):
                continue
            event = json.loads(line[6:])
            first = first or time.monotonic() - begin
            if event.get("stop"):
                counts.append(event["tokens_predicted"])
        firsts.append(first)


def llama(arguments, clients):
    port = free_port()
    server = subprocess.Popen([os.path.join(arguments.llama, "llama-server"), "-m", arguments.model, "--parallel", str(clients), "-c", str(clients * 256),
                               "-t", str(arguments.threads), "-tb", str(arguments.threads), "--host", "127.0.0.1", "--port", str(port)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", "/health")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                pass
            time.sleep(0.2)
        firsts, counts = [], []
        before, begin = cpu_seconds(server.pid), time.monotonic()
        threads = [threading.Thread(target=client, args=(port, arguments.rounds, i, firsts, counts)) for i in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds, cpu = time.monotonic() - begin, cpu_seconds(server.pid) - before
    finally:
        server.terminate()
        server.wait()
    firsts.sort()
    at = lambda share: 1e3 * firsts[int(share * (len(firsts) - 1) + 0.5)]
    return {"clients": clients, "threads": arguments.threads, "requests": len(firsts), "tokens_per_s": sum(counts) / seconds,
            "first_ms_p50": at(0.5), "first_ms_p99": at(0.99), "cpu_s": cpu}


def maru(arguments, clients):
    out = subprocess.run([arguments.bench, arguments.model, "--clients", str(clients), "--rounds", str(arguments.rounds), "--threads",
                          str(arguments.threads), "--prompt", str(PROMPT), "--answer", str(ANSWER)], capture_output=True, text=True, check=True)
    return json.loads(out.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--bench", required=True, help="bench_scheduler")
    parser.add_argument("--llama", required=True, help="the folder of llama-server")
    parser.add_argument("--clients", default="1,4,16,64")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    for clients in map(int, arguments.clients.split(",")):
        own, other = maru(arguments, clients), llama(arguments, clients)
        tokens = clients * arguments.rounds * ANSWER
        print(json.dumps({"clients": clients, "maru": own, "llama.cpp": other, "ratio": round(own["tokens_per_s"] / other["tokens_per_s"], 2),
                          "ratio_by_cpu": round(tokens / own["cpu_s"] / (tokens / other["cpu_s"]), 2)}), flush=True)


if __name__ == "__main__":
    sys.exit(main())

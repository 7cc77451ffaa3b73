"""How fast maru pull brings a file over loopback, hashed and stored: pull_speed.py PROGRAM [--gigabytes 4] [--folder DIR].

The fake hub (tests/fakes) sends with sendfile, so that what is measured is the program. The figures beside it are a reader that throws the
bytes away, and sha256sum of the same file: no pull that verifies is faster than those on one core.
"""
import argparse
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "tests" / name) for name in ("fakes", "scenarios")]

from fake_hub import FakeHub  # noqa: E402
from tiny_models import Llama  # noqa: E402


def weights(path, size):
    """A GGUF with pseudo-random bytes behind it."""
    block = os.urandom(64 << 20)
    with open(path, "wb") as out:
        out.write(Llama().bytes())
        while out.tell() < size:
            out.write(block[:size - out.tell()])


def read_only(url):
    parts, got, buffer = urllib.parse.urlsplit(url), 0, bytearray(1 << 20)
    begin = time.monotonic()
    with socket.create_connection((parts.hostname, parts.port)) as sock:
        sock.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        while count := sock.recv_into(buffer):
            got += count
    return got, time.monotonic() - begin


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program")
    arguments.add_argument("--gigabytes", type=float, default=4)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--folder", default=None, help="where the file and the store lie: a disk, or /dev/shm")
    given = arguments.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pull-speed-", dir=given.folder))
    try:
        path = folder / "x.gguf"
        weights(path, int(given.gigabytes * 1e9))
        begin = time.monotonic()
        digest = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout.split()[0]
        figures = {"bytes": path.stat().st_size, "sha256sum_mb_s": path.stat().st_size / 1e6 / (time.monotonic() - begin), "pull_mb_s": []}
        with FakeHub() as hub:
            hub.model("org/x", {"x.gguf": path})
            size, took = read_only(f"{hub.cdn.url}/models/org/x/{digest}/x.gguf")
            figures["read_only_mb_s"] = size / 1e6 / took
            for run in range(given.runs):
                environment = {**os.environ, "HF_ENDPOINT": hub.url, "MARU_HOME": str(folder / "home"), "NO_PROXY": "*"}
                begin = time.monotonic()
                done = subprocess.run([given.program, "pull", "hf:org/x", "--json"], env=environment, capture_output=True, text=True)
                took = time.monotonic() - begin
                if done.returncode != 0:
                    sys.exit(done.stdout + done.stderr)
                figures["pull_mb_s"].append(size / 1e6 / took)
                shutil.rmtree(folder / "home")
        print(json.dumps({name: round(value) if isinstance(value, float) else [round(one) for one in value] if isinstance(value, list) else value
                          for name, value in figures.items()}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

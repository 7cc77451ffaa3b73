"""A data set far larger than memory: 5 GB of JSON lines, short and long, read whole in at most 200 MB."""
import json
import os
import random
import subprocess
import time
import unittest

import scenario

GIGABYTES = float(os.environ.get("MARU_TEST_DATA_GB", "5"))
MOST_RSS = 200 << 20


class LongData(scenario.Scenario):
    def generated(self):
        """A block of varied lines, again and again: each from 40 bytes to 4 MB, Korean and escapes among them."""
        draw = random.Random(1)
        lines = []
        while sum(map(len, lines)) < 48 << 20:
            length = draw.choice([10, 100, 1000, 1000, 20_000, 300_000]) if len(lines) % 500 else 1_300_000
            text = draw.choice(["word ", "가나다 ", "\"quoted\"\n", "x"]) * (length // 4)
            row = {"id": len(lines), "text": text, "label": draw.choice(["neg", "pos"]), "score": draw.random(),
                   "tokens": [draw.randrange(50_000) for _ in range(draw.randrange(60))]}
            lines.append(json.dumps(row, ensure_ascii=draw.random() < 0.3).encode() + b"\n")
        block = b"".join(lines)
        path = self.folder / "train.jsonl"
        times = int(GIGABYTES * 1e9 / len(block)) + 1
        with open(path, "wb") as file:
            for _ in range(times):
                file.write(block)
        return path, times * len(lines)

    def measured(self, *arguments):
        """What the program prints, its largest resident set in bytes, and the seconds it took."""
        begin = time.monotonic()
        with open(self.folder / "out", "wb") as out:
            child = subprocess.Popen([scenario.PROGRAM, *map(str, arguments)], stdout=out, stderr=subprocess.PIPE, env=self.environment)
            with child.stderr:
                errors = child.stderr.read()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(child.returncode, 0, errors[-2000:])
        return (self.folder / "out").read_text(), usage.ru_maxrss * 1024, time.monotonic() - begin

    def test_a_set_larger_than_memory_is_read_whole(self):
        path, rows = self.generated()
        size = path.stat().st_size
        for arguments in (["show", path, "--rows", 1, "--json"], ["head", path, "--split", "train[-2:]", "--rows", 1, "--json"]):
            printed, most, seconds = self.measured("data", *arguments)
            print(f"{arguments[0]}: {size / 1e9:.2f} GB in {seconds:.1f} s, {size / 1e6 / seconds:.0f} MB/s, "
                  f"at most {most / 2**20:.0f} MB resident")
            self.assertLessEqual(most, MOST_RSS)
            if arguments[0] == "show":
                self.assertEqual(json.loads(printed)["splits"][0]["rows"], rows)

    def test_a_line_without_end_is_refused_before_memory_is_taken(self):
        path = self.folder / "train.jsonl"
        with open(path, "wb") as file:
            file.write(b"{\"a\": \"")
            file.truncate(10_000_000_000)  # sparse
        begin = time.monotonic()
        done = self.maru("data", "show", path)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b":1: the row is longer than 16777216 bytes", done.stderr)
        self.assertLess(time.monotonic() - begin, 5)


if __name__ == "__main__":
    scenario.main()

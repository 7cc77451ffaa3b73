"""7B on a laptop: a LLaMA of 7B weights in Q4_K_M, made here with random weights, loads, writes and stays within its file, its cache and
300 MB. Takes 4.1 GB of disk."""
import os
import shutil
import subprocess
import unittest

import scenario
from scenario import PROGRAM, Scenario

MEGABYTE = 1_000_000
TOKENS = 4
PROMPT = "Hello"


class Laptop(Scenario):
    @unittest.skipIf(shutil.disk_usage("/tmp").free < 6_000 * MEGABYTE, "less than 6 GB of disk are free")
    def test_seven_billion_weights(self):
        file = self.folder / "random-7b.gguf"
        made = self.json("new", file, "--shape", "7b", "--type", "Q4_K_M", timeout=600)
        self.assertEqual(made["bytes"], file.stat().st_size)
        self.assertGreater(made["bytes"], 3_900 * MEGABYTE)
        command = [PROGRAM, "run", str(file), PROMPT, "--raw", "--temp", "0", "--max-tokens", str(TOKENS), "--json"]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.environment)
        answer = child.stdout.read()
        child.stdout.close()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(child.returncode, 0, answer)
        peak = usage.ru_maxrss * 1024
        layers, width, page = 32, 4096, 16
        cache = 2 * layers * width * 4 * page * -(-(len(PROMPT) + TOKENS) // page)
        print(f"file {made['bytes'] / MEGABYTE:,.0f} MB in {made['seconds']:.0f} s, cache {cache / MEGABYTE:.0f} MB, peak resident {peak / MEGABYTE:,.0f} MB")
        self.assertLess(peak, made["bytes"] + cache + 300 * MEGABYTE)


if __name__ == "__main__":
    scenario.main()

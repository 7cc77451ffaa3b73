"""What every scenario file shares: the built program in an empty home of its own, and claims about how it ends.

Each *_scenarios.py beside this file is one test: `FILE PROGRAM [unittest arguments]`. Only the standard library is needed. Scenarios
that need models read MARU_TEST_SMOLLM2 (a GGUF file) and MARU_TEST_MINILM (a model folder), and say so when these are not set.
"""
import ctypes
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""
SMOLLM2 = os.environ.get("MARU_TEST_SMOLLM2", "")
MINILM = os.environ.get("MARU_TEST_MINILM", "")
needs_smollm2 = unittest.skipUnless(SMOLLM2, "MARU_TEST_SMOLLM2 is not set")
needs_minilm = unittest.skipUnless(MINILM, "MARU_TEST_MINILM is not set")

HANGUL = re.compile("[가-힣]")
# Words that no Korean message holds, unless it quotes: names and paths are taken out before.
ENGLISH = re.compile(r"\b(the|is|are|was|has|not|but|with|and|expected|got|found|missing|cannot)\b")
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`|\S*[/.]\S*")


class Scenario(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="maru-scenario-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {name: value for name, value in os.environ.items()
                            if name not in ("LANG", "LC_ALL", "LC_MESSAGES", "COLUMNS", "NO_COLOR")}
        self.environment["MARU_HOME"] = str(self.folder / "home")

    def maru(self, *arguments, stdin="", timeout=120, before=None, **environment):
        """before: called in the child just before the program begins."""
        stdin = stdin.encode() if isinstance(stdin, str) else stdin
        return subprocess.run([PROGRAM, *map(str, arguments)], input=stdin, capture_output=True, timeout=timeout,
                              env={**self.environment, **environment}, cwd=self.folder, preexec_fn=before)

    @staticmethod
    def bound_by_permissions():
        """Root reads and writes whatever it likes; here the program begins without that right."""
        if os.getuid() != 0:
            return {}
        drop, overrides = 24, (1, 2)  # PR_CAPBSET_DROP; CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
        return {"before": lambda: [ctypes.CDLL(None).prctl(drop, right, 0, 0, 0) for right in overrides]}

    def json(self, *arguments, code=0, **more):
        done = self.maru(*arguments, "--json", **more)
        self.assertEqual(done.returncode, code, done.stdout[-2000:] + done.stderr[-2000:])
        lines = done.stdout.decode().splitlines()
        self.assertEqual(len(lines), 1, done.stdout[:500])
        return json.loads(lines[0])

    def fails(self, code, *arguments, says=(), within=None, **more):
        begin = time.monotonic()
        done = self.maru(*arguments, **more)
        took = time.monotonic() - begin
        message = done.stderr.decode()
        self.assertEqual(done.returncode, code, message)
        self.assertEqual(done.stdout, b"")
        for word in says:
            self.assertIn(word, message)
        if within:
            self.assertLess(took, within, message)
        return message

    def refuses(self, *arguments, says=(), names=(), code=1, within=1, **more):
        """One line on standard error that holds `says` and `names`; in Korean as JSON on standard output, which holds `names` too."""
        message = self.fails(code, *arguments, says=[*says, *names], within=within, **more)
        self.assertEqual((message[:6], message.count("\n")), ("maru: ", 1), message)
        error = self.json(*arguments, code=code, **{**more, "LC_ALL": "ko_KR.UTF-8"})["error"]
        self.assertEqual(error["kind"] == "usage", code == 2, error)
        self.assertRegex(error["message"], HANGUL)
        self.assertNotRegex(QUOTED.sub("", error["message"]), ENGLISH)
        for name in names:
            self.assertIn(name, error["message"])
        return message

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


def main():
    if not os.access(PROGRAM, os.X_OK):
        sys.exit(f"usage: {sys.argv[0]} PROGRAM")
    for name, path in (("MARU_TEST_SMOLLM2", SMOLLM2), ("MARU_TEST_MINILM", MINILM)):
        if path and not os.path.exists(path):
            sys.exit(f"{name}: {path} does not exist")
    unittest.main(module="__main__", argv=sys.argv[:1] + sys.argv[2:], verbosity=1)

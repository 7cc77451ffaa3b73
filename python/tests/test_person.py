"""What the person at the prompt meets: Ctrl-C stops long work within a second, and errors and warnings are Korean in a Korean locale."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SMOLLM2 = os.environ.get("MARU_TEST_SMOLLM2")
HANGUL = re.compile("[가-힣]")


class Person(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory(prefix="maru-home-")
        cls.addClassCleanup(cls.home.cleanup)

    def start(self, code, **environment):
        return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
                                env={**os.environ, "MARU_HOME": self.home.name, "MARU_OFFLINE": "1", "PYTHONUTF8": "1", **environment})

    def stops(self, code):
        """The code prints a line and then works; it gets a Ctrl-C and must say that it was stopped."""
        code += "except KeyboardInterrupt:\n    print('stopped', flush=True)\n"
        with self.start(code) as child:
            self.assertEqual(child.stdout.readline(), "begun\n", child.poll() is not None and child.stderr.read())
            time.sleep(0.3)
            self.assertIsNone(child.poll(), "it was done before it could be stopped")
            begin = time.monotonic()
            child.send_signal(signal.SIGINT)
            try:
                self.assertEqual(child.stdout.readline(), "stopped\n")
                self.assertLess(time.monotonic() - begin, 1)
            finally:
                child.kill()

    def test_ctrl_c_stops_training(self):
        self.stops("import maru\nprint('begun', flush=True)\ntry:\n    maru.train.causal_lm(['the cat sat on the mat'], steps=1000000)\n")

    @unittest.skipUnless(SMOLLM2, "MARU_TEST_SMOLLM2 is not set")
    def test_ctrl_c_stops_writing(self):
        for how in ("", "do_sample=True, ", "num_beams=4, "):
            self.stops(f"from maru import AutoModelForCausalLM as M, AutoTokenizer as T\nm, t = M.from_pretrained({SMOLLM2!r}), T.from_pretrained({SMOLLM2!r})\n"
                       f"i = t('Once upon a time', return_tensors='pt')\nprint('begun', flush=True)\ntry:\n"
                       f"    m.generate(**i, {how}max_new_tokens=4000, min_new_tokens=4000)\n")

    def said(self, code, **environment):
        with self.start(code, **environment) as child:
            return child.communicate(timeout=60)[1]

    def test_errors_are_korean_in_a_korean_locale(self):
        for code in ("import maru.torch as t; t.tensor([1.0]) @ t.tensor([1.0, 2.0])",
                     "import maru; maru.AutoModel.from_pretrained('/no/such/folder')",
                     "import maru; maru.AutoModel.from_pretrained(maru.tiny('bert'), nonsense=1)",
                     "import maru; maru.tiny('nonsense')",
                     "import maru; m = maru.AutoModelForCausalLM.from_pretrained(maru.tiny('gpt2')); m.generate()"):
            for locale in ({"MARU_LANG": "ko"}, {"LC_ALL": "ko_KR.UTF-8", "MARU_LANG": ""}):
                self.assertRegex(self.said(code, **locale).splitlines()[-1], HANGUL, code)
            self.assertNotRegex(self.said(code, MARU_LANG="en"), HANGUL)

    def test_warnings_are_korean_too(self):
        code = "import maru; maru.AutoModel.from_pretrained(maru.tiny('bert'), device_map='cuda')"
        self.assertRegex(self.said(code, MARU_LANG="ko"), "CPU에서")


if __name__ == "__main__":
    unittest.main()

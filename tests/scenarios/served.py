"""A maru server for tests: the built program on a loopback port of the system's choosing, with the two models that tests read, in a home of
its own. Stopped with SIGTERM, after which it must have ended by itself with 0.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

SMOLLM2 = os.environ.get("MARU_TEST_SMOLLM2", "")
MINILM = os.environ.get("MARU_TEST_MINILM", "")
HAVE_MODELS = bool(SMOLLM2 and MINILM)

# A template that tells the model of its tools, so that a model whose own template knows none can be asked for calls.
TOOL_TEMPLATE = """{{- if .System }}<|im_start|>system
{{ .System }}<|im_end|>
{{ end }}{{- if .Tools }}<|im_start|>system
You may call these functions, as <tool_call>{"name": …, "arguments": …}</tool_call>:
{{ range .Tools }}{{ json .Function }}
{{ end }}<|im_end|>
{{ end }}{{- range .Messages }}{{- if eq .Role "tool" }}<|im_start|>user
<tool_response>{{ .Content }}</tool_response><|im_end|>
{{ else }}<|im_start|>{{ .Role }}
{{ .Content }}{{- range .ToolCalls }}<tool_call>{"name": "{{ .Function.Name }}", "arguments": {{ json .Function.Arguments }}}</tool_call>{{ end }}<|im_end|>
{{ end }}{{ end }}<|im_start|>assistant
"""


class Server:
    def __init__(self, program, *options, models=True, home=None, environment=None):
        self.program = program
        self.own = home is None
        self.home = pathlib.Path(home or tempfile.mkdtemp(prefix="maru-served-"))
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "OLLAMA_", "OPENAI_"))}
        self.environment = {**clean, "MARU_HOME": str(self.home), "MARU_OFFLINE": "1", "LC_ALL": "C.UTF-8", **(environment or {})}
        if models:
            self.maru("pull", f"file:{SMOLLM2}", "--name", "smollm2")
            self.maru("pull", f"file:{MINILM}", "--name", "all-minilm")
        self.log = tempfile.NamedTemporaryFile(prefix="maru-served-", suffix=".log", delete=False)
        self.process = subprocess.Popen([program, "serve", "--port", "0", "--json", *options], stdout=subprocess.PIPE, stderr=self.log, env=self.environment)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"maru serve ended: {self.errors()}")
        self.url = json.loads(line)["listening"]
        self.port = int(self.url.rsplit(":", 1)[1])

    def maru(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments), "--json"], capture_output=True, timeout=120, env=self.environment)
        if done.returncode != 0:
            raise RuntimeError((done.stdout + done.stderr).decode())
        return [json.loads(text) for text in done.stdout.decode().splitlines()]

    def errors(self):
        return pathlib.Path(self.log.name).read_text(errors="replace")[-4000:]

    def resident_mib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) // 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self, expect=0):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = "it did not end within 40 s"
        self.process.stdout.close()
        errors = self.errors()
        os.unlink(self.log.name)
        if self.own:
            shutil.rmtree(self.home, ignore_errors=True)
        if expect is not None and code != expect:
            raise AssertionError(f"maru serve ended with {code}: {errors}")

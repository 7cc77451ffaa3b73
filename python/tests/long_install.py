"""`pip install .` into a fresh environment, then every example from another folder and with nothing else on the path. It compiles the whole
library, so it belongs to ./test --all. Exit 77: pip reaches no index."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNREACHABLE = ("No matching distribution", "Could not find a version", "NewConnectionError", "Temporary failure in name resolution")


def run(command, folder, environment):
    begin = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8")
    print(f"{time.monotonic() - begin:7.1f} s  exit {done.returncode}  {' '.join(map(str, command[1:]))}", flush=True)
    return done


def must(done):
    if done.returncode:
        sys.exit(done.stdout[-3000:] + done.stderr[-3000:])
    return done.stdout


def status():
    done = subprocess.run(["git", "-C", ROOT, "status", "--porcelain"], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else "no clone"


def main():
    before = status()
    with tempfile.TemporaryDirectory(prefix="maru-install-") as made:
        folder = pathlib.Path(made)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        environment.setdefault("CXX", "c++")  # the name under which ccache, where it is there, knows what the clone's own build compiled
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / "bin" / "python"
        # Beside the clone's own build, which git ignores: at that depth ccache, where it is there, finds again what that one compiled.
        built = ROOT / "build" / "install_check"
        shutil.rmtree(built, ignore_errors=True)
        try:
            installed = run([python, "-m", "pip", "install", "--retries", "1", "-C", f"build-dir={built}", ROOT], folder, environment)
        finally:
            shutil.rmtree(built, ignore_errors=True)
        if installed.returncode and any(reason in installed.stdout + installed.stderr for reason in UNREACHABLE):
            print("pip reaches no index, so nothing was installed")
            sys.exit(77)
        must(installed)
        inside = pathlib.Path(must(run([python, "-c", "import maru; print(maru.__file__)"], folder, environment)).strip()).parent
        assert folder / "venv" in inside.parents, inside
        for name in ("py.typed", "_maru.pyi", "torch/__init__.pyi"):
            assert (inside / name).is_file(), name
        for example in sorted((ROOT / "examples" / "python").glob("*.py")):
            assert must(run([python, example], folder, environment)).strip(), example
    assert status() == before, status()


if __name__ == "__main__":
    main()

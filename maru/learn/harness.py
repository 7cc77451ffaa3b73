# Runs in the lab's child: loads the learner's file, measures it, and writes one line of JSON with facts, or with what went wrong and where.
# Imports nothing heavy: the verdict comes within a second of a save. What the learner prints goes to standard error.
import json
import os
import signal
import sys


def load(path, name):
    module = type(sys)(name)
    module.__file__ = path
    with open(path, encoding="utf-8") as file:
        text = file.read()
    sys.modules[name] = module
    exec(compile(text, path, "exec"), module.__dict__)
    return module


def plain(value):
    """A fact as JSON holds it: numpy and maru scalars as numbers, nan and infinities by name."""
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else float(value) if abs(value) < 1e308 else "inf"
    if isinstance(value, float):
        return value if value - value == 0 else repr(value)
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    for way in ("item", "tolist"):
        try:
            return plain(getattr(value, way)())
        except Exception:
            pass
    return str(value)


def trouble(error, files):
    """The last place inside a file of ours; a learner's line before the course's."""
    where = []
    at = error.__traceback__
    while at:
        where.append((at.tb_frame.f_code.co_filename, at.tb_lineno))
        at = at.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        where.append((error.filename, error.lineno or 0))
    for file in files:
        lines = [line for name, line in where if name == file]
        if lines:
            text = ""
            try:
                text = open(file, encoding="utf-8").read().split("\n")[lines[-1] - 1].strip()
            except Exception:
                pass
            break
    else:
        file, lines, text = "", [0], ""
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    return {"type": type(error).__name__, "message": said[:2000], "file": file, "line": lines[-1], "text": text[:300]}


class TooSlow(BaseException):
    pass


def too_slow(*_):
    raise TooSlow


def main():
    given = json.loads(sys.argv[1])
    answer = os.dup(1)
    os.dup2(2, 1)
    sys.path[:0] = given["paths"]
    lab, measure = given.get("lab"), given["measure"]
    signal.signal(signal.SIGALRM, too_slow)
    signal.setitimer(signal.ITIMER_REAL, given["seconds"])
    try:
        sys.path.insert(0, os.path.dirname(measure))
        try:
            subject = load(lab, "lab") if lab else given.get("model")
            facts = load(measure, "measure").measure(subject, given["seed"])
            out = {"facts": plain(facts)}
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except BaseException as error:
        out = {"error": trouble(error, [lab, measure] if lab else [measure])}
    sys.stdout.flush()
    os.write(answer, json.dumps(out).encode())
    os._exit(0)


main()

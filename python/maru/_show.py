"""How a tensor prints: torch's rules with its defaults (four digits, lines of 80, three at each end of what has more than a thousand)."""
from math import isfinite

_DIGITS, _LINE, _MOST, _EDGE = 4, 80, 1000, 3


def _formatter(values, dtype):
    if dtype == "torch.bool":
        texts = ["True" if v else "False" for v in values]
        width = max(map(len, texts), default=0)
        return lambda v: ("True" if v else "False").rjust(width), width
    if dtype == "torch.int64":
        width = max((len(str(v)) for v in values), default=0)
        return lambda v: str(v).rjust(width), width
    finite = [abs(v) for v in values if isfinite(v) and v != 0]
    whole = all(v == int(v) for v in values if isfinite(v))
    most, least = max(finite, default=0.0), min(finite, default=0.0)
    wide = bool(finite) and (most / least > 1000.0 or most > 1.0e8)
    if wide or (finite and not whole and least < 1.0e-4):
        write = lambda v: f"{v:.{_DIGITS}e}"
    elif whole:
        write = lambda v: f"{v:.0f}." if isfinite(v) else str(v)
    else:
        write = lambda v: f"{v:.{_DIGITS}f}" if isfinite(v) else str(v)
    # Only numbers that are neither nothing nor endless decide how wide a column is.
    width = max((len(write(v)) for v in values if isfinite(v) and v != 0), default=1)
    return lambda v: write(v).rjust(width), width


def _ends(x, shorten):
    """The numbers that are shown, in one list."""
    if x.ndim == 0:
        return [x.item()]
    rows = list(x) if not shorten or len(x) <= 2 * _EDGE else [*x[:_EDGE], *x[-_EDGE:]]
    if x.ndim == 1:
        return [r.item() for r in rows]
    return [v for r in rows for v in _ends(r, shorten)]


def _lines(x, write, width, indent, shorten):
    if x.ndim == 0:
        return write(x.item())
    cut = shorten and len(x) > 2 * _EDGE
    if x.ndim == 1:
        a_line = max(1, (_LINE - indent) // (width + 2))
        items = [write(v) for v in (x.tolist() if not cut else x[:_EDGE].tolist())]
        if cut:
            items += [" ..."] + [write(v) for v in x[-_EDGE:].tolist()]
        rows = [items[i:i + a_line] for i in range(0, len(items), a_line)] or [[]]
        return "[" + (",\n" + " " * (indent + 1)).join(", ".join(r) for r in rows) + "]"
    parts = [_lines(r, write, width, indent + 1, shorten) for r in (x if not cut else x[:_EDGE])]
    if cut:
        parts += ["..."] + [_lines(r, write, width, indent + 1, shorten) for r in x[-_EDGE:]]
    return "[" + ("," + "\n" * (x.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def text(x):
    dtype = repr(x.dtype)
    if x.numel() == 0:
        inside = "[]" if x.ndim == 1 else f"[], size={tuple(x.shape)}"
        return f"tensor({inside})" if dtype == "torch.float32" else f"tensor({inside}, dtype={dtype})"
    shorten = x.numel() > _MOST
    write, width = _formatter(_ends(x, shorten), dtype)
    return f"tensor({_lines(x, write, width, len('tensor('), shorten)})"

#!/usr/bin/env python3
"""Writes tests/golden/data/text/: small files made by the CSV and JSON writers of pandas and pyarrow, the rows they hold as JSON, and the
order in which Hugging Face's `datasets` gives rows after each transform.

Usage: golden_data.py FOLDER. Needs pandas, pyarrow and datasets.
"""
import csv
import gzip
import json
import pathlib
import sys

import datasets
import pandas
import pyarrow
import pyarrow.csv

ROWS = [
    {"id": 1, "text": "plain", "score": 0.5, "good": True, "count": 10},
    {"id": 2, "text": "쉼표, 그리고 \"따옴표\"", "score": -1.25e-7, "good": False, "count": None},
    {"id": 3, "text": "two\nlines, and a\ttab", "score": None, "good": True, "count": -3},
    {"id": -9223372036854775808, "text": "  spaces kept  ", "score": 3.0, "good": False, "count": 0},
    {"id": 5, "text": None, "score": 1e300, "good": True, "count": 7},
    {"id": 6, "text": "emoji 😀 and é", "score": 0.1, "good": False, "count": 8},
]
NESTED = [
    {"id": "a", "tokens": ["하나", "둘"], "answer": {"start": [1, 2], "text": "x\u2028\"\\/\b"}, "n": 1, "more": None},
    {"id": "b", "tokens": [], "answer": {"start": [], "text": None}, "n": 2.5, "more": [{"k": True}, {"k": None}]},
    {"id": "c", "tokens": ["", "\x7f"], "answer": {"start": [3], "text": "끝"}, "n": -4, "more": []},
]


def frame() -> pandas.DataFrame:
    return pandas.DataFrame(ROWS).astype({"count": "Int64"})


def write_tables(folder: pathlib.Path) -> dict:
    table = frame()
    table.to_csv(folder / "pandas.csv", index=False)
    table.to_csv(folder / "pandas.tsv", index=False, sep="\t")
    table.to_csv(folder / "pandas_crlf.csv", index=False, lineterminator="\r\n")
    table.to_csv(folder / "pandas_semicolon.csv", index=False, sep=";", quoting=csv.QUOTE_NONNUMERIC)
    table.to_csv(folder / "pandas_bom.csv.gz", index=False, encoding="utf-8-sig", compression={"method": "gzip", "mtime": 1})
    table.to_json(folder / "pandas.jsonl", orient="records", lines=True)
    table.to_json(folder / "pandas_records.json", orient="records", force_ascii=False, indent=1)
    table.to_json(folder / "pandas_table.json", orient="table", index=False, double_precision=15)
    expected = {name: ROWS for name in ("pandas.csv", "pandas.tsv", "pandas_crlf.csv", "pandas_bom.csv.gz")}
    # A quoted empty text is what QUOTE_NONNUMERIC makes of a missing one: it can no longer be told from an empty one.
    expected["pandas_semicolon.csv"] = [{**row, "text": row["text"] or ""} for row in ROWS]
    # JSON by pandas keeps ten digits behind the point (fifteen where it is asked to), read back by the standard library.
    expected["pandas.jsonl"] = [json.loads(line) for line in (folder / "pandas.jsonl").read_text().splitlines()]
    expected["pandas_records.json"] = json.loads((folder / "pandas_records.json").read_text())
    expected["pandas_table.json"] = json.loads((folder / "pandas_table.json").read_text())["data"]
    arrow_rows = [*ROWS, {"id": 7, "text": "", "score": 2.0, "good": None, "count": 1}]
    pyarrow.csv.write_csv(pyarrow.Table.from_pylist(arrow_rows), folder / "pyarrow.csv")
    expected["pyarrow.csv"] = arrow_rows
    nested = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in NESTED)
    (folder / "nested.jsonl").write_text(nested)
    (folder / "nested.jsonl.gz").write_bytes(gzip.compress(nested.encode(), mtime=1))
    expected["nested.jsonl"] = expected["nested.jsonl.gz"] = NESTED
    return expected


def orders() -> dict:
    """What each transform leaves of the numbers 0 … 22."""
    rows = datasets.Dataset.from_dict({"n": list(range(23))})
    other = datasets.Dataset.from_dict({"n": list(range(100, 105))})
    streamed = rows.to_iterable_dataset()
    splits = {"train": rows}

    def slice_of(spec: str) -> list:
        name, rest = spec.split("[")
        instruction = datasets.ReadInstruction.from_spec(spec)
        absolute = instruction.to_absolute({name: len(splits[name])})[0]
        return list(range(absolute.from_, absolute.to))

    return {
        "take 5": [row["n"] for row in streamed.take(5)],
        "skip 20": [row["n"] for row in streamed.skip(20)],
        "shard 1 of 4": rows.shard(4, 1, contiguous=False)["n"][:],
        "filter odd": rows.filter(lambda row: row["n"] % 2 == 1)["n"][:],
        "concatenate": datasets.concatenate_datasets([rows, other])["n"][:],
        "interleave": datasets.interleave_datasets([rows, other])["n"][:],
        "batch 5": [batch["n"] for batch in rows.batch(5)],
        "batch 5 drop last": [batch["n"] for batch in rows.batch(5, drop_last_batch=True)],
        "repeat 2": rows.repeat(2)["n"][:],
        "test rows of 0.2": [rows.train_test_split(test_size=0.2, seed=1)["test"].num_rows],
        **{spec: slice_of(spec) for spec in ("train[:10%]", "train[10%:50%]", "train[-3:]", "train[:-20]", "train[5:7]", "train[20:99]",
                                             "train[-10%:]", "train[50%:]", "train[7:3]", "train[33%:66%]")},
    }


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    datasets.disable_progress_bars()
    (folder / "expected.json").write_text(json.dumps(write_tables(folder), ensure_ascii=False, indent=1) + "\n")
    (folder / "orders.json").write_text(json.dumps(orders(), indent=1) + "\n")


if __name__ == "__main__":
    main()

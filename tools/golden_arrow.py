#!/usr/bin/env python3
"""Writes the Parquet and Arrow files of tests/golden/data/arrow and what is in them, by pyarrow and pandas.

Usage: golden_arrow.py FOLDER (pyarrow 26, pandas 3). expected.json has, by file, the types and the rows as maru's JSON shows them:
dates, times and decimals as text, bytes in base64, durations as numbers. The rows come from pyarrow reading what it wrote.
"""
import base64
import datetime
import decimal
import json
import pathlib
import sys

import pandas
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather
import pyarrow.parquet as pq

UTC = datetime.timezone.utc
TEXTS = ["one", "", None, "둘", "a\u0301 \U0001f600", "six " * 20]


def type_text(t: pa.DataType) -> str:
    if pa.types.is_dictionary(t):
        return type_text(t.value_type)
    if pa.types.is_boolean(t):
        return "boolean"
    if pa.types.is_integer(t) or pa.types.is_duration(t):
        return "integer"
    if pa.types.is_floating(t):
        return "real"
    if pa.types.is_map(t):
        return f"list of record {{{t.key_field.name}, {t.item_field.name}}}"
    if pa.types.is_list(t) or pa.types.is_large_list(t) or pa.types.is_fixed_size_list(t):
        return "list of " + type_text(t.value_type)
    if pa.types.is_struct(t):
        return "record {" + ", ".join(t.field(i).name for i in range(t.num_fields)) + "}"
    if any(f(t) for f in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)):
        return "bytes"
    return "text"


def values(array: pa.Array) -> list:
    """The values of an array as maru's JSON shows them."""
    t = array.type
    if pa.types.is_dictionary(t):
        return values(array.dictionary_decode())
    if pa.types.is_map(t):
        return [None if not v.is_valid else [dict(zip((t.key_field.name, t.item_field.name), kv)) for kv in v.as_py()] for v in array]
    if pa.types.is_struct(t):
        members = [values(m) for m in array.flatten()]
        return [dict(zip([f.name for f in t], row)) if v.is_valid else None for v, row in zip(array, zip(*members))]
    if pa.types.is_list(t) or pa.types.is_large_list(t) or pa.types.is_fixed_size_list(t):
        return [values(v.values) if v.is_valid else None for v in array]
    if type_text(t) == "bytes":
        return [None if v is None else base64.b64encode(v).decode() for v in array.to_pylist()]
    if pa.types.is_duration(t):
        return array.cast(pa.int64()).to_pylist()
    if pa.types.is_timestamp(t):
        naive = array if t.tz is None else array.cast(pa.timestamp(t.unit, "UTC")).cast(pa.timestamp(t.unit))
        return [None if v is None else v.replace(" ", "T") + ("Z" if t.tz else "") for v in pc.cast(naive, pa.string()).to_pylist()]
    if pa.types.is_temporal(t) or pa.types.is_decimal(t):
        return pc.cast(array, pa.string()).to_pylist()
    return array.to_pylist()


def expected(table: pa.Table) -> dict:
    columns = [[v for chunk in c.chunks for v in values(chunk)] for c in table.columns]
    return {"types": {f.name: type_text(f.type) for f in table.schema},
            "rows": [dict(zip(table.column_names, row)) for row in zip(*columns)]}


def scalars() -> pa.Table:
    moment = datetime.datetime(2024, 2, 29, 23, 59, 58, 123456)
    columns = {
        "flag": pa.array([True, None, False, True]),
        "i8": pa.array([-128, 127, None, 0], pa.int8()), "i16": pa.array([-32768, 32767, None, 0], pa.int16()),
        "i32": pa.array([-2**31, 2**31 - 1, None, 0], pa.int32()), "i64": pa.array([-2**63, 2**63 - 1, None, 0]),
        "u8": pa.array([0, 255, None, 1], pa.uint8()), "u16": pa.array([0, 65535, None, 1], pa.uint16()),
        "u32": pa.array([0, 2**32 - 1, None, 1], pa.uint32()), "u64": pa.array([0, 2**63 - 1, None, 1], pa.uint64()),
        "half": pa.array([1.5, -65504.0, None, 0.0], pa.float16()), "single": pa.array([0.1, -3.4e38, None, 1e-40], pa.float32()),
        "double": pa.array([0.1, -1.7e308, None, 5e-324]),
        "text": pa.array(["가나", "", None, "z"]), "large": pa.array(["a", None, "", "b" * 300], pa.large_string()),
        "bytes": pa.array([b"\x00\xff", b"", None, b"x"]), "fixed": pa.array([b"abc", None, b"\0\0\0", b"xyz"], pa.binary(3)),
        "date": pa.array([datetime.date(1, 1, 1), datetime.date(9999, 12, 31), None, datetime.date(1969, 12, 31)]),
        "second": pa.array([0, -1, None, 1709251198], pa.timestamp("s")),
        "milli": pa.array([moment, datetime.datetime(1883, 11, 18), None, moment], pa.timestamp("ms")),
        "micro": pa.array([moment.replace(tzinfo=UTC)] * 2 + [None, moment.replace(tzinfo=UTC)], pa.timestamp("us", "Asia/Seoul")),
        "nano": pa.array([1, -1, None, 2**62], pa.timestamp("ns")),
        "t32": pa.array([0, 86399999, None, 1], pa.time32("ms")), "t64": pa.array([0, 86399999999999, None, 1], pa.time64("ns")),
        "lasting": pa.array([1, -5, None, 0], pa.duration("us")),
        "decimal": pa.array([decimal.Decimal(d) for d in ("12.30", "-0.01")] + [None, decimal.Decimal("99999999.99")], pa.decimal128(10, 2)),
        "decimal256": pa.array([decimal.Decimal(10) ** 50, None, decimal.Decimal(-1), decimal.Decimal(0)], pa.decimal256(60, 3)),
        "nothing": pa.nulls(4), "kind": pa.array(["b", None, "a", "b"]).dictionary_encode(),
    }
    return pa.table(columns)


def nested() -> pa.Table:
    item = pa.struct([("x", pa.int32()), ("words", pa.list_(pa.string()))])
    return pa.table({
        "ints": pa.array([[1, None, 3], [], None, [4]]),
        "deep": pa.array([[["a"], None, []], None, [["b", None], ["c"]], []], pa.list_(pa.list_(pa.string()))),
        "record": pa.array([{"x": 1, "words": ["p", "q"]}, None, {"x": None, "words": None}, {"x": 4, "words": []}], item),
        "records": pa.array([[{"x": 1, "words": ["r"]}, None], [], None, [{"x": 2, "words": None}]], pa.list_(item)),
        "map": pa.array([[("k", 1)], [], None, [("a", None), ("b", 2)]], pa.map_(pa.string(), pa.int64())),
        "pair": pa.array([[1.0, 2.0], None, [3.0, None], [0.0, 1.0]], pa.list_(pa.float32(), 2)),
        "large": pa.array([["x"], None, [], ["y", "z"]], pa.large_list(pa.large_string())),
    })


def hugging_face() -> pa.Table:
    picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    features = {"image": {"_type": "Image"}, "label": {"names": ["neg", "pos"], "_type": "ClassLabel"},
                "tags": {"feature": {"names": ["O", "B-PER"], "_type": "ClassLabel"}, "_type": "List"}}
    pictures = [{"bytes": b"\x89PNG one", "path": "1.png"}, None, {"bytes": b"\x89PNG two", "path": None}]
    table = pa.table({"image": pa.array(pictures, picture), "label": pa.array([1, 0, None]), "tags": pa.array([[0, 1], [], None])})
    return table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})


def of_pandas() -> pandas.DataFrame:
    when = ["2024-01-01", None, "2024-06-01 12:00", "1999-12-31"]
    return pandas.DataFrame({
        "kind": pandas.Categorical(["x", "y", None, "x"]), "when": pandas.to_datetime(when, format="ISO8601"),
        "there": pandas.to_datetime(["2024-01-01"] * 4).tz_localize("Asia/Seoul"), "whole": pandas.array([1, None, 3, 4], dtype="Int64"),
        "text": ["가", None, "", "z"], "real": [0.5, None, 1.5, 2.5], "flag": pandas.array([True, None, False, True], dtype="boolean"),
    }, index=pandas.Index([10, 20, 30, 40], name="key"))


def rows(many: int) -> pa.Table:
    """What the test computes once more: see generated rows in arrow_test.cc."""
    return pa.table({"id": pa.array(range(many)), "real": pa.array([i / 8 for i in range(many)]),
                     "text": pa.array([TEXTS[i % len(TEXTS)] for i in range(many)]),
                     "list": pa.array([[i] * (i % 3) if i % 5 else None for i in range(many)])})


def missing_with_items() -> pa.Table:
    """A missing list that holds items all the same, as Arrow allows."""
    lists = pa.ListArray.from_arrays(pa.array([0, 2, 4, 5]), pa.array(["a", "b", "c", "d", "e"]), mask=pa.array([False, True, False]))
    return pa.table({"lists": lists})


def write_stream(table: pa.Table, path: pathlib.Path, codec: str | None = None, chunk: int | None = None) -> None:
    with pa.ipc.new_stream(path, table.schema, options=pa.ipc.IpcWriteOptions(compression=codec)) as out:
        out.write_table(table, max_chunksize=chunk)


def main() -> int:
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    said = {}

    def parquet(name: str, table: pa.Table, **options) -> None:
        pq.write_table(table, folder / name, **options)
        said[name] = expected(pq.read_table(folder / name))

    small = rows(40)
    for codec in ("none", "snappy", "gzip", "brotli", "zstd", "lz4"):
        for version in ("1.0", "2.0"):
            for dictionary in (True, False):
                parquet(f"{codec}_v{version[0]}_{'dictionary' if dictionary else 'plain'}.parquet", small, compression=codec,
                        data_page_version=version, use_dictionary=dictionary)
    everything = scalars()
    parquet("scalars.parquet", everything, store_schema=True)
    parquet("scalars_bare.parquet", everything.drop_columns(["lasting", "nothing"]), store_schema=False)
    parquet("int96.parquet", everything.select(["nano"]), use_deprecated_int96_timestamps=True)
    parquet("nested.parquet", nested())
    parquet("empty.parquet", everything.slice(0, 0))
    parquet("groups.parquet", small, row_group_size=7)
    parquet("split.parquet", rows(40).select(["real", "id"]), use_dictionary=False, use_byte_stream_split=["real"],
            column_encoding={"id": "DELTA_BINARY_PACKED"})
    parquet("delta.parquet", small.select(["text"]), use_dictionary=False, column_encoding={"text": "DELTA_BYTE_ARRAY"})
    of_pandas().to_parquet(folder / "pandas.parquet")
    said["pandas.parquet"] = expected(pq.read_table(folder / "pandas.parquet"))
    pq.write_table(hugging_face(), folder / "huggingface.parquet")
    pq.write_table(rows(100_000), folder / "generated.parquet", compression="zstd", row_group_size=30_000, use_dictionary=["text"],
                   column_encoding={"id": "DELTA_BINARY_PACKED", "list.list.element": "DELTA_BINARY_PACKED", "real": "BYTE_STREAM_SPLIT"},
                   write_page_index=False)

    for name, table in (("scalars", everything), ("nested", nested()), ("missing_with_items", missing_with_items())):
        write_stream(table, folder / f"{name}.arrows")
        pa.feather.write_feather(table, folder / f"{name}.feather", compression="lz4")
        with pa.ipc.new_file(folder / f"{name}.arrow", table.schema) as out:
            out.write_table(table)
        for suffix in ("arrows", "feather", "arrow"):
            said[f"{name}.{suffix}"] = expected(table)
    write_stream(small, folder / "batches_zstd.arrows", "zstd", 7)
    said["batches_zstd.arrows"] = expected(small)
    views = pa.table({"text": pa.array(["short", None, "longer than twelve bytes", "둘"], pa.string_view())})
    write_stream(views, folder / "views.arrows")
    said["views.arrows"] = expected(views)
    of_pandas().to_feather(folder / "pandas.feather")
    said["pandas.feather"] = expected(pa.feather.read_table(folder / "pandas.feather"))

    union = pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["a", "b"])])
    write_stream(pa.table({"good": pa.array([1, 2]), "either": union}), folder / "union.arrows")
    parquet_big = pa.table({"big": pa.array([1, 2**63], pa.uint64())})
    pq.write_table(parquet_big, folder / "uint64.parquet")
    pq.write_table(pa.table({"text": pa.array([b"ok", b"\xff\xfe"]).view(pa.string())}), folder / "not_utf8.parquet")
    # A megabyte a row that takes a few bytes in the file: 1,100 rows of it at once would be too many.
    large = pa.table({"text": pa.array(["x" * (1 << 20)] * 1100)})
    pq.write_table(large, folder / "bomb.parquet", compression="zstd", write_statistics=False)
    (folder / "expected.json").write_text(json.dumps(said, ensure_ascii=False, indent=0), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

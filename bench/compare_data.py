#!/usr/bin/env python3
"""maru's reading of Parquet and Arrow files beside pyarrow's: A B A B …, the same file, cached, the same threads. One JSON line a figure:
rows per second of both, and the median of the pairs' ratios (over 1: maru is better). maru makes columns of 64-bit numbers and checked UTF-8
views; pyarrow its own arrays, by iter_batches of 65,536 rows and by read_table.

bench/compare_data.py --build build/release --python venv/bin/python [--rows 3000000] [--rounds 5] [--threads 2] [--folder FOLDER]
  --python   a Python that has pyarrow and numpy; it also writes the file, of some 100 bytes a row, into FOLDER
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

MAKE = """
import sys, numpy, pyarrow as pa, pyarrow.parquet as pq
path, rows = sys.argv[1], int(sys.argv[2])
chance = numpy.random.default_rng(1)
words = numpy.array(["maru", "집", "house", "wooden", "floor", "마루", "and", "the", "of", "sun"])
def table(n):
    picks = chance.integers(0, 10, (n, 12))
    return pa.table({
        "id": chance.integers(0, 1 << 62, n), "small": chance.integers(0, 100, n).astype("int32"),
        "label": pa.array(chance.integers(0, 5, n), mask=chance.random(n) < 0.1), "real": chance.standard_normal(n),
        "flag": chance.random(n) < 0.5, "text": pa.array([" ".join(words[p]) for p in picks]),
        "title": pa.array(words[picks[:, 0]], mask=chance.random(n) < 0.1),
        "ids": pa.ListArray.from_arrays(pa.array(numpy.arange(n + 1, dtype="int32") * 3), pa.array(chance.integers(0, 30000, 3 * n)))})
step = 250_000
schema = table(10).schema
if path.endswith(".parquet"):
    with pq.ParquetWriter(path, schema, compression="snappy") as out:
        for _ in range(rows // step): out.write_table(table(step))
else:
    with pa.ipc.new_file(path, schema) as out:
        for _ in range(rows // step): out.write_table(table(step), max_chunksize=50_000)
"""
READ = """
import sys, time, pyarrow as pa, pyarrow.parquet as pq
path, way = sys.argv[1:3]
pa.set_cpu_count(int(sys.argv[3]))
def read():
    if way == "read_table": return pq.read_table(path).num_rows
    if way == "iter_batches": return sum(b.num_rows for b in pq.ParquetFile(path).iter_batches(65536, use_threads=True))
    reader = pa.ipc.open_file(pa.memory_map(path))
    rows = 0
    for i in range(reader.num_record_batches):
        batch = reader.get_batch(i)
        batch.validate(full=True)
        rows += batch.num_rows
    return rows
read()
begin = time.perf_counter()
rows = read()
print(rows / (time.perf_counter() - begin))
"""


def output(command: list[str], threads: int) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": str(threads)})
    if done.returncode != 0:
        sys.exit(f"failed ({done.returncode}): {' '.join(command[:2])}\n{done.stderr[-2000:]}")
    return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rows", type=int, default=3_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    options = parser.parse_args()
    for suffix, ways in (("parquet", ("iter_batches", "read_table")), ("arrow", ("validated",))):
        path = os.path.join(options.folder, f"bench_{options.rows}.{suffix}")
        if not os.path.exists(path):
            output([options.python, "-c", MAKE, path, str(options.rows)], options.threads)
        for way in ways:
            ours, theirs = [], []
            for _ in range(options.rounds):
                ours.append(json.loads(output([os.path.join(options.build, "bench_data"), path], options.threads))["median"])
                theirs.append(float(output([options.python, "-c", READ, path, way, str(options.threads)], options.threads)))
            ratio = statistics.median(a / b for a, b in zip(ours, theirs))
            print(json.dumps({"what": f"{suffix} {os.path.getsize(path) >> 20} MiB, {way}", "threads": options.threads, "unit": "rows/s",
                              "maru": sorted(ours), "peer": sorted(theirs), "peer_name": "pyarrow", "ratio": ratio}), flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes small data sets of pictures into tests/golden/data: IDX and CIFAR by numpy, folders of pictures by Pillow.

Usage: golden_pictures.py FOLDER. The values follow formulas that pictures_test.cc computes once more.
"""
import gzip
import pathlib
import struct
import sys

import numpy
from PIL import Image

IDX_TYPES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def idx(array: numpy.ndarray) -> bytes:
    head = struct.pack(">BBBB", 0, 0, IDX_TYPES[array.dtype.name], array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write_idx(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for prefix, many in (("train", 5), ("t10k", 2)):
        pictures = (numpy.arange(many * 20) * 7 % 256).astype(numpy.uint8).reshape(many, 4, 5)
        labels = (numpy.arange(many) * 3 % 10).astype(numpy.uint8)
        for name, array in ((f"{prefix}-images-idx3-ubyte", pictures), (f"{prefix}-labels-idx1-ubyte", labels)):
            if prefix == "train":
                (folder / f"{name}.gz").write_bytes(gzip.compress(idx(array), mtime=0))
            else:
                (folder / name).write_bytes(idx(array))
    numbers = folder.parent / "idx_numbers"
    numbers.mkdir(exist_ok=True)
    for name in IDX_TYPES:
        values = (numpy.arange(6) - (0 if name == "uint8" else 3)) * (40 if name.endswith("8") else 1000)
        values = (values % 256 if name == "uint8" else values) / (8 if name.startswith("float") else 1)
        (numbers / f"{name}.idx").write_bytes(idx(values.astype(name).reshape(3, 2)))
    (numbers / "colours.idx").write_bytes(idx(numpy.arange(24, dtype=numpy.uint8).reshape(2, 2, 2, 3)))


def write_cifar(folder: pathlib.Path, labels: int, names: dict[str, list[str]], files: dict[str, int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, many in files.items():
        pixels = (numpy.arange(many * 3072) * 31 % 251).astype(numpy.uint8).reshape(many, 3072)
        numbers = numpy.stack([(numpy.arange(many) + 3 * i) % 10 for i in range(labels)], axis=1).astype(numpy.uint8)
        (folder / name).write_bytes(numpy.concatenate([numbers, pixels], axis=1).tobytes())
    for name, lines in names.items():
        (folder / name).write_text("\n".join(lines) + "\n\n")


def write_pictures(folder: pathlib.Path) -> None:
    for path, colour in (("train/cat/b.png", (10, 20, 30)), ("train/cat/a.png", (40, 50, 60)), ("train/dog/c.jpg", (200, 200, 200)),
                         ("test/dog/d.png", (1, 2, 3))):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (3, 2), colour).save(folder / path)
    (folder / "train/dog/notes.txt").write_text("no picture\n")
    named = folder.parent / "image_table"
    named.mkdir(exist_ok=True)
    Image.new("RGB", (3, 2), (7, 8, 9)).save(named / "one.png")
    Image.new("RGB", (2, 2), (9, 8, 7)).save(named / "two.png")
    (named / "metadata.jsonl").write_text('{"file_name": "two.png", "text": "a second"}\n{"file_name": "one.png", "text": "a first"}\n')


def main() -> int:
    folder = pathlib.Path(sys.argv[1])
    write_idx(folder / "idx")
    ten = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    write_cifar(folder / "cifar10", 1, {"batches.meta.txt": ten}, {"data_batch_1.bin": 2, "data_batch_2.bin": 1, "test_batch.bin": 1})
    write_cifar(folder / "cifar100", 2, {"coarse_label_names.txt": [f"coarse {i}" for i in range(20)],
                                         "fine_label_names.txt": [f"fine {i}" for i in range(100)]}, {"train.bin": 2, "test.bin": 1})
    write_pictures(folder / "image_folder")
    return 0


if __name__ == "__main__":
    sys.exit(main())

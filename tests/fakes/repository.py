"""Repositories of a fake hub: commits of files, with the sums that git and git-lfs give them. Knows no HTTP.

A file is bytes, a path, or `Sparse`: a hole of any size whose sum is declared, not computed.
"""
import dataclasses
import hashlib
import json
import os
import pathlib
import struct
import time

from loopback import Part, cut, loaded

LARGE = {".safetensors", ".bin", ".gguf", ".pt", ".pth", ".onnx", ".h5", ".msgpack", ".ot", ".model", ".parquet", ".arrow", ".zip", ".gz",
         ".tflite", ".npz", ".png", ".jpg"}


@dataclasses.dataclass
class Sparse:
    size: int
    sha256: str = "5" * 64
    path: str = "/dev/null"   # a sparse file, where the bytes are to be served too


def git_sha1(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def file_sha256(path):
    total = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            total.update(piece)
    return total.hexdigest()


@dataclasses.dataclass
class Entry:
    content: object     # bytes or Part
    size: int
    oid: str            # git's: of the bytes, or of the pointer of a large file
    sha256: str = ""    # of a large file

    @classmethod
    def of(cls, name, given, large_from):
        if isinstance(given, cls):
            return given
        if isinstance(given, Sparse):
            return cls.large(Part(given.path, 0, given.size), given.size, given.sha256)
        size = len(given) if isinstance(given, bytes) else os.path.getsize(given)
        if pathlib.PurePosixPath(name).suffix in LARGE or size >= large_from:
            sha256 = hashlib.sha256(given).hexdigest() if isinstance(given, bytes) else file_sha256(given)
            return cls.large(given if isinstance(given, bytes) else Part(given), size, sha256)
        content = given if isinstance(given, bytes) else pathlib.Path(given).read_bytes()
        return cls(content, size, git_sha1(content))

    @classmethod
    def large(cls, content, size, sha256):
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n"
        return cls(content, size, git_sha1(pointer.encode()), sha256)

    def listed(self, path):
        entry = {"type": "file", "oid": self.oid, "size": self.size, "path": path}
        if self.sha256:
            entry["lfs"] = {"oid": self.sha256, "size": self.size, "pointerSize": 134}
        return entry


class Repository:
    def __init__(self, kind, name, files=None, large_from=10 << 20, **about):
        """about: gated ("auto", "manual"), private, pipeline_tag, tags, card, library, downloads, likes."""
        self.kind, self.name, self.about, self.large_from = kind, name, about, large_from
        self.commits, self.branches, self.granted = {}, {}, set()
        self.tree = None   # tree(number of the page from 0) -> (entries, whether there are more), instead of the true listing
        self.commit(files or {}, replace=True)

    def commit(self, files, branch="main", replace=False, delete=(), message="files"):
        """A new commit on a branch; returns its name."""
        before = {} if replace else dict(self.files(branch))
        for name in delete:
            before.pop(name, None)
        before.update({name: Entry.of(name, given, self.large_from) for name, given in files.items()})
        listing = "".join(f"{name}\0{entry.oid}\n" for name, entry in sorted(before.items()))
        parent = self.branches.get(branch, "")
        identity = f"{self.kind}{self.name}{parent}{len(self.commits)}{listing}".encode("utf-8", "surrogateescape")
        sha = hashlib.sha1(identity).hexdigest()
        self.commits[sha] = {"files": before, "message": message, "time": time.time()}
        self.branches[branch] = sha
        return sha

    def sha(self, revision):
        return self.branches.get(revision) or (revision if revision in self.commits else None)

    def files(self, revision="main"):
        sha = self.sha(revision)
        return self.commits[sha]["files"] if sha else {}

    @property
    def gated(self):
        return self.about.get("gated", False)

    def info(self, revision="main", blobs=False):
        sha = self.sha(revision)
        files = self.files(sha)
        when = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(self.commits[sha]["time"]))
        siblings = []
        for path, entry in files.items():
            one = {"rfilename": path}
            if blobs:
                one.update(blobId=entry.oid, size=entry.size)
                if entry.sha256:
                    one["lfs"] = {"sha256": entry.sha256, "size": entry.size, "pointerSize": 134}
            siblings.append(one)
        info = {"_id": hashlib.sha1(self.name.encode()).hexdigest()[:24], "id": self.name, "author": self.name.partition("/")[0], "sha": sha,
                "lastModified": when, "createdAt": when, "private": bool(self.about.get("private")), "gated": self.gated, "disabled": False,
                "downloads": self.about.get("downloads", 0), "likes": self.about.get("likes", 0), "tags": self.about.get("tags", []),
                "cardData": self.about.get("card", {}), "siblings": siblings, "usedStorage": sum(entry.size for entry in files.values())}
        if self.kind == "model":
            info.update(modelId=self.name, spaces=[])
            for key, name in (("pipeline_tag", "pipeline_tag"), ("library_name", "library")):
                if self.about.get(name):
                    info[key] = self.about[name]
            config = self.config(files)
            if config:
                info["config"] = config
            parameters = self.parameters(files)
            if parameters:
                info["safetensors"] = {"parameters": parameters, "total": sum(parameters.values())}
        return info

    @staticmethod
    def config(files):
        entry = files.get("config.json")
        try:
            config = json.loads(entry.content) if entry else {}
        except ValueError:
            return {}
        return {key: config[key] for key in ("architectures", "model_type") if key in config}

    @staticmethod
    def parameters(files):
        """Elements by type, from the headers of the safetensors files."""
        counts = {}
        for name, entry in files.items():
            if not name.endswith(".safetensors") or entry.size < 8:
                continue
            try:
                length, = struct.unpack("<Q", loaded(cut(entry.content, 0, 8)))
                header = json.loads(loaded(cut(entry.content, 8, min(length, 1 << 20))))
            except (ValueError, struct.error):
                continue
            for tensor, about in header.items():
                if tensor != "__metadata__":
                    count = 1
                    for side in about["shape"]:
                        count *= side
                    counts[about["dtype"]] = counts.get(about["dtype"], 0) + count
        return counts

"""A Hugging Face hub on loopback, with a CDN on a second port: what a client may see of it, honest unless its faults say otherwise.

    with FakeHub() as hub:
        hub.model("org/name", {"config.json": b"{}", "model.safetensors": pathlib.Path(...)})
        hub.faults.add("cut", path="model.safetensors", server="cdn", first=1, at=1000)
        … HF_ENDPOINT=hub.url …
        hub.violations  # Authorization headers that reached the CDN

The protocol is that of the hub's API documentation and of the huggingface_hub client, which tests/clients runs against this.
"""
import base64
import fnmatch
import json
import re
import shutil
import tempfile
import urllib.parse

import hub_push
from faults import Faults
from loopback import Reply, Server, ranged
from repository import Entry, Repository

KINDS = {"models": "model", "datasets": "dataset", "spaces": "space"}


def refused(code, error, message):
    headers = {"X-Error-Message": message, **({"X-Error-Code": error} if error else {})}
    return Reply.of_json({"error": message}, code, headers)


class FakeHub:
    def __init__(self, host="127.0.0.1", certificate=None, cdn_host=None):
        """certificate: (chain file, key file) makes both servers speak TLS."""
        self.faults = Faults()
        self.hub = Server(self.handle, host, self.faults, certificate, "hub")
        self.cdn = Server(self.handle_cdn, cdn_host or host, self.faults, certificate, "cdn")
        self.repositories, self.renamed, self.violations = {}, {}, []
        self.tokens = {}           # token to {"name": …, "write": bool}
        self.page = 1000           # entries of a page of a listing
        self.part_from = None      # uploads of this size and above are asked for in parts of that size
        self.resolve_cache = False  # small files through a relative redirect, as the hub does now
        self.uploads = {}          # sha256 to the bytes that were put
        self.folder = tempfile.mkdtemp(prefix="fake-hub-")

    # What a test uses.

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.hub.close()
        self.cdn.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self):
        return self.hub.url

    @property
    def problems(self):
        return self.hub.problems + self.cdn.problems

    def model(self, name, files=None, **about):
        return self.add("model", name, files, **about)

    def dataset(self, name, files=None, **about):
        return self.add("dataset", name, files, **about)

    def add(self, kind, name, files=None, **about):
        repository = self.repositories[kind, name] = Repository(kind, name, files, **about)
        return repository

    def rename(self, before, after, kind="model"):
        self.renamed[kind, before] = after
        if (kind, before) in self.repositories:
            moved = self.repositories[kind, after] = self.repositories.pop((kind, before))
            moved.name = after

    def served(self, matching=""):
        """Bytes of files (not of listings and redirects) that left, of those whose path holds `matching`."""
        return sum(one.served for one in [*self.hub.requests, *self.cdn.requests] if one.status in (200, 206) and matching in one.path and
                   (one.server is self.cdn or "/resolve" in one.path))

    def requests(self):
        return sorted([*self.hub.requests, *self.cdn.requests], key=lambda request: request.began)

    def forget(self):
        self.hub.forget()
        self.cdn.forget()
        self.violations.clear()

    # Who asks.

    def caller(self, request):
        """None for nobody, False for a token that is not known."""
        given = request.header("authorization")
        if not given:
            return None
        return self.tokens.get(given.removeprefix("Bearer "), False)

    # The hub.

    def handle(self, request):
        caller = self.caller(request)
        if caller is False:
            return refused(401, "", "Invalid credentials in Authorization header")
        parts = [urllib.parse.unquote(part) for part in request.quoted_path.strip("/").split("/")]
        pushed = hub_push.handle(self, request, parts, caller)
        if pushed is not None:
            return pushed
        if request.method not in ("GET", "HEAD") and not (request.method == "POST" and "paths-info" in parts):
            return refused(405, "", "method not allowed")
        if parts[0] == "api":
            return self.api(request, parts[1:], caller)
        kind = KINDS.get(parts[0], "model")
        rest = parts[1:] if parts[0] in KINDS else parts
        for length in (2, 1):
            if len(rest) > length + 2 and rest[length] in ("resolve", "raw"):
                return self.resolve(request, kind, "/".join(rest[:length]), rest[length + 1], "/".join(rest[length + 2:]), caller)
        return refused(404, "", "Sorry, we can't find the page you are looking for.")

    def found(self, request, kind, name, caller):
        """The repository, or the reply that stands for it."""
        if (kind, name) in self.renamed:
            old, new = (urllib.parse.quote(one) for one in (name, self.renamed[kind, name]))
            return Reply(307, b"", {"Location": request.target.replace(f"/{old}", f"/{new}", 1)})
        repository = self.repositories.get((kind, name))
        if repository and repository.about.get("private") and not (caller and caller["name"] in (*repository.granted, name.split("/")[0])):
            repository = None
        if repository is None:
            if caller is None:
                return refused(401, "RepoNotFound", "Invalid username or password.")
            return refused(404, "RepoNotFound", "Repository not found")
        return repository

    def api(self, request, parts, caller):
        if parts == ["whoami-v2"]:
            if caller is None:
                return refused(401, "", "Invalid username or password.")
            role = "write" if caller.get("write") else "read"
            return Reply.of_json({"type": "user", "id": "1", "name": caller["name"], "fullname": caller["name"], "email": "a@example.org",
                                  "emailVerified": True, "canPay": False, "isPro": False, "orgs": [],
                                  "auth": {"type": "access_token", "accessToken": {"displayName": "t", "role": role}}})
        if parts[:1] == ["resolve-cache"] and len(parts) > 5:
            return self.resolve(request, KINDS[parts[1]], "/".join(parts[2:4]), parts[4], "/".join(parts[5:]), caller, cached=True)
        kind = KINDS.get(parts[0])
        if kind is None:
            return refused(404, "", "no such route")
        if len(parts) == 1:
            return self.search(request, kind)
        rest = parts[1:]
        length = 2 if len(rest) > 1 and rest[1] not in ("revision", "tree", "paths-info", "auth-check", "refs", "parquet") else 1
        repository = self.found(request, kind, "/".join(rest[:length]), caller)
        if isinstance(repository, Reply):
            return repository
        return self.about(request, repository, rest[length:], caller)

    def about(self, request, repository, rest, caller):
        what = rest[0] if rest else "info"
        if what == "auth-check":
            return self.closed(repository, caller) or Reply.of_json({})
        if what == "refs":
            branches = [{"name": name, "ref": f"refs/heads/{name}", "targetCommit": sha} for name, sha in repository.branches.items()]
            return Reply.of_json({"branches": branches, "tags": [], "converts": []})
        if what == "parquet":
            return Reply.of_json(self.parquet(repository))
        revision = rest[1] if len(rest) > 1 else "main"
        if not repository.sha(revision):
            return refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        if what in ("info", "revision"):
            return Reply.of_json(repository.info(revision, blobs=request.query.get("blobs") in ("true", "True", "1")))
        if what == "tree":
            return self.tree(request, repository, revision, "/".join(rest[2:]))
        if what == "paths-info":
            return self.paths(request, repository, revision)
        return refused(404, "", "no such route")

    def tree(self, request, repository, revision, below):
        number = int(base64.b64decode(request.query["cursor"]) if "cursor" in request.query else 0)
        if repository.tree:
            entries, more = repository.tree(number)
        else:
            everything = self.listing(repository, revision, below, request.query.get("recursive") in ("true", "True", "1"))
            if below and not everything:
                return refused(404, "EntryNotFound", f"{below} does not exist on \"{revision}\"")
            entries = everything[number * self.page:(number + 1) * self.page]
            more = len(everything) > (number + 1) * self.page
        headers = {}
        if more:
            query = urllib.parse.urlencode({**request.query, "cursor": base64.b64encode(str(number + 1).encode()).decode()})
            headers["Link"] = f'<{self.hub.url}{request.quoted_path}?{query}>; rel="next"'
        return Reply.of_json(entries, headers=headers)

    @staticmethod
    def listing(repository, revision, below, recursive):
        entries, folders = [], set()
        for path, entry in repository.files(revision).items():
            if below and not path.startswith(below + "/"):
                continue
            inner = path[len(below) + 1:] if below else path
            for end in (at for at, letter in enumerate(inner) if letter == "/" and at > 0):
                folder = path[:len(path) - len(inner) + end]
                if folder not in folders and (recursive or "/" not in inner[:end]):
                    folders.add(folder)
                    entries.append({"type": "directory", "oid": "0" * 40, "size": 0, "path": folder})
            if recursive or "/" not in inner:
                entries.append(entry.listed(path))
        return entries

    def paths(self, request, repository, revision):
        if request.header("content-type").startswith("application/json"):
            asked = request.json().get("paths", [])
        else:
            asked = urllib.parse.parse_qs(request.body.decode()).get("paths", [])
        files = repository.files(revision)
        return Reply.of_json([files[path].listed(path) for path in ([asked] if isinstance(asked, str) else asked) if path in files])

    def parquet(self, repository):
        found = {}
        for path in repository.files("refs/convert/parquet"):
            configuration, split, _ = path.split("/", 2)
            url = f"{self.url}/datasets/{repository.name}/resolve/refs%2Fconvert%2Fparquet/{urllib.parse.quote(path)}"
            found.setdefault(configuration, {}).setdefault(split, []).append(url)
        return found

    def search(self, request, kind):
        query, found = request.query, []
        filters = [one for key, value in urllib.parse.parse_qsl(urllib.parse.urlsplit(request.target).query)
                   if key in ("filter", "pipeline_tag") for one in value.split(",")]
        for (of, name), repository in self.repositories.items():
            info = repository.info()
            tags = {*info["tags"], info.get("pipeline_tag", ""), info.get("library_name", "")}
            words = query.get("search", "").lower().split()
            if of == kind and not info["private"] and all(word in name.lower() for word in words) and set(filters) <= tags:
                if fnmatch.fnmatch(info["author"], query.get("author", "*")):
                    found.append(info)
        found.sort(key=lambda info: info.get(query.get("sort", "downloads"), 0) or 0, reverse=query.get("direction", "-1") == "-1")
        limit, start = int(query.get("limit", 1000)), int(query.get("cursor", 0))
        headers = {}
        if len(found) > start + limit:
            more = urllib.parse.urlencode({**query, "cursor": start + limit})
            headers["Link"] = f'<{self.hub.url}{request.quoted_path}?{more}>; rel="next"'
        page = found[start:start + limit]
        if query.get("full") not in ("true", "True", "1") and not any(key.startswith("expand") for key in query):
            page = [{key: value for key, value in one.items() if key not in ("siblings", "cardData", "config", "safetensors")} for one in page]
        return Reply.of_json(page, headers=headers)

    # Files.

    def closed(self, repository, caller):
        if repository.gated and not (caller and caller["name"] in repository.granted):
            message = f"Access to {repository.kind} {repository.name} is restricted and you are not in the authorized list. " \
                      f"Visit {self.url}/{repository.name} to ask for access."
            if caller is None:
                message = f"Access to {repository.kind} {repository.name} is restricted. You must have access to it and be authenticated " \
                          "to access it. Please log in."
            return refused(401 if caller is None else 403, "GatedRepo", message)
        return None

    def resolve(self, request, kind, name, revision, path, caller, cached=False):
        repository = self.found(request, kind, name, caller)
        if isinstance(repository, Reply):
            return repository
        shut = self.closed(repository, caller)
        if shut:
            return shut
        sha = repository.sha(revision)
        if not sha:
            return refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        entry = repository.files(sha).get(path)
        if entry is None:
            return Reply(404, b"Entry not found", {"X-Repo-Commit": sha, "X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"})
        headers = {"X-Repo-Commit": sha}
        if entry.sha256:
            location = f"{self.cdn.url}/{kind}s/{name}/{entry.sha256}/{urllib.parse.quote(path)}?Expires=1&Signature=s"
            headers.update({"X-Linked-Etag": f'"{entry.sha256}"', "X-Linked-Size": str(entry.size), "Location": location,
                            "ETag": f'"pointer-{entry.oid}"', "Vary": "Origin, Accept"})
            return Reply(302, f"Found. Redirecting to {location}".encode(), headers)
        if self.resolve_cache and not cached:
            location = f"/api/resolve-cache/{kind}s/{name}/{sha}/{urllib.parse.quote(path, safe='')}?etag=%22{entry.oid}%22"
            headers.update({"Location": location, "X-Linked-Size": str(entry.size), "X-Linked-Etag": f'"{entry.oid}"'})
            return Reply(307, b"Temporary Redirect.", headers)
        headers.update({"ETag": f'"{entry.oid}"', "Content-Type": "text/plain; charset=utf-8",
                        "Content-Disposition": f"inline; filename*=UTF-8''{urllib.parse.quote(path)}"})
        return ranged(request, entry.content, headers)

    # The CDN: it gives bytes to whoever has the signed address, and wants no other credentials.

    def handle_cdn(self, request):
        if request.header("authorization"):
            self.violations.append(f"{request.method} {request.target}")
            return Reply(400, b"<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>",
                         {"Content-Type": "application/xml"})
        if request.method == "PUT":
            return hub_push.put(self, request)
        match = re.match(r"^/(\w+)s/(.+)/([0-9a-f]{64})/(.+)$", request.path)
        repository = match and self.repositories.get((match[1], match[2]))
        for commit in repository.commits.values() if repository else ():
            entry = commit["files"].get(match[4])
            if isinstance(entry, Entry) and entry.sha256 == match[3]:
                return ranged(request, entry.content, {"ETag": f'"{entry.sha256[:32]}"', "Content-Type": "application/octet-stream",
                                                       "Cache-Control": "public, max-age=604800"})
        return Reply(403, b"<Error><Code>AccessDenied</Code></Error>", {"Content-Type": "application/xml"})


def main():
    """Serves a folder of repositories by hand: fake_hub.py FOLDER (org/name/files…)."""
    import pathlib
    import sys
    import threading
    hub = FakeHub()
    root = pathlib.Path(sys.argv[1])
    for folder in root.glob("*/*"):
        files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
        hub.model(str(folder.relative_to(root)), files)
    print(json.dumps({"hub": hub.url, "cdn": hub.cdn.url, "models": [name for _, name in hub.repositories]}), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()

"""The side of the fake hub that takes: repositories made, files announced, large ones uploaded, commits.

The order is the client's: create, preupload (which files are large), LFS batch, PUT to the CDN, verify, commit as NDJSON.
"""
import base64
import hashlib
import json
import urllib.parse

from loopback import Reply
from repository import Entry, Repository

TYPES = {"models": "model", "datasets": "dataset", "spaces": "space"}


def refused(code, message):
    return Reply.of_json({"error": message}, code, {"X-Error-Message": message})


def handle(hub, request, parts, caller):
    """None when this is no request of a push."""
    if parts == ["api", "validate-yaml"]:
        return Reply.of_json({"errors": [], "warnings": []})
    if parts == ["api", "repos", "create"]:
        return writing(caller) or create(hub, request, caller)
    if len(parts) > 3 and parts[0] == "api" and parts[1] in TYPES:
        for length in (2, 1):
            action = parts[2 + length] if len(parts) > 2 + length else ""
            if action in ("preupload", "commit", "branch") and request.method == "POST":
                repository = hub.repositories.get((TYPES[parts[1]], "/".join(parts[2:2 + length])))
                if repository is None:
                    return refused(404, "Repository not found")
                return writing(caller) or {"preupload": preupload, "commit": commit, "branch": branch}[action](
                    hub, request, repository, parts[3 + length], caller)
    if ".git/info/lfs/complete/" in request.path:  # a signed address: it wants no credentials
        return large(hub, request)
    if ".git/info/lfs/" in request.path:
        return writing(caller) or large(hub, request)
    return None


def writing(caller):
    if caller is None:
        return refused(401, "Invalid username or password.")
    if not caller.get("write"):
        return refused(403, "You don't have the rights to write here: the token is read-only.")
    return None


def create(hub, request, caller):
    asked = request.json()
    kind = asked.get("type") or "model"
    name = f"{asked.get('organization') or caller['name']}/{asked['name']}" if "/" not in asked["name"] else asked["name"]
    url = f"{hub.url}/{'' if kind == 'model' else kind + 's/'}{name}"
    if (kind, name) in hub.repositories:
        return Reply.of_json({"error": "You already created this repo", "url": url}, 409)
    hub.repositories[kind, name] = Repository(kind, name, {".gitattributes": b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n"},
                                              private=asked.get("private", False))
    hub.repositories[kind, name].granted.add(caller["name"])
    return Reply.of_json({"url": url, "name": name, "id": name})


def preupload(hub, request, repository, revision, caller):
    if not repository.sha(revision):
        return refused(404, f"Invalid rev id: {revision}")
    files, there = [], repository.files(revision)
    for one in request.json()["files"]:
        base64.b64decode(one["sample"], validate=True)
        entry = Entry.of(one["path"], b"", repository.large_from)  # by its name
        mode = "lfs" if entry.sha256 or one["size"] >= repository.large_from else "regular"
        files.append({"path": one["path"], "uploadMode": mode, "shouldIgnore": False,
                      **({"oid": there[one["path"]].oid} if one["path"] in there else {})})
    return Reply.of_json({"files": files, "commitOid": repository.sha(revision)})


def large(hub, request):
    name, _, action = request.path.strip("/").partition(".git/info/lfs/")
    if action == "objects/batch":
        return batch(hub, request, name)
    if action == "verify":
        asked = request.json()
        held = hub.uploads.get(asked["oid"])
        if held is None or len(held) != asked["size"] or hashlib.sha256(held).hexdigest() != asked["oid"]:
            return refused(422, f"the upload of {asked['oid']} is not what was announced")
        return Reply.of_json({})
    if action.startswith("complete/"):
        oid, parts = action.removeprefix("complete/"), request.json()["parts"]
        hub.uploads[oid] = b"".join(hub.uploads.pop(f"{oid}/{part['partNumber']}") for part in parts)
        return Reply.of_json({"success": True})
    return refused(404, "no such route")


def batch(hub, request, name):
    asked = request.json()
    if asked.get("operation") != "upload" or asked.get("hash_algo") != "sha256" or "basic" not in asked.get("transfers", ["basic"]):
        return refused(422, f"an upload by the basic transfer was expected, got {asked}")
    held = {entry.sha256 for repository in hub.repositories.values() for one in repository.commits.values() for entry in one["files"].values()}
    objects, transfer = [], "basic"
    for one in asked["objects"]:
        oid, size = one["oid"], one["size"]
        answer = {"oid": oid, "size": size, "authenticated": True}
        if oid not in held and oid not in hub.uploads:
            parts = hub.part_from and size >= hub.part_from and "multipart" in asked["transfers"]
            upload = {"href": f"{hub.cdn.url}/upload/{oid}?X-Amz-Signature=s"}
            if parts:
                transfer = "multipart"
                count = -(-size // hub.part_from)
                upload = {"href": f"{hub.url}/{name}.git/info/lfs/complete/{oid}",
                          "header": {"chunk_size": str(hub.part_from),
                                     **{str(i): f"{hub.cdn.url}/upload/{oid}/{i}?X-Amz-Signature=s" for i in range(1, count + 1)}}}
            answer["actions"] = {"upload": upload, "verify": {"href": f"{hub.url}/{name}.git/info/lfs/verify"}}
        objects.append(answer)
    return Reply.of_json({"transfer": transfer, "objects": objects}, headers={"Content-Type": "application/vnd.git-lfs+json"})


def put(hub, request):
    """At the CDN."""
    key = urllib.parse.unquote(request.path.removeprefix("/upload/"))
    hub.uploads[key] = request.body
    return Reply(200, b"", {"ETag": f'"{hashlib.md5(request.body).hexdigest()}"'})


def branch(hub, request, repository, name, caller):
    if name in repository.branches:
        return refused(409, "Reference already exists")
    repository.branches[name] = repository.sha("main")
    return Reply.of_json({})


def commit(hub, request, repository, revision, caller):
    if revision not in repository.branches:
        return refused(404, f"Invalid rev id: {revision}")
    if not request.header("content-type").startswith("application/x-ndjson"):
        return refused(400, f"application/x-ndjson was expected, got {request.header('content-type')}")
    files, gone, message = {}, [], ""
    for line in request.body.decode().splitlines():
        item = json.loads(line)
        key, value = item["key"], item["value"]
        if key == "header":
            message = value["summary"]
            if value.get("parentCommit") not in (None, repository.branches[revision]):
                return refused(412, "A commit has happened since. Please refresh and try again.")
        elif key == "file":
            files[value["path"]] = base64.b64decode(value["content"], validate=True)
        elif key == "lfsFile":
            oid = value["oid"]
            held = hub.uploads.get(oid)
            known = [entry for one in repository.commits.values() for entry in one["files"].values() if entry.sha256 == oid]
            if held is None and not known:
                return refused(422, f"LFS pointer pointed to a file that does not exist: {oid}")
            files[value["path"]] = Entry.large(held, len(held), oid) if held is not None else known[0]
        elif key == "deletedFile":
            gone.append(value["path"])
        elif key == "deletedFolder":
            gone += [path for path in repository.files(revision) if path.startswith(value["path"].rstrip("/") + "/")]
        else:
            return refused(400, f"unknown operation {key}")
    if not message:
        return refused(400, "the commit has no summary")
    sha = repository.commit(files, revision, delete=gone, message=message)
    prefix = "" if repository.kind == "model" else repository.kind + "s/"
    return Reply.of_json({"success": True, "commitOid": sha, "commitUrl": f"{hub.url}/{prefix}{repository.name}/commit/{sha}",
                          "hookOutput": ""})

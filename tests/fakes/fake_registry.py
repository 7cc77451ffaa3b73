"""An Ollama registry on loopback, with a CDN on another address: manifests, blobs, tokens, pushes; honest unless its faults say otherwise.

    with FakeRegistry() as registry:
        registry.model("library/tiny:latest", {"model": pathlib.Path("tiny.gguf"), "template": b"{{ .Prompt }}"})
        … ollama pull --insecure {registry.hub.authority}/library/tiny …

It is the distribution protocol (OCI) with Ollama's media types and its key-signed tokens; tests/clients runs the real program against it.
The CDN has another host name, as in life: Ollama asks for the address of the bytes by a redirect that leaves the registry's host.
"""
import base64
import hashlib
import json
import re
import urllib.parse
import uuid

from faults import Faults
from loopback import Part, Reply, Server, ranged
from repository import Sparse, file_sha256

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.ollama.image."
NAME = r"/v2/(?P<name>[\w.-]+/[\w.-]+)"


def refused(code, error, message):
    return Reply.of_json({"errors": [{"code": error, "message": message}]}, code)


class FakeRegistry:
    def __init__(self, host="127.0.0.1", cdn_host="127.0.0.2", certificate=None):
        self.faults = Faults()
        self.registry = Server(self.handle, host, self.faults, certificate, "registry")
        self.cdn = Server(self.handle_cdn, cdn_host, self.faults, certificate, "cdn")
        self.manifests, self.blobs = {}, {}       # "library/tiny:latest" to bytes; "sha256:…" to bytes or Part
        self.uploads, self.violations = {}, []
        self.tokens, self.keys = set(), []        # that were given; public keys that asked
        self.authenticate = False                 # pulls need a token
        self.authenticate_pushes = True
        self.realm = f"{self.registry.url}/token"
        self.redirect = True                      # blobs come from the CDN
        self.redirect_uploads = False             # parts of an upload go to the CDN

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.registry.close()
        self.cdn.close()

    @property
    def url(self):
        return self.registry.url

    @property
    def authority(self):
        return self.registry.authority

    @property
    def problems(self):
        return self.registry.problems + self.cdn.problems

    def served(self, matching=""):
        """Bytes of blobs that left."""
        return sum(one.served for one in self.requests() if "/blobs/" in one.path and one.method == "GET" and matching in one.path)

    def requests(self):
        return sorted([*self.registry.requests, *self.cdn.requests], key=lambda request: request.began)

    def forget(self):
        self.registry.forget()
        self.cdn.forget()
        self.violations.clear()

    # What it holds.

    def blob(self, given):
        """Takes bytes, a path or Sparse; returns digest and size."""
        if isinstance(given, Sparse):
            digest, content = "sha256:" + given.sha256, Part(given.path, 0, given.size)
        elif isinstance(given, bytes):
            digest, content = "sha256:" + hashlib.sha256(given).hexdigest(), given
        else:
            digest, content = "sha256:" + file_sha256(given), Part(given)
        self.blobs[digest] = content
        return digest, len(content)

    def model(self, name, layers, config=None):
        """layers: "model", "template", "system", "params", "license", "projector" … to contents, lists for several. Returns the manifest."""
        listed = []
        for kind, given in layers.items():
            for one in given if isinstance(given, list) else [given]:
                digest, size = self.blob(one)
                listed.append({"mediaType": LAYER + kind, "digest": digest, "size": size})
        about = {"model_format": "gguf", "model_family": "llama", "model_families": ["llama"], "model_type": "135M", "file_type": "F32",
                 "architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [one["digest"] for one in listed]}}
        digest, size = self.blob(json.dumps({**about, **(config or {})}).encode())
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": CONFIG, "digest": digest, "size": size},
                    "layers": listed}
        self.manifests[name if ":" in name else name + ":latest"] = json.dumps(manifest).encode()
        return manifest

    # The registry.

    def handle(self, request):
        if request.path == "/token":
            return self.token(request)
        if request.path.rstrip("/") == "/v2":
            return Reply.of_json({})
        for pattern, answer in ((NAME + r"/manifests/(?P<tag>.+)$", self.manifest), (NAME + r"/blobs/uploads/?(?P<id>[\w-]*)$", self.upload),
                                (NAME + r"/blobs/(?P<digest>[^/]+)$", self.blob_of)):
            match = re.match(pattern, request.path)
            if match:
                return self.shut(request, match["name"]) or answer(request, **match.groupdict())
        return refused(404, "NAME_UNKNOWN", "repository name not known to registry")

    def shut(self, request, name):
        pulls = request.method in ("GET", "HEAD") and "/uploads" not in request.path
        if not (self.authenticate if pulls else self.authenticate_pushes):
            return None
        if request.header("authorization").removeprefix("Bearer ") in self.tokens:
            return None
        scope = f"repository:{name}:{'pull' if pulls else 'pull,push'}"
        challenge = f'Bearer realm="{self.realm}",service="{self.registry.authority}",scope="{scope}"'
        reply = refused(401, "UNAUTHORIZED", "authentication required")
        reply.headers["WWW-Authenticate"] = challenge
        return reply

    def token(self, request):
        """Ollama signs its request with its key: "Authorization: <public key>:<signature>". A pull without a key is anonymous."""
        given = request.header("authorization")
        if given:
            key, _, signature = given.partition(":")
            if b"ssh-ed25519" not in base64.b64decode(key) or len(base64.b64decode(signature)) != 64:
                return refused(401, "UNAUTHORIZED", "a key and its signature were expected")
            self.keys.append(key)
        elif "push" in request.query.get("scope", ""):
            return refused(401, "UNAUTHORIZED", "pushing needs a key")
        token = uuid.uuid4().hex
        self.tokens.add(token)
        return Reply.of_json({"token": token, "access_token": token, "expires_in": 300})

    def manifest(self, request, name, tag):
        key = f"{name}:{tag}"
        if request.method == "PUT":
            return self.take_manifest(request, key)
        content = self.manifests.get(key)
        if content is None:
            return refused(404, "MANIFEST_UNKNOWN", "manifest unknown")
        return Reply(200, content, {"Content-Type": MANIFEST, "Docker-Content-Digest": "sha256:" + hashlib.sha256(content).hexdigest()})

    def take_manifest(self, request, key):
        manifest = request.json()
        for layer in (manifest["config"], *manifest["layers"]):
            if layer["digest"] not in self.blobs or len(self.blobs[layer["digest"]]) != layer["size"]:
                return refused(400, "MANIFEST_BLOB_UNKNOWN", f"blob unknown: {layer['digest']}")
        self.manifests[key] = request.body
        return Reply(201, b"", {"Docker-Content-Digest": "sha256:" + hashlib.sha256(request.body).hexdigest()})

    def blob_of(self, request, name, digest):
        content = self.blobs.get(digest)
        if content is None:
            return refused(404, "BLOB_UNKNOWN", "blob unknown to registry")
        headers = {"Docker-Content-Digest": digest, "Content-Type": "application/octet-stream"}
        if request.method == "HEAD" or not self.redirect:
            return ranged(request, content, headers)
        return Reply(307, b"", {**headers, "Location": f"{self.cdn.url}/blobs/{digest}?X-Amz-Signature=s"})

    def upload(self, request, name, id):
        here = f"{self.url}/v2/{name}/blobs/uploads/"
        if request.method == "POST":
            if request.query.get("mount") in self.blobs:
                return Reply(201)
            id = str(uuid.uuid4())
            self.uploads[id] = bytearray()
            return Reply(202, b"", {"Location": here + id, "Range": "0-0"})
        if id not in self.uploads:
            return refused(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        if request.method == "PATCH":
            first = int(request.header("content-range", "0-").partition("-")[0])
            if self.redirect_uploads and request.header("x-redirect-uploads"):
                return Reply(307, b"", {"Location": f"{self.cdn.url}/upload/{id}/{first}", "Docker-Upload-Location": here + id})
            return self.piece(request, id, first) or Reply(202, b"", {"Location": here + id})
        if request.method == "PUT":
            self.uploads[id] += request.body
            digest = request.query.get("digest", "")
            held = bytes(self.uploads.pop(id))
            if "sha256:" + hashlib.sha256(held).hexdigest() != digest:
                return refused(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
            self.blobs[digest] = held
            return Reply(201, b"", {"Docker-Content-Digest": digest})
        return refused(405, "UNSUPPORTED", "the operation is unsupported")

    def piece(self, request, id, first):
        held = self.uploads[id]
        if len(held) < first:
            held.extend(bytes(first - len(held)))
        held[first:first + len(request.body)] = request.body

    # The CDN.

    def handle_cdn(self, request):
        if request.header("authorization"):
            self.violations.append(f"{request.method} {request.target}")
            return Reply(400, b"<Error><Message>Only one auth mechanism allowed</Message></Error>")
        if request.path == "/token":
            self.violations.append(f"a token was asked of another host: {request.target}")
            return Reply.of_json({"token": "stolen"})
        if request.path.startswith("/upload/"):
            _, _, id, first = request.path.split("/")
            self.piece(request, id, int(first))
            return Reply(200, b"", {"ETag": f'"{hashlib.md5(request.body).hexdigest()}"'})
        digest = urllib.parse.unquote(request.path.removeprefix("/blobs/"))
        if digest in self.blobs:
            return ranged(request, self.blobs[digest], {"Content-Type": "application/octet-stream"})
        return Reply(404, b"<Error><Code>NoSuchKey</Code></Error>")

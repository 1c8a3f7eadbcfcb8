"""Every endpoint that the pinned `huggingface_hub` and `datasets` clients are seen calling, and no other.

An endpoint takes the Hub, the request and the parts of its path, and gives an answer. A request that no line of
`ENDPOINTS` matches is answered 404 and kept in `LocalHub.unknown`, which the tests hold to be empty.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from hub.repositories import LARGE_SUFFIXES, Commit, File, Repository

if TYPE_CHECKING:
    from hub.server import LocalHub


@dataclass
class Request:
    """A request whose body has been read."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    token: str | None

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    def query(self, name: str) -> str | None:
        return parse_qs(urlsplit(self.target).query).get(name, [None])[0]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """Status, body and headers; a body that is no bytes is sent as JSON."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> tuple[bytes, str]:
        if isinstance(self.body, bytes):
            return self.body, "application/octet-stream"
        return json.dumps(self.body).encode(), "application/json"


class RefusedError(Exception):
    """The answer is an error of the kind that the clients tell apart by X-Error-Code."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        headers = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})
        self.answer = Answer(status, {"error": message}, headers)


def agent_harnesses(hub: "LocalHub", request: Request) -> Answer:
    return Answer(200, {"standardEnvVars": [], "harnesses": {}})


def create_repo(hub: "LocalHub", request: Request) -> Answer:
    asked = request.json()
    hub.check_write(request, asked["organization"])
    kind, name = asked.get("type", "model"), f"{asked['organization']}/{asked['name']}"
    key = model_key(name) if kind == "model" else name
    if key in hub.repositories:
        return Answer(409, {"error": f"You already created this {kind} repo", "url": _page(hub, key)})
    hub.repositories[key] = Repository(private=asked.get("visibility") == "private")
    return Answer(200, {"url": _page(hub, key), "name": name})


def repo_info(hub: "LocalHub", request: Request, name: str, revision: str = "main") -> Answer:
    repository = hub.readable(request, name)
    oid, commit = _commit(repository, revision)
    siblings = [{"rfilename": path} for path in sorted(commit.files)]
    return Answer(
        200,
        {
            "id": name.removeprefix(_MODELS),
            "sha": oid,
            "private": repository.private,
            "siblings": siblings,
            "tags": [],
            "gated": False,
        },
    )


def refs(hub: "LocalHub", request: Request, name: str) -> Answer:
    repository = hub.readable(request, name)

    def listed(kind: str, pointers: dict[str, str]) -> list[dict[str, str]]:
        return [{"name": ref, "ref": f"refs/{kind}/{ref}", "targetCommit": oid} for ref, oid in pointers.items()]

    tags, branches = listed("tags", repository.tags), listed("heads", repository.branches)
    return Answer(200, {"branches": branches, "converts": [], "tags": tags})


def tree(hub: "LocalHub", request: Request, name: str, revision: str, folder: str = "") -> Answer:
    _, commit = _commit(hub.readable(request, name), revision)
    prefix = f"{folder}/" if folder else ""
    below = {path: file for path, file in commit.files.items() if path.startswith(prefix)}
    if folder and not below:
        raise RefusedError(404, f"{folder} does not exist", "EntryNotFound")
    recursive = request.query("recursive") in ("true", "True", "1")
    direct = {path for path in below if "/" not in path.removeprefix(prefix)}
    files = [_entry(path, file) for path, file in sorted(below.items()) if recursive or path in direct]
    folders = {prefix + path.removeprefix(prefix).partition("/")[0] for path in below if path not in direct}
    return Answer(200, [*map(_folder, sorted(folders)), *files])


def preupload(hub: "LocalHub", request: Request, name: str, revision: str) -> Answer:
    hub.check_write(request, _organization(name), pull_request=request.query("create_pr") == "1")
    _, commit = _commit(hub.readable(request, name), revision)
    files = []
    for asked in request.json()["files"]:
        path = asked["path"]
        mode = "lfs" if path.endswith(LARGE_SUFFIXES) else "regular"
        present = commit.files.get(path)
        oid = {"oid": present.etag} if present else {}
        files.append({"path": path, "uploadMode": mode, "shouldIgnore": path in hub.ignored} | oid)
    return Answer(200, {"files": files})


def lfs_batch(hub: "LocalHub", request: Request, name: str) -> Answer:
    hub.readable(request, name)
    objects = []
    for asked in request.json()["objects"]:
        oid = asked["oid"]
        actions = {"upload": {"href": f"{hub.url}/lfs/{oid}"}, "verify": {"href": f"{hub.url}/lfs/{oid}/verify"}}
        objects.append({**asked} if oid in hub.large_files else {**asked, "actions": actions})
    return Answer(200, {"transfer": "basic", "objects": objects})


def lfs_upload(hub: "LocalHub", request: Request, oid: str) -> Answer:
    if hashlib.sha256(request.body).hexdigest() != oid:
        raise RefusedError(400, "the content is not what the oid says")
    hub.large_files[oid] = request.body
    return Answer(200)


def lfs_verify(hub: "LocalHub", request: Request, oid: str) -> Answer:
    if len(hub.large_files.get(oid, b"")) != request.json()["size"]:
        raise RefusedError(404, "no such object")
    return Answer(200, {})


def validate_yaml(hub: "LocalHub", request: Request) -> Answer:
    valid = request.json()["content"].startswith("---\n")
    return Answer(200 if valid else 400, {"errors": [] if valid else [{"message": "no metadata"}], "warnings": []})


def commit(hub: "LocalHub", request: Request, name: str, revision: str) -> Answer:
    create_pr = request.query("create_pr") == "1"
    hub.check_write(request, _organization(name), pull_request=create_pr)
    repository = hub.readable(request, name)
    head, base = _commit(repository, revision)
    lines = [json.loads(line) for line in request.body.splitlines()]
    header = lines[0]["value"]
    if header.get("parentCommit") not in (None, head):
        raise RefusedError(412, "a commit has happened since")
    files = dict(base.files)
    for line in lines[1:]:
        _apply(hub, files, line["key"], line["value"])
    oid = repository.add(head, header, files)
    answer = {"commitUrl": f"{_page(hub, name)}/commit/{oid}", "commitOid": oid}
    if create_pr:
        number = len(repository.pull_requests) + 1
        repository.pull_requests[f"refs/pr/{number}"] = oid
        return Answer(200, answer | {"pullRequestUrl": f"{_page(hub, name)}/discussions/{number}"})
    repository.branches[revision] = oid
    return Answer(200, answer)


def create_tag(hub: "LocalHub", request: Request, name: str, revision: str) -> Answer:
    hub.check_write(request, _organization(name))
    repository = hub.readable(request, name)
    tag = request.json()["tag"]
    if tag in repository.tags:
        raise RefusedError(409, "Tag reference exists already")
    repository.tags[tag] = _commit(repository, revision)[0]
    return Answer(200, {})


def resolve(hub: "LocalHub", request: Request, name: str, revision: str, path: str) -> Answer:
    oid, found = _commit(hub.readable(request, name), revision)
    file = found.files.get(path)
    if file is None:
        raise RefusedError(404, "Entry not found", "EntryNotFound")
    content = file.content if file.content is not None else hub.large_files[file.sha256 or ""]
    headers = {"ETag": f'"{file.etag}"', "X-Repo-Commit": oid, "Accept-Ranges": "bytes"}
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if wanted is None:
        return Answer(200, content, headers)
    first, last = int(wanted[1]), min(int(wanted[2] or len(content) - 1), len(content) - 1)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Answer(206, content[first : last + 1], headers)


def model_key(name: str) -> str:
    """By which `LocalHub.repositories` has a model, whose name may be that of a dataset."""
    return _MODELS + name


def _of_model(endpoint: Callable[..., Answer]) -> Callable[..., Answer]:
    """The endpoint of a dataset, for a model."""
    return lambda hub, request, name, *rest: endpoint(hub, request, model_key(name), *rest)


_MODELS = "models/"
_REPO = r"([\w.-]+/[\w.-]+)"
_REVISION = r"([^/]+)"
_OID = r"([0-9a-f]{64})"

#: Method, path, endpoint. Which client calls it, and what for, stands beside it.
ENDPOINTS: list[tuple[str, str, Callable[..., Answer]]] = [
    # any first call: the client asks which programs it may be running under
    ("GET", "/api/agent-harnesses", agent_harnesses),
    # HfApi.create_repo
    ("POST", "/api/repos/create", create_repo),
    # HfApi.repo_info; datasets and arith_synth.load_dataset ask for a revision
    ("GET", f"/api/datasets/{_REPO}", repo_info),
    ("GET", f"/api/datasets/{_REPO}/revision/{_REVISION}", repo_info),
    # HfApi.list_repo_refs
    ("GET", f"/api/datasets/{_REPO}/refs", refs),
    # HfApi.list_repo_tree; HfFileSystem lists a folder while datasets resolves data files
    ("GET", f"/api/datasets/{_REPO}/tree/{_REVISION}", tree),
    ("GET", f"/api/datasets/{_REPO}/tree/{_REVISION}/(.+)", tree),
    # HfApi.preupload_lfs_files: which files are large, then the large-file protocol with its "basic" transfer
    ("POST", f"/api/datasets/{_REPO}/preupload/{_REVISION}", preupload),
    ("POST", rf"/datasets/{_REPO}\.git/info/lfs/objects/batch", lfs_batch),
    ("PUT", f"/lfs/{_OID}", lfs_upload),
    ("POST", f"/lfs/{_OID}/verify", lfs_verify),
    # HfApi.create_commit, which has README.md's metadata validated first
    ("POST", "/api/validate-yaml", validate_yaml),
    ("POST", f"/api/datasets/{_REPO}/commit/{_REVISION}", commit),
    # HfApi.create_tag
    ("POST", f"/api/datasets/{_REPO}/tag/{_REVISION}", create_tag),
    # hf_hub_download (HEAD, GET) and HfFileSystem (GET with Range, when streaming)
    ("HEAD", f"/datasets/{_REPO}/resolve/{_REVISION}/(.+)", resolve),
    ("GET", f"/datasets/{_REPO}/resolve/{_REVISION}/(.+)", resolve),
]

#: The same for models, beside what has no dataset in its path.
MODEL_ENDPOINTS: list[tuple[str, str, Callable[..., Answer]]] = [
    # snapshot_download, which `arith-synth eval` calls; AutoTokenizer looks at what kind of model it is
    ("GET", f"/api/models/{_REPO}", _of_model(repo_info)),
    ("GET", f"/api/models/{_REPO}/revision/{_REVISION}", _of_model(repo_info)),
    # AutoTokenizer looks for a folder of chat templates
    ("GET", f"/api/models/{_REPO}/tree/{_REVISION}", _of_model(tree)),
    ("GET", f"/api/models/{_REPO}/tree/{_REVISION}/(.+)", _of_model(tree)),
    # push_to_hub
    ("POST", f"/api/models/{_REPO}/preupload/{_REVISION}", _of_model(preupload)),
    ("POST", rf"/{_REPO}\.git/info/lfs/objects/batch", _of_model(lfs_batch)),
    ("POST", f"/api/models/{_REPO}/commit/{_REVISION}", _of_model(commit)),
    # from_pretrained
    ("HEAD", f"/{_REPO}/resolve/{_REVISION}/(.+)", _of_model(resolve)),
    ("GET", f"/{_REPO}/resolve/{_REVISION}/(.+)", _of_model(resolve)),
]


def answer(hub: "LocalHub", request: Request) -> Answer | None:
    """The answer of the endpoint that the request names; None when there is no such endpoint."""
    for method, path, endpoint in [*ENDPOINTS, *MODEL_ENDPOINTS]:
        match = re.fullmatch(path, request.path)
        if method == request.method and match is not None:
            hub.called.add((method, path))
            try:
                return endpoint(hub, request, *map(unquote, match.groups()))
            except RefusedError as refused:
                return refused.answer
    return None


def _commit(repository: Repository, revision: str) -> tuple[str, Commit]:
    found = repository.commit_of(revision)
    if found is None:
        raise RefusedError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    return found


def _organization(key: str) -> str:
    return key.removeprefix(_MODELS).partition("/")[0]


def _page(hub: "LocalHub", key: str) -> str:
    """The address of a repository for people."""
    return f"{hub.url}/{key.removeprefix(_MODELS)}" if key.startswith(_MODELS) else f"{hub.url}/datasets/{key}"


def _entry(path: str, file: File) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "file", "oid": file.blob_id, "size": file.size, "path": path}
    if file.sha256 is not None:
        entry["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": 130}
    return entry


def _folder(path: str) -> dict[str, Any]:
    return {"type": "directory", "oid": "0" * 40, "size": 0, "path": path}


def _apply(hub: "LocalHub", files: dict[str, File], key: str, value: dict[str, Any]) -> None:
    path = value["path"]
    if key == "file":
        content = base64.b64decode(value["content"])
        files[path] = File(content, len(content))
    elif key == "lfsFile":
        if value["oid"] not in hub.large_files:
            raise RefusedError(400, f"the large file {path} has not been uploaded")
        files[path] = File(None, value["size"], value["oid"])
    elif key == "deletedFile":
        del files[path]
    else:
        raise RefusedError(400, f"unknown operation {key}")

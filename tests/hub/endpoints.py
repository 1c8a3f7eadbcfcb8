"""Every endpoint that the pinned `huggingface_hub` and `datasets` clients are seen calling, and no other.

An endpoint takes the Hub, the request and the parts of its path, and gives an answer; `hub.routes` says which answers
what. A request that none matches is kept in `LocalHub.unknown`, which the tests hold to be empty.
"""

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from hub.messages import Answer, RefusedError, Request
from hub.repositories import LARGE_SUFFIXES, Commit, File, Repository

if TYPE_CHECKING:
    from hub.server import LocalHub

_MODELS = "models/"


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

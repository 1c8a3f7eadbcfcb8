"""Which request goes to which endpoint. What no line here matches is answered 404, and kept in `LocalHub.unknown`."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from hub.endpoints import (
    agent_harnesses,
    commit,
    create_repo,
    create_tag,
    lfs_batch,
    lfs_upload,
    lfs_verify,
    model_key,
    preupload,
    refs,
    repo_info,
    resolve,
    tree,
    validate_yaml,
)
from hub.messages import Answer, RefusedError, Request
from hub.pull_requests import merge

if TYPE_CHECKING:
    from hub.server import LocalHub


def _of_model(endpoint: Callable[..., Answer]) -> Callable[..., Answer]:
    """The endpoint of a dataset, for a model."""
    return lambda hub, request, name, *rest: endpoint(hub, request, model_key(name), *rest)


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

#: What is done with a submission: HfApi.merge_pull_request.
PULL_REQUEST_ENDPOINTS: list[tuple[str, str, Callable[..., Answer]]] = [
    ("POST", f"/api/datasets/{_REPO}/discussions/([0-9]+)/merge", merge),
]


def answer(hub: "LocalHub", request: Request) -> Answer | None:
    """The answer of the endpoint that the request names; None when there is no such endpoint."""
    for method, path, endpoint in [*ENDPOINTS, *MODEL_ENDPOINTS, *PULL_REQUEST_ENDPOINTS]:
        match = re.fullmatch(path, request.path)
        if method == request.method and match is not None:
            hub.called.add((method, path))
            try:
                return endpoint(hub, request, *map(unquote, match.groups()))
            except RefusedError as refused:
                return refused.answer
    return None

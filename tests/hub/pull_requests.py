"""What the receiving side does with a pull request."""

from typing import TYPE_CHECKING

from hub.messages import Answer, RefusedError, Request

if TYPE_CHECKING:
    from hub.server import LocalHub


def merge(hub: "LocalHub", request: Request, name: str, number: str) -> Answer:
    """Put the files that a pull request has added or changed on the main branch, beside what came there since."""
    hub.check_write(request, name.partition("/")[0])
    repository = hub.readable(request, name)
    asked = repository.pull_requests.get(f"refs/pr/{number}")
    if asked is None:
        raise RefusedError(404, "Discussion not found")
    proposed = repository.commits[asked]
    before = repository.commits[proposed.parent].files if proposed.parent is not None else {}
    changed = {path: file for path, file in proposed.files.items() if before.get(path) != file}
    head = repository.branches["main"]
    files = repository.commits[head].files | changed
    repository.branches["main"] = repository.add(head, {"summary": f"Merge {proposed.summary}"}, files)
    return Answer(200, {})

"""What the local Hub holds: repositories of commits, and the large files, by their SHA-256."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

#: A new repository of the Hub holds one file; what it names goes to large-file storage.
LARGE_SUFFIXES = (".parquet", ".npz", ".safetensors")
GITATTRIBUTES = b"".join(b"*%s filter=lfs diff=lfs merge=lfs -text\n" % suffix.encode() for suffix in LARGE_SUFFIXES)


@dataclass(frozen=True)
class File:
    """A file of a commit: its bytes, or the SHA-256 under which large-file storage has them."""

    content: bytes | None
    size: int
    sha256: str | None = None

    @property
    def blob_id(self) -> str:
        content = self.content
        if content is None:
            content = (
                f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {self.size}\n".encode()
            )
        return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()

    @property
    def etag(self) -> str:
        return self.sha256 or self.blob_id


@dataclass(frozen=True)
class Commit:
    """A commit and all its files by path."""

    parent: str | None
    summary: str
    files: dict[str, File]

    @property
    def oid(self) -> str:
        described = [self.parent, self.summary, {path: file.blob_id for path, file in sorted(self.files.items())}]
        return hashlib.sha1(json.dumps(described).encode(), usedforsecurity=False).hexdigest()


@dataclass
class Repository:
    """A repository: its commits and where its branches, tags and pull requests point."""

    private: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    pull_requests: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first = Commit(None, "initial commit", {".gitattributes": File(GITATTRIBUTES, len(GITATTRIBUTES))})
        self.commits[first.oid] = first
        self.branches["main"] = first.oid

    def commit_of(self, revision: str) -> tuple[str, Commit] | None:
        """The commit that a branch, tag, pull request or commit id names; None when it names none."""
        oid = self.branches.get(revision) or self.tags.get(revision) or self.pull_requests.get(revision) or revision
        return (oid, self.commits[oid]) if oid in self.commits else None

    def add(self, parent: str, header: dict[str, Any], files: dict[str, File]) -> str:
        commit = Commit(parent, header["summary"], files)
        self.commits[commit.oid] = commit
        return commit.oid

"""The files of a published version, in the client's cache, checked against the version's `checksums.json`."""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from huggingface_hub import constants
from huggingface_hub.errors import LocalEntryNotFoundError

from arith_synth.data.checksums import file_sha256
from arith_synth.data.folder import BUILD_FILE, CHECKSUMS_FILE
from arith_synth.data.hub.calls import Hub
from arith_synth.errors import HubError

_FIRST_ANSWER_S = 10


@dataclass(frozen=True, kw_only=True)
class Version:
    """A published version: the Hub, the tag, and whether the cache has to do because the Hub cannot be reached."""

    hub: Hub
    revision: str
    from_cache: bool

    def build(self) -> dict[str, Any] | None:
        """Its parsed `build.json`; None when the Hub cannot be reached and the cache does not have it."""
        try:
            return self._json(BUILD_FILE, again=False)
        except _NotCachedError:
            return None

    def files(self, config: str, splits: Sequence[str]) -> dict[str, list[Path]]:
        """The Parquet files of splits of a config by split, in order, each with the bytes that were published.

        A file that came damaged is asked for once more. Raises HubError when it is damaged again, or missing where the
        Hub cannot be reached.
        """
        try:
            files, damaged = self._checked(config, splits, again=frozenset())
            if damaged and not self.from_cache:
                files, damaged = self._checked(config, splits, again=frozenset({CHECKSUMS_FILE, *damaged}))
        except _NotCachedError:
            raise HubError(
                f"{self.hub.repo} cannot be reached, and config {config} is not all in the cache; connect and run again"
            ) from None
        if damaged:
            raise self._damaged(damaged[0], f"its bytes are not those of {CHECKSUMS_FILE}")
        return files

    def _checked(
        self, config: str, splits: Sequence[str], again: frozenset[str]
    ) -> tuple[dict[str, list[Path]], list[str]]:
        """The files by split, and the names of those that are not what they should be."""
        expected = self._json(CHECKSUMS_FILE, again=CHECKSUMS_FILE in again)["files"]
        names = {split: sorted(name for name in expected if name.startswith(f"{config}/{split}-")) for split in splits}
        files = {
            split: [self._downloaded(name, again=name in again) for name in of_split]
            for split, of_split in names.items()
        }
        damaged = [
            name
            for split, of_split in names.items()
            for name, path in zip(of_split, files[split], strict=True)
            if file_sha256(path) != expected[name]["sha256"]
        ]
        return files, damaged

    def _json(self, name: str, *, again: bool) -> dict[str, Any]:
        """A parsed JSON file; downloaded once more when it came as something else."""
        try:
            return json.loads(self._downloaded(name, again=again).read_bytes())
        except ValueError:
            if again or self.from_cache:
                raise self._damaged(name, "it is not JSON") from None
            return self._json(name, again=True)

    def _downloaded(self, name: str, *, again: bool) -> Path:
        """The file in the cache, of the size that the Hub says; from the Hub in any case when `again`."""

        def question() -> str | None:
            try:
                return self.hub.api.hf_hub_download(
                    self.hub.repo,
                    name,
                    repo_type="dataset",
                    revision=self.revision,
                    force_download=again,
                    local_files_only=self.from_cache,
                )
            except LocalEntryNotFoundError:
                if self.from_cache:
                    raise _NotCachedError(name) from None
                raise
            except OSError as error:
                if type(error) is OSError and error.errno is None:  # how the client says that the size is another
                    return None
                raise

        path = self.hub.ask(f"loading {self.hub.repo}", question, n_tries=1)  # the client tries again by itself
        if path is not None:
            return Path(path)
        if again:
            raise self._damaged(name, "it has another size than the Hub says")
        return self._downloaded(name, again=True)

    def _damaged(self, name: str, reason: str) -> HubError:
        return HubError(
            f"{name} of {self.hub.repo} came damaged: {reason}; load it again later, or from another network"
        )


class _NotCachedError(Exception):
    """The cache lacks a file, and there is no other place to have it from."""


def is_published(repo: str, revision: str) -> bool | None:
    """Whether the Hub has this version; None when it cannot be reached.

    Asked once and briefly: the clients themselves would try again for half a minute where there is no network.
    """
    if constants.HF_HUB_OFFLINE:
        return None
    address = f"{constants.ENDPOINT}/api/datasets/{repo}/revision/{quote(revision, safe='')}"
    try:
        with urllib.request.urlopen(address, timeout=_FIRST_ANSWER_S):
            return True
    except urllib.error.HTTPError as error:
        return error.code not in (401, 403, 404)  # else it is there, but out of order: the client tells how
    except OSError:
        return None

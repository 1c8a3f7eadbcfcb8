"""A running Hub, the clients of this process turned to it, and a small real dataset to publish."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import datasets
import huggingface_hub
import pytest
from hub.server import REPO, WRITER, LocalHub, local_hub

from arith_synth.data.publishing import Published, publish


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    with local_hub() as running:
        yield running
    assert running.unknown == [], "the clients called what tests/hub/endpoints.py does not list"


@pytest.fixture
def client(hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """The Hub, with this process's clients turned to it, logged in with a token that may write, their caches empty."""
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", hub.url)
    monkeypatch.setattr(
        huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "datasets-cache")
    monkeypatch.setenv("HF_TOKEN", WRITER)
    yield hub
    huggingface_hub.close_session()


@pytest.fixture
def folder(small_dataset: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return shutil.copytree(small_dataset, tmp_path / "arith-synth")


@pytest.fixture
def publish_folder(client: LocalHub, folder: Path) -> Callable[..., Published]:
    """Publish the folder as REPO; the audit passes, as these tests are about what comes after it."""

    def published(**options) -> Published:
        return publish(folder, REPO, **{"audit": lambda path, progress: []} | options)

    return published


@pytest.fixture
def environment(hub: LocalHub, tmp_path: Path) -> dict[str, str]:
    """Variables for a process of its own, whose clients talk with the Hub and have empty caches."""
    return {
        **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
        "HOME": str(tmp_path),
        "HF_ENDPOINT": hub.url,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str(tmp_path / "home"),
        "HF_TOKEN": WRITER,
    }

"""Every test has a cache of its own, so that none sees what another packed or measured."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUGMENTOR_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def one_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Measure the sources of a file's runs once; let no library ask the network meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENTOR_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
        yield


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the small corpus's recordings in ``wav``; nobody writes into it."""
    from sound_corpus import write_recordings

    folder = tmp_path_factory.mktemp("corpus")
    write_recordings(folder / "wav")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the recipe of a small project."""
    from project import make_project

    return make_project(tmp_path)

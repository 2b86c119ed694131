"""Fetch the Debian packages that hold the demo's real speech and noise, without root."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.pool import ThreadPool
from pathlib import Path

LANGUAGES = ("en", "es", "fr", "it", "ru")
NOISE_PACKAGE = "openttd-opensfx"
PACKAGES = (
    *(
        f"asterisk-core-sounds-{lang}{coding}"
        for lang in LANGUAGES
        for coding in ("", "-g722", "-gsm")
    ),
    NOISE_PACKAGE,
)


def cache_folder(argument: str | None = None) -> Path:
    """Where downloads and prepared data live: the argument, the environment, or the home folder."""
    named = argument or os.environ.get("AUGMENTOR_DEMO_CACHE")
    return Path(named or "~/.cache/augmentor-demo").expanduser().resolve()


def once(final: Path, build: Callable[[Path], None]) -> bool:
    """A folder that is either complete or absent: built under another name, then renamed.

    Returns True when it was built now, False when it was there already.
    """
    if final.exists():
        return False
    started = final.with_name(f".{final.name}.partial")
    shutil.rmtree(started, ignore_errors=True)  # what a killed run left
    started.mkdir(parents=True)
    build(started)
    started.rename(final)
    return True


def fetch(cache: Path) -> dict[str, str]:
    """Download and unpack all packages into `cache`; returns the version of each."""
    debs, unpacked = cache / "debs", cache / "unpacked"
    debs.mkdir(parents=True, exist_ok=True)
    missing = [name for name in PACKAGES if not list(debs.glob(f"{name}_*.deb"))]
    if missing:
        _download(missing, debs, cache / "apt")
    found = {name: max(debs.glob(f"{name}_*.deb")) for name in PACKAGES}
    with ThreadPool(2) as pool:
        pool.starmap(
            once, [(unpacked / name, partial(_unpack, deb)) for name, deb in found.items()]
        )
    return {name: deb.name.split("_")[1].replace("%3a", ":") for name, deb in found.items()}


def _unpack(deb: Path, folder: Path) -> None:
    done = _run(["dpkg-deb", "-x", str(deb), str(folder)], folder)
    if done.returncode:
        raise SystemExit(
            f"{deb} cannot be unpacked; delete it and run again.\n{done.stderr.strip()}"
        )


def _download(names: Sequence[str], debs: Path, apt: Path) -> None:
    """Ask apt for the packages with the machine's own lists, then with private ones."""
    arriving = debs / ".partial"
    arriving.mkdir(exist_ok=True)
    done = _run(["apt-get", "download", *names], arriving)
    if done.returncode:
        # The lists are missing or old. Private lists need no root.
        for folder in (apt / "lists" / "partial", apt / "cache" / "archives" / "partial"):
            folder.mkdir(parents=True, exist_ok=True)
        own = ["-o", f"Dir::State::Lists={apt / 'lists'}", "-o", f"Dir::Cache={apt / 'cache'}"]
        if os.geteuid() == 0:
            # As root, apt works as a user that may not enter this folder.
            own += ["-o", "APT::Sandbox::User=root"]
        done = _run(["apt-get", *own, "update"], arriving)
        if not done.returncode:
            done = _run(["apt-get", *own, "download", *names], arriving)
    for deb in sorted(arriving.glob("*.deb")):
        deb.rename(debs / deb.name)
    absent = [name for name in names if not list(debs.glob(f"{name}_*.deb"))]
    if absent:
        raise SystemExit(
            f"apt-get could not download {', '.join(absent)}.\n{done.stderr.strip()}\n"
            "This needs Debian or Ubuntu and a network. Or put the .deb files of these packages "
            f"into {debs} and run again."
        )


def _run(command: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=600
        )
    except FileNotFoundError:
        raise SystemExit(
            f"{command[0]} is not on this machine: the demo's speech comes in Debian packages, "
            "so it needs Debian or Ubuntu (a container will do)."
        ) from None
    except subprocess.TimeoutExpired:
        raise SystemExit(f"{command[0]} took more than 10 minutes; run again to go on.") from None

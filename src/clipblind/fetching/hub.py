"""The hub's side: what a repository holds, and its refusals as sentences.

Whoever imports this has switched the hub on before, see `network`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from huggingface_hub import HfApi, constants, hf_hub_url
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import build_hf_headers, logging

from clipblind.fetching.wanted import Wanted
from clipblind.ground.errors import UserError

PATIENCE = 20  # seconds to wait for the hub's answer

logging.set_verbosity_error()


class Unavailable(UserError):
    """One repository can't be had; others may."""


@dataclass(frozen=True)
class HubFile:
    """A file as the hub states it.

    Attributes:
        path: inside the repository.
        size: bytes.
        sha256: of its contents; empty of small files, which git holds itself.
        blob: git's id of the contents; of files with a `sha256`, of their pointer.
    """

    path: str
    size: int
    sha256: str
    blob: str


@dataclass(frozen=True)
class Repository:
    """A repository at one commit: its licence as the card says, and its files by path."""

    commit: str
    licence: str
    files: dict[str, HubFile]


def open_repository(wanted: Wanted) -> Repository:
    """Ask the hub what a repository holds.

    Raises:
        Unavailable: if there is no such repository or revision, or it needs a right to be read.
        UserError: if the hub can't be reached.
    """
    with explained(wanted):
        info = HfApi(token=_token()).repo_info(
            wanted.source,
            repo_type=wanted.kind,
            revision=wanted.revision or None,
            files_metadata=True,
            timeout=PATIENCE,
        )
    files = [_file(sibling) for sibling in info.siblings or ()]
    for file in files:
        if _leaves_folder(file.path):
            raise Unavailable(f"{wanted.source} holds a file {file.path!r}, which isn't safe.")
    licence = getattr(info.card_data, "license", None)
    return Repository(info.sha or "", str(licence or ""), {file.path: file for file in files})


def address_of(wanted: Wanted, path: str, commit: str) -> tuple[str, dict[str, str]]:
    """Where a file is, and the headers to ask for it with.

    Large files are answered with a redirect to another host; the client that follows it doesn't
    take the token along.
    """
    url = hf_hub_url(wanted.source, path, repo_type=wanted.kind, revision=commit)
    # a compressed answer couldn't be resumed in the middle
    return url, build_hf_headers(token=_token()) | {"Accept-Encoding": "identity"}


@contextmanager
def explained(wanted: Wanted) -> Iterator[None]:
    """Turn what the hub's library raises into sentences.

    Raises:
        Unavailable: if the fault is the repository's, its revision's or the token's.
        UserError: if it is the network's or the hub's.
    """
    source, hub = wanted.source, constants.ENDPOINT
    asks = f"{wanted.setting}.{wanted.source_key}"
    try:
        yield
    except GatedRepoError as error:
        raise Unavailable(
            f"{source} is gated: accept its terms at {hub}/{_page(wanted)}, then set HF_TOKEN to a"
            " token of yours in the environment and fetch again."
        ) from error
    except RepositoryNotFoundError as error:
        raise Unavailable(
            f"The hub has no {wanted.kind} {source}, or it is private: check {asks}, or"
            " set HF_TOKEN to a token that may read it."
        ) from error
    except RevisionNotFoundError as error:
        raise Unavailable(
            f"{source} has no revision {wanted.revision!r}; check"
            f" {wanted.setting}.{wanted.revision_key}."
        ) from error
    except HfHubHTTPError as error:
        raise _refused(wanted, error.response.status_code) from error
    except HTTPError as error:
        said = " ".join(str(error).split()).rstrip(".")[:100] or type(error).__name__
        raise UserError(
            f"The hub at {hub} can't be reached ({said}); look at the network, then fetch again:"
            " what came is kept."
        ) from error
    except HFValidationError as error:
        raise Unavailable(f"{asks}={source!r} is no hub id such as owner/name.") from error
    except ValueError as error:  # a page of a proxy in place of the hub's JSON
        raise UserError(f"What answers at {hub} isn't the hub; look at HF_ENDPOINT.") from error


def _refused(wanted: Wanted, status: int) -> UserError:
    source = wanted.source
    if status in (401, 403):
        return Unavailable(
            f"The hub refuses {source} ({status}): set HF_TOKEN to a token that may read it."
        )
    if status == 404:
        return Unavailable(f"The hub lacks what {wanted.setting} asks of {source} (404).")
    return UserError(f"The hub answers {status} when asked for {source}; fetch again later.")


def _file(sibling: Any) -> HubFile:
    sha256 = sibling.lfs.sha256 if sibling.lfs else ""
    return HubFile(sibling.rfilename, sibling.size or 0, sha256, sibling.blob_id or "")


def _leaves_folder(path: str) -> bool:
    ways = (PurePosixPath(path), PureWindowsPath(path))
    return any(way.is_absolute() or way.drive or ".." in way.parts for way in ways)


def _page(wanted: Wanted) -> str:
    return wanted.source if wanted.kind == "model" else f"datasets/{wanted.source}"


def _token() -> str | bool:
    """The environment's, never one that was stored."""
    return os.environ.get("HF_TOKEN", "").strip() or False

"""img2dataset, held to public addresses and to images as they were sent, in all its processes.

Started as a process of its own by `laion.download`.
"""

import io
import json
import sys
from functools import partial
from importlib import import_module
from typing import Any, Final

from img2dataset.downloader import Downloader

from clipblind.pools import public

# how encoded images begin; whether they are whole is seen when they are decoded, elsewhere
BEGINNINGS: Final = (
    *(b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*"),
    *(b"\0\0\0\x0cJXL ", b"\xff\x0a", b"\0\0\0\x0cjP  "),
)


class PublicDownloader(Downloader):  # type: ignore[misc]
    """img2dataset's downloader, which each of its processes is sent: none works without the check.

    Args:
        private: see `public.install`.
        given: as img2dataset gives it; its decoder is left out.
    """

    def __init__(self, private: tuple[str, ...], **given: Any) -> None:
        super().__init__(**{**given, "resizer": as_sent})
        self.private = private

    def __call__(self, row: Any) -> Any:
        public.install(self.timeout, self.private)
        return super().__call__(row)


def as_sent(stream: io.BytesIO, _: Any = None) -> tuple[bytes | None, None, None, None, None, Any]:
    """In place of img2dataset's resizer: the bytes as they are, or why they are no image."""
    data = stream.read()
    # the last is of ISO's box formats: HEIC and AVIF
    is_image = data.startswith(BEGINNINGS) or data[4:8] == b"ftyp"
    is_image = is_image or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
    if is_image:
        return data, None, None, None, None, None
    return None, None, None, None, None, "Image decoding error"


def main() -> None:
    """Download as the one argument says, in JSON."""
    given = json.loads(sys.argv[1])
    private = tuple(given.pop("private"))
    module = import_module("img2dataset.main")  # the package has a function of this name besides
    vars(module)["Downloader"] = partial(PublicDownloader, private)
    module.download(**given)

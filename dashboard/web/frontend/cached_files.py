"""Files that browsers cache indefinitely: compressed once per encoding.

Streamlit sends its files uncompressed: 2 MB before the first word of a page is visible, ten seconds on a phone.
"""

import gzip
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import pyarrow
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

# Their paths contain a digest or a version, so that a browser never needs to request them again.
FOR_EVER = "public, max-age=31536000, immutable"
# File types worth compressing. Fonts and pictures are compressed already.
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

# Compression levels: for files compressed once, and for responses compressed each time.
SMALL, QUICK = 9, 5


def _brotli(content: bytes, level: int) -> bytes:
    return bytes(pyarrow.Codec("brotli", compression_level=level).compress(content, asbytes=True))


def _gzip(content: bytes, level: int) -> bytes:
    return gzip.compress(content, level, mtime=0)


# Smallest result first. Browsers accept Brotli only over TLS and from localhost.
ENCODERS: dict[str, Callable[[bytes, int], bytes]] = {"br": _brotli, "gzip": _gzip}
if not pyarrow.Codec.is_available("brotli"):
    del ENCODERS["br"]


def accepted(header: str) -> str | None:
    """The best encoding that a browser accepts by its Accept-Encoding; None if it accepts none of ours.

    https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding
    """
    takes = dict(map(_weighed, header.split(",")))
    return next((name for name in ENCODERS if takes.get(name, takes.get("*", False))), None)


def _weighed(part: str) -> tuple[str, bool]:
    """An encoding, and whether it is accepted: `gzip;q=0` means that it is not."""
    name, *parameters = (each.strip().lower() for each in part.split(";"))
    weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    return name, weight.strip("0.") != ""


async def packed(content: bytes, accept_encoding: str) -> tuple[bytes, dict[str, str]]:
    """Compress a response that changes each time; returns it with its headers.

    Args:
        content: of the response. `accept_encoding`: the browser's header.
    """
    encoding = accepted(accept_encoding)
    if encoding is None:
        return content, {"Vary": "Accept-Encoding"}
    body = await run_in_threadpool(ENCODERS[encoding], content, QUICK)
    return body, {"Vary": "Accept-Encoding", "Content-Encoding": encoding}


class CachedFiles:
    """Serves files, and caches their compressed forms, one for each file and encoding."""

    def __init__(self) -> None:
        self._packed: dict[tuple[Path, str], bytes] = {}
        self._lock = Lock()

    async def answer(self, file: Path, accept_encoding: str) -> Response:
        """A response with a file in an encoding that the browser accepts.

        Args:
            file: exists, and its suffix is one of `TYPES`. `accept_encoding`: the browser's header.
        """
        headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
        media_type, encoding = TYPES[file.suffix], accepted(accept_encoding)
        if encoding is None:
            return FileResponse(file, media_type=media_type, headers=headers)
        body = self._packed.get((file, encoding)) or await run_in_threadpool(self._pack, file, encoding)
        return Response(body, media_type=media_type, headers={**headers, "Content-Encoding": encoding})

    def _pack(self, file: Path, encoding: str) -> bytes:
        # One at a time: a first page requests sixty at once, while the refreshes of other viewers go on.
        with self._lock:
            if (file, encoding) not in self._packed:
                self._packed[file, encoding] = ENCODERS[encoding](file.read_bytes(), SMALL)
            return self._packed[file, encoding]


KEPT = CachedFiles()

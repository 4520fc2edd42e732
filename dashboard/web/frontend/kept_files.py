"""Files that browsers cache indefinitely: compressed once, and sent to browsers that accept the encoding.

Streamlit sends its own uncompressed, 2 MB before the first word of a page is there; on a phone that is ten seconds.
"""

import gzip
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import pyarrow
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

# Their paths hold a digest or a version: what a browser has once, it need never ask for again.
FOR_EVER = "public, max-age=31536000, immutable"
# What is worth compressing. Fonts and pictures are compressed already.
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

# Levels of both encoders: for what is compressed once, and for what is compressed at each answer.
SMALL, QUICK = 9, 5


def _brotli(content: bytes, level: int) -> bytes:
    return bytes(pyarrow.Codec("brotli", compression_level=level).compress(content, asbytes=True))


def _gzip(content: bytes, level: int) -> bytes:
    return gzip.compress(content, level, mtime=0)


# The smallest first. Browsers take Brotli over TLS and from this machine only.
ENCODERS: dict[str, Callable[[bytes, int], bytes]] = {"br": _brotli, "gzip": _gzip}
if not pyarrow.Codec.is_available("brotli"):
    del ENCODERS["br"]


def accepted(header: str) -> str | None:
    """The encoding to send to a browser by its Accept-Encoding; None if it takes none of ours.

    https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding
    """
    takes = dict(map(_weighed, header.split(",")))
    return next((name for name in ENCODERS if takes.get(name, takes.get("*", False))), None)


def _weighed(part: str) -> tuple[str, bool]:
    """An encoding, and whether it is taken: `gzip;q=0` says that it is not."""
    name, *parameters = (each.strip().lower() for each in part.split(";"))
    weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    return name, weight.strip("0.") != ""


async def packed(content: bytes, accept_encoding: str) -> tuple[bytes, dict[str, str]]:
    """What changes from answer to answer as a browser takes it, and the headers that say how.

    Args:
        content: of the answer. `accept_encoding`: what the browser sent as that header.
    """
    encoding = accepted(accept_encoding)
    if encoding is None:
        return content, {"Vary": "Accept-Encoding"}
    body = await run_in_threadpool(ENCODERS[encoding], content, QUICK)
    return body, {"Vary": "Accept-Encoding", "Content-Encoding": encoding}


class KeptFiles:
    """Answers with files, and keeps what was compressed: as many texts as there are files and encodings."""

    def __init__(self) -> None:
        self._packed: dict[tuple[Path, str], bytes] = {}
        self._lock = Lock()

    async def answer(self, file: Path, accept_encoding: str) -> Response:
        """A file as a browser takes it.

        Args:
            file: exists, and its suffix is one of `TYPES`. `accept_encoding`: what the browser sent as that header.
        """
        headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
        media_type, encoding = TYPES[file.suffix], accepted(accept_encoding)
        if encoding is None:
            return FileResponse(file, media_type=media_type, headers=headers)
        body = self._packed.get((file, encoding)) or await run_in_threadpool(self._pack, file, encoding)
        return Response(body, media_type=media_type, headers={**headers, "Content-Encoding": encoding})

    def _pack(self, file: Path, encoding: str) -> bytes:
        # One after the other: a first page asks for sixty at once, and the refreshes of others go on beside it.
        with self._lock:
            if (file, encoding) not in self._packed:
                self._packed[file, encoding] = ENCODERS[encoding](file.read_bytes(), SMALL)
            return self._packed[file, encoding]


KEPT = KeptFiles()

"""Files that browsers keep: compressed as each of them takes it, once, and kept for ever."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pyarrow
import pytest
from starlette.responses import FileResponse

from dashboard.web.frontend import cached_files
from dashboard.web.frontend.cached_files import ENCODERS, CachedFiles, accepted, packed

T = TypeVar("T")
TEXT = b"const golden = 'signals';\n" * 400


def run(call: Callable[[], Awaitable[T]]) -> T:
    """In a thread of its own: the browser tests keep an event loop in this one."""

    async def awaited() -> T:
        return await call()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, awaited()).result()


def unpacked(body: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(body)
    return bytes(pyarrow.Codec("brotli").decompress(body, decompressed_size=len(TEXT), asbytes=True))


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "page.js"
    file.write_bytes(TEXT)
    return file


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("gzip, deflate", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br;q=0.000,*", "gzip"),
        ("*", "br"),
        ("*;q=0", None),
        ("gzip ; q=0", None),
        ("identity", None),
        ("deflate", None),
        ("", None),
        (";;,q=1", None),
    ],
)
def test_a_browser_gets_what_it_takes_and_nothing_else(header: str, encoding: str | None) -> None:
    assert accepted(header) == encoding


@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_file_is_compressed_once_and_kept_for_ever(
    script: Path, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, encode, calls = CachedFiles(), ENCODERS[encoding], list[int]()
    monkeypatch.setitem(cached_files.ENCODERS, encoding, lambda *content: calls.append(1) or encode(*content))
    for _ in range(2):
        answer = run(lambda: files.answer(script, encoding))
        assert answer.headers["content-encoding"] == encoding
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert int(answer.headers["content-length"]) == len(answer.body) < len(TEXT) / 10
        assert unpacked(bytes(answer.body), encoding) == TEXT
    assert len(calls) == 1


def test_who_takes_nothing_compressed_gets_the_file_itself(script: Path) -> None:
    answer = run(lambda: CachedFiles().answer(script, "identity"))
    assert isinstance(answer, FileResponse)
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept-Encoding"


def test_what_changes_is_compressed_at_each_answer() -> None:
    body, headers = run(lambda: packed(TEXT, "gzip"))
    assert (gzip.decompress(body), headers["Content-Encoding"]) == (TEXT, "gzip")
    body, headers = run(lambda: packed(TEXT, ""))
    assert (body, headers) == (TEXT, {"Vary": "Accept-Encoding"})

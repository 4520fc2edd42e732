"""Values of the configuration that name files: paths, and what is read from them at once.

All of them raise `ValueError` with a sentence that says what is expected, with an example or the range.
"""

import glob
import ssl
from pathlib import Path
from typing import Any

from dashboard.toml.parsers import text, texts, token

# Characters of a file with a secret or with certificates; a device may have no end.
CONTENTS_MAX = 1_000_000
SECRET_FILE = "the secret file"
PATHS = "paths are relative to the folder of this configuration, or begin with /"


def paths(value: Any, folder: Path) -> tuple[str, ...]:
    """Files, directories or globs, found from a folder."""
    return tuple(within(folder, pattern) for pattern in texts(value))


def data_paths(value: Any, folder: Path) -> tuple[str, ...]:
    """Files, directories or globs to read from, found from a folder; at least one."""
    if value == []:
        raise ValueError('is an empty list: name files, such as ["data/*.csv"]')
    return paths(value, folder)


def within(folder: Path, pattern: str) -> str:
    """A path or glob of a folder, whose own name is never taken for a glob."""
    literal = glob.escape(str(folder)) if glob.has_magic(pattern) else str(folder)
    return str(Path(literal) / pattern)


def certificate_file(value: Any, folder: Path) -> str:
    """The path of a file of certificates in PEM."""
    path = folder / text(value)
    # Opened here for its message: `ssl` would not say which file is missing, or why.
    _contents(path, "the file")
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        raise ValueError(f"the file {path} holds no certificate: expected PEM, which has BEGIN CERTIFICATE") from None
    return str(path)


def client_certificate_file(value: Any, folder: Path) -> str:
    """The path of a PEM file that holds a client's certificate and its key."""
    path = folder / text(value)
    _contents(path, "the file")
    try:
        # A key that is locked would ask for its password on the terminal.
        ssl.create_default_context().load_cert_chain(path, password="")
    except (ssl.SSLError, ValueError):
        what = "holds no certificate with its key: expected PEM with both, the key without a password"
        raise ValueError(f"the file {path} {what}") from None
    return str(path)


def secret_file(value: Any, folder: Path) -> str:
    """The text of a file that holds a secret, without space around it."""
    # Editors end a file with a line break, which would be part of the password.
    return _contents(folder / text(value), SECRET_FILE).strip()


def _contents(path: Path, what: str) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            contents = file.read(CONTENTS_MAX + 1)
        if len(contents) <= CONTENTS_MAX:
            return contents
        why = f"it is longer than {CONTENTS_MAX:,} characters"
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no text in UTF-8"
        # Whoever wrote the secret itself instead of the file that holds it must not read it here.
        if what == SECRET_FILE and not isinstance(error, UnicodeError | IsADirectoryError | PermissionError):
            raise ValueError(f"{what} cannot be read: {why}: {PATHS}, and a secret is never written here") from None
    # A name with control characters could rewrite the terminal that shows the message.
    name = str(path) if str(path).isprintable() else repr(str(path))
    raise ValueError(f"{what} {name} cannot be read: {why}: {PATHS}")


def token_file(value: Any, folder: Path) -> str:
    """The token in a file."""
    return token(secret_file(value, folder))

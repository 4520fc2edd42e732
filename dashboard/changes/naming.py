"""Compares versions in the spellings of people, registries and pipelines: same, different, or unknown."""

import re

# A digest or a commit within a longer name: `main@sha1:8c1f0d2e`, `v42-g8c1f0d2`, `sha-8c1f0d2`.
_REVISION = re.compile(r"(?:sha1|sha256|sha|g)?[:|-]?([0-9a-f]{7,64})$")


def alike(first: str, second: str) -> bool:
    """Whether two names denote one version: equal except for a leading `v`, or a commit and its abbreviation."""
    one, other = _plain(first), _plain(second)
    if not one or not other:
        return False
    if one == other:
        return True
    shorter, longer = sorted((_revision(one), _revision(other)), key=len)
    return bool(shorter) and longer.startswith(shorter)


def may_be_alike(first: str, second: str) -> bool:
    """Whether two names might denote one version: one is missing, or only one of them is a commit."""
    if not first or not second or alike(first, second):
        return True
    return bool(_revision(_plain(first))) != bool(_revision(_plain(second)))


def _plain(version: str) -> str:
    text = version.strip().casefold()
    return text[1:] if re.match(r"v\d", text) else text


def _revision(version: str) -> str:
    """The commit or digest in a name; empty if there is none."""
    match = _REVISION.search(version.rpartition("@")[2])
    # Numbers are build numbers and dates.
    return match[1] if match and not match[1].isdecimal() else ""

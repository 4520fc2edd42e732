"""Keyframes: the charts of a page as of one refresh, shared by its viewers; later messages only contain changes.

A keyframe is kept as long as messages that refer to it may be sent, and a while longer: a browser fetches it once, when
it finds that it does not have it. So no message depends on another one, and lost messages do not matter.
"""

import gzip
from collections import deque
from dataclasses import dataclass
from hashlib import sha256
from weakref import WeakValueDictionary

# The path below which each is fetched by its name; the content of a name never changes.
PATH = "/assets/keyframes"
# How many keyframes are kept although no new message refers to them: one that does may still be on its way.
KEPT = 256


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Keyframe:
    """Charts at one moment, in the form in which they are sent.

    Attributes:
        name: a digest of the content.
        zipped: JSON, compressed with gzip.
    """

    name: str
    zipped: bytes


_alive: WeakValueDictionary[str, Keyframe] = WeakValueDictionary()
_newest: deque[Keyframe] = deque(maxlen=KEPT)


def keep(text: bytes) -> Keyframe:
    """Store JSON as a keyframe that can be fetched from now on."""
    name = sha256(text).hexdigest()[:32]
    # Return the existing one if equal: its name must not expire with another keyframe.
    keyframe = _alive.setdefault(name, Keyframe(name, gzip.compress(text, mtime=0)))
    _newest.append(keyframe)
    return keyframe


def find(name: str) -> Keyframe | None:
    """The keyframe with this name; None if it has expired or never existed."""
    return _alive.get(name)

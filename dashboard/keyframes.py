"""Keyframes: the charts of a page as all its viewers have them; messages say what has changed since.

A keyframe is there for as long as messages that build on it may be sent, and a while beyond: a browser fetches it once,
whenever it finds that it has not got it. So no message depends on another one, and none that is lost is missed.
"""

import gzip
from collections import deque
from dataclasses import dataclass
from hashlib import sha256
from weakref import WeakValueDictionary

# The path under which each is fetched by its name; what a name stands for never changes.
PATH = "/assets/keyframes"
# So many are there although no message builds on them any more: one that does may still be on its way.
KEPT = 256


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Keyframe:
    """Charts at one moment, as they are sent.

    Attributes:
        name: a digest of them.
        zipped: JSON in gzip.
    """

    name: str
    zipped: bytes


_alive: WeakValueDictionary[str, Keyframe] = WeakValueDictionary()
_newest: deque[Keyframe] = deque(maxlen=KEPT)


def keep(text: bytes) -> Keyframe:
    """A keyframe that can be fetched from now on, of JSON."""
    name = sha256(text).hexdigest()[:32]
    # Of equal ones the first: its name must not go with another that nobody needs any more.
    keyframe = _alive.setdefault(name, Keyframe(name, gzip.compress(text, mtime=0)))
    _newest.append(keyframe)
    return keyframe


def find(name: str) -> Keyframe | None:
    """The keyframe of a name; None where it is gone, or never was."""
    return _alive.get(name)

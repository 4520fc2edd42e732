"""Keyframes are there for as long as somebody may need them, and no longer."""

import gc
import gzip

from dashboard import keyframes


def keep(number: int) -> keyframes.Keyframe:
    return keyframes.keep(f"[{number}]".encode())


def test_a_keyframe_is_found_by_a_name_that_nobody_can_guess() -> None:
    kept = keep(1)
    assert keyframes.find(kept.name) is kept
    assert gzip.decompress(kept.zipped) == b"[1]"
    assert len(kept.name) == 32
    assert keyframes.find("0" * 32) is None


def test_equal_charts_are_one_keyframe() -> None:
    first, second = keep(1), keep(1)
    assert second is first
    assert keep(2).name != first.name


def test_what_messages_build_on_stays_and_the_rest_goes() -> None:
    needed, other = keep(1), keep(2).name
    for number in range(3, 3 + keyframes.KEPT):
        assert keyframes.find(other) is not None, "a message that builds on it may be on its way"
        keep(number)
    gc.collect()
    assert keyframes.find(other) is None
    assert keyframes.find(needed.name) is needed

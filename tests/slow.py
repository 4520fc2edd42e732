"""What takes seconds and says little more than the tests beside it runs with GS_BENCH_SLOW=1 alone."""

import os

import pytest

SLOW = bool(os.environ.get("GS_BENCH_SLOW"))
slow = pytest.mark.skipif(not SLOW, reason="takes seconds, and other tests say most of it: GS_BENCH_SLOW=1")
# Kinds of servers for tests that one kind says most of.
KINDS = ["prometheus", "victoria"] if SLOW else ["prometheus"]

"""Gauges by their names: what runs out, what is left of it, and which of them are shares.

A count is never taken for a share: half a connection and half of all connections are written alike.
"""

import json
import re

# Names of things that run out; of what tells how requests went.
RESOURCE = re.compile(
    "cpu|gpu|mem|heap|swap|disk|volume|storage|inode|pool|queue|buffer|backlog|thread|worker|slot|connection|socket"
    "|descriptor|file|quota|capacity|bandwidth|saturat|utili[sz]|usage|used|busy|load|full|limit",
    re.IGNORECASE,
)
OUTCOME = re.compile(
    "availability|success|apdex|error|fail|latency|duration|time|score|rate|hit|^p[0-9]", re.IGNORECASE
)
# Of what is left: the reverse of what is used.
FREE = re.compile(
    r"free(?!z)|idle|avail|remain|unused|headroom|(?:^|[\W_])left(?:$|[\W_])|(?:^|[\W_])spare(?:$|[\W_])", re.IGNORECASE
)
# What people measure in shares, and units and further words of what is none.
SHARED = re.compile("cpu|gpu|mem|ram|heap|swap|disk|storage|saturat|utili[sz]", re.IGNORECASE)
UNIT = re.compile(
    "bytes?|[kmgt]i?b(?![a-z])|core|milli|count|total|number|size|length|depth|ops|_s$|seconds|request|limit|quota"
    "|capacity|alloc",
    re.IGNORECASE,
)
OTHER = re.compile(
    "rate|thread|process|queue|worker|connection|socket|descriptor|read|write|fault|wait|page|steal|[\\W_](?:in|out|io)$",
    re.IGNORECASE,
)
# Gauges that the wide shape names itself: shares of their limits.
OWN = frozenset({"cpu", "memory", "disk", "queue", "pool"})
PER_CENT = re.compile("per_?cent|pct|%", re.IGNORECASE)
RATIO = re.compile(r"ratio|fraction|utili[sz]|saturat|(?:^|[\W_])share(?:$|[\W_])", re.IGNORECASE)
USAGE = re.compile("usage", re.IGNORECASE)
# Before the name of a gauge of what is free whose numbers were turned round; and behind that of a count in per cents.
TURNED, IN_PER_CENT = "1 - ", " %"


def is_resource(name: str) -> bool:
    """A gauge of this name is of something that a service can run out of, and not of how well it does."""
    return bool(RESOURCE.search(name)) and not OUTCOME.search(name)


def is_free(name: str) -> bool:
    """A gauge of this name is of what is left of something, and not of what is used."""
    return bool(FREE.search(name)) and not name.startswith(TURNED)


def says_share(name: str) -> bool:
    """A gauge of this name is a share of its limit, or in per cents, whatever it is a share of."""
    is_usage = USAGE.search(name) and not UNIT.search(name) and not is_free(name)
    return bool(PER_CENT.search(name) or RATIO.search(name) or is_usage)


def is_measured_in_shares(name: str) -> bool:
    """A gauge of this name is a share or in per cents, as far as its name tells."""
    is_other = UNIT.search(name) or (OTHER.search(name) and not USAGE.search(name))
    return bool(SHARED.search(name)) and not is_other and not is_free(name)


def share_name(name: str) -> str:
    """What a gauge of a resource is called whose numbers are shares."""
    if is_free(name):
        return f"{TURNED}{name}"
    return name if says_share(name) or is_measured_in_shares(name) else f"{name}{IN_PER_CENT}"


def may_be_saturation(name: str) -> bool:
    """A gauge of this name is of what is used of a resource where its numbers are no higher than shares are."""
    if name.startswith(TURNED):
        return True
    is_share = name.lower() in OWN or says_share(name) or is_measured_in_shares(name)
    return is_resource(name) and not is_free(name) and is_share


def is_untold_free(name: str) -> bool:
    """A gauge of this name is of what is left, and its name does not tell whether as a share or in per cents."""
    is_other = UNIT.search(name) or OTHER.search(name) or says_share(name)
    return is_resource(name) and is_free(name) and bool(SHARED.search(name)) and not is_other


def free_note(name: str) -> str:
    """What is said of such a gauge."""
    lines = " or ".join(f"{{ {name}_{unit} = {json.dumps(name)} }}" for unit in ("percent", "ratio"))
    return f"{name} is what is left, as per cents or as a share: for its saturation write columns = {lines}"

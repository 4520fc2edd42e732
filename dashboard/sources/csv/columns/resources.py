"""Classifies gauges by their names: resources that can be exhausted, free amounts, and shares.

A count is never interpreted as a share: half a connection and half of all connections are both 0.5.
"""

import json
import re

# Names of exhaustible resources; and of results of requests, which are not resources.
RESOURCE = re.compile(
    "cpu|gpu|mem|heap|swap|disk|volume|storage|inode|pool|queue|buffer|backlog|thread|worker|slot|connection|socket"
    "|descriptor|file|quota|capacity|bandwidth|saturat|utili[sz]|usage|used|busy|load|full|limit",
    re.IGNORECASE,
)
OUTCOME = re.compile(
    "availability|success|apdex|error|fail|latency|duration|time|score|rate|hit|^p[0-9]", re.IGNORECASE
)
# Names of free amounts, the opposite of used ones.
FREE = re.compile(
    r"free(?!z)|idle|avail|remain|unused|headroom|(?:^|[\W_])left(?:$|[\W_])|(?:^|[\W_])spare(?:$|[\W_])", re.IGNORECASE
)
# Names of resources usually measured in shares; and units and words that indicate something else.
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
# Gauges with a name of the wide shape: shares of their limits.
OWN = frozenset({"cpu", "memory", "disk", "queue", "pool"})
PER_CENT = re.compile("per_?cent|pct|%", re.IGNORECASE)
RATIO = re.compile(r"ratio|fraction|utili[sz]|saturat|(?:^|[\W_])share(?:$|[\W_])", re.IGNORECASE)
USAGE = re.compile("usage", re.IGNORECASE)
# Prefix of the name of a free gauge after inversion; and suffix of a count in percent.
TURNED, IN_PER_CENT = "1 - ", " %"


def is_resource(name: str) -> bool:
    """Whether a gauge of this name is an exhaustible resource, and not a result of requests."""
    return bool(RESOURCE.search(name)) and not OUTCOME.search(name)


def is_free(name: str) -> bool:
    """Whether a gauge of this name is a free amount, and not a used one."""
    return bool(FREE.search(name)) and not name.startswith(TURNED)


def says_share(name: str) -> bool:
    """Whether a gauge of this name is a share of a limit, or in percent."""
    is_usage = USAGE.search(name) and not UNIT.search(name) and not is_free(name)
    return bool(PER_CENT.search(name) or RATIO.search(name) or is_usage)


def is_measured_in_shares(name: str) -> bool:
    """Whether a gauge of this name is a share or in percent, judging by its name."""
    is_other = UNIT.search(name) or (OTHER.search(name) and not USAGE.search(name))
    return bool(SHARED.search(name)) and not is_other and not is_free(name)


def share_name(name: str) -> str:
    """The name of a resource gauge with shares as values."""
    if is_free(name):
        return f"{TURNED}{name}"
    return name if says_share(name) or is_measured_in_shares(name) else f"{name}{IN_PER_CENT}"


def may_be_saturation(name: str) -> bool:
    """Whether a gauge of this name is the used amount of a resource, if its values are no larger than shares."""
    if name.startswith(TURNED):
        return True
    is_share = name.lower() in OWN or says_share(name) or is_measured_in_shares(name)
    return is_resource(name) and not is_free(name) and is_share


def is_free_of_unknown_size(name: str) -> bool:
    """Whether a gauge of this name is a free amount, without showing whether as a share or in percent."""
    is_other = UNIT.search(name) or OTHER.search(name) or says_share(name)
    return is_resource(name) and is_free(name) and bool(SHARED.search(name)) and not is_other


def free_note(name: str) -> str:
    """The note about such a gauge."""
    lines = " or ".join(f"{{ {name}_{unit} = {json.dumps(name)} }}" for unit in ("percent", "ratio"))
    return f"{name} is what is left, as per cents or as a share: for its saturation write columns = {lines}"

"""Messages about names on the command line that no service or objective has, or that several have."""

from dashboard.engine.gate.judged_once import UnknownName
from dashboard.exceptions import ConfigError
from dashboard.toml.reader import nearest

OPTIONS = {"service": "--service", "objective": "--slo"}
# How many services with the same name are listed.
TOLD = 5


def no_such_name(unknown: UnknownName, where: str) -> ConfigError:
    """The error for such a name, with the names that may be meant.

    Args:
        unknown: the name. `where`: the source.
    """
    typed = f"{OPTIONS[unknown.kind]} {unknown.name or repr('')}"
    same = sorted(name for name in unknown.known if unknown.name and name.endswith(f"/{unknown.name}"))
    if len(same) > 1:
        # The name exists in several clusters, so it is ambiguous.
        several = " or ".join(same) if len(same) <= TOLD else f"{', '.join(same[:TOLD])} or another one"
        return ConfigError(f"{typed}: {where} has it {len(same)} times: write {several}")
    return ConfigError(f"{typed}: {where} has no such {unknown.kind}{nearest(unknown.name, unknown.known)}")

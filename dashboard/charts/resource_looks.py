"""The line style of each resource of a service: the same for every span, whatever its use."""

from collections.abc import Iterable

# Colours by name; other resources get theirs in alphabetical order, and dashes when colours run out.
OWN_COLOURS = {"memory": "$memory", "cpu": "$cpu"}
OTHER_COLOURS = ("$first", "$slow", "$ghost", "$p50")


def resource_looks(names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Colour and dash of each resource: by its name and the other names, not by its use."""
    looks = {name: (OWN_COLOURS[name], "solid") for name in names if name in OWN_COLOURS}
    others = sorted(set(names) - set(OWN_COLOURS))
    for place, name in enumerate(others):
        again, colour = divmod(place, len(OTHER_COLOURS))
        looks[name] = OTHER_COLOURS[colour], ("solid", "dash", "dot")[min(again, 2)]
    return looks

"""The line style of each resource of a service: the same on every span, whichever is the fullest."""

from collections.abc import Iterable

# Of resources with these names, and of all others by their place in the alphabet, again with dashes where they run out.
OWN_COLOURS = {"memory": "$memory", "cpu": "$cpu"}
OTHER_COLOURS = ("$first", "$slow", "$ghost", "$p50")


def resource_looks(names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Colour and dash of each resource: by its name and those beside it, never by how much of it is used."""
    looks = {name: (OWN_COLOURS[name], "solid") for name in names if name in OWN_COLOURS}
    others = sorted(set(names) - set(OWN_COLOURS))
    for place, name in enumerate(others):
        again, colour = divmod(place, len(OTHER_COLOURS))
        looks[name] = OTHER_COLOURS[colour], ("solid", "dash", "dot")[min(again, 2)]
    return looks

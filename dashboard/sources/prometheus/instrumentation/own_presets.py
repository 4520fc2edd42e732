"""Messages about configured presets that match nothing on the server."""

from collections.abc import Collection, Iterable, Iterator

from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.presets.preset import Preset


def unused(
    own: Iterable[Preset], present: Collection[str], instrumentations: Collection[Instrumentation]
) -> Iterator[str]:
    """A line for each preset, or resource of one, that finds nothing, although its author expects data.

    Args:
        own: configured presets.
        present: names of presets whose marker the server has.
        instrumentations: found with all presets.
    """
    for preset in own:
        mine = [each for each in instrumentations if each.preset.name == preset.name]
        if preset.name not in present:
            yield f"preset {preset.name}: the server has no {preset.marker}: check the name of the metric"
        elif not mine:
            yield f"preset {preset.name}: {_nothing_selected(preset)}"
        else:
            answered = {resource for each in mine for resource in each.resources}
            for resource in preset.resources:
                if resource not in answered:
                    yield f"preset {preset.name}: its resource {resource.name} gives nothing here: {resource.template}"


def _nothing_selected(preset: Preset) -> str:
    labels = " or ".join("+".join(alternative) for alternative in preset.service_labels)
    selected = f"{preset.metric}{{{preset.matchers}}}" if preset.matchers else preset.metric
    check = "services and matchers" if preset.matchers else "services"
    return f"no series of {selected} has the label {labels}: check {check}"

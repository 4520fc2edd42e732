"""Which deploys are a way back: versions that follow each other, and what each was replaced by."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class VersionHistory:
    """Versions of one thing in their order.

    Attributes:
        versions: each that was there, again and again where it came back.
        undone: the version that the last way back led away from; empty if the last change was none.
    """

    versions: list[str] = field(default_factory=list)
    undone: str = ""

    def follow(self, version: str, *, is_back: bool = False) -> bool:
        """Whether a version that comes now is a way back.

        Datadog's definition: it differs from the one before it, and is one that was there earlier.
        https://docs.datadoghq.com/continuous_delivery/features/rollbacks_detection/
        What was taken back and comes again goes forward.

        Args:
            version: that comes. `is_back`: whoever brings it says that it is one.
        """
        newest = self.versions[-1] if self.versions else version
        if version != newest:
            is_back = is_back or (version in self.versions and version != self.undone)
            self.undone = newest if is_back else ""
        self.versions.append(version)
        return is_back

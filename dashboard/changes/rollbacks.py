"""Recognises rollbacks in a sequence of versions."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class VersionHistory:
    """The versions of something in order of time.

    Attributes:
        versions: repeated if they came back.
        undone: the version that the last rollback replaced; empty if the last change was not a rollback.
    """

    versions: list[str] = field(default_factory=list)
    undone: str = ""

    def follow(self, version: str, *, is_back: bool = False) -> bool:
        """Add a version; returns whether it is a rollback.

        Datadog's definition: it differs from the previous version, and was deployed earlier.
        https://docs.datadoghq.com/continuous_delivery/features/rollbacks_detection/
        A version deployed again after its rollback is not a rollback.

        Args:
            version: the new one. `is_back`: its sender says that it is a rollback.
        """
        newest = self.versions[-1] if self.versions else version
        if version != newest:
            is_back = is_back or (version in self.versions and version != self.undone)
            self.undone = newest if is_back else ""
        self.versions.append(version)
        return is_back

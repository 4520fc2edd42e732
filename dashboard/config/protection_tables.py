"""[deployment_protection]: the GitHub App that answers deployment protection rules, and by what each is judged."""

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from dashboard.config.notification_tables import secret
from dashboard.notifications.deployment_rule import GitHubApp
from dashboard.toml import file_parsers, parsers
from dashboard.toml.place import Place
from dashboard.toml.reader import Parser, PathParser, Reader, Values

ANY = "*"


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment of repositories; patterns with `*`. It is judged by these services and objectives; empty: all."""

    name: str
    repository: str = ANY
    services: tuple[str, ...] = ()
    slos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Protection:
    """The app, and the environments that it is asked about."""

    app: GitHubApp
    environments: tuple[Environment, ...]

    def environment(self, repository: str, name: str) -> Environment | None:
        """The first that matches; None without one.

        Args:
            repository: `owner/name`. `name`: of the environment.
        """
        matching = (
            each
            for each in self.environments
            if fnmatchcase(name, each.name) and fnmatchcase(repository, each.repository)
        )
        return next(matching, None)


def _key(value: Any, folder: Path) -> str:
    key = file_parsers.secret_file(value, folder)
    if "PRIVATE KEY-----" not in key:
        raise ValueError("holds no private key in PEM, as GitHub makes it")
    return key


def _secret(value: Any, folder: Path) -> bytes:
    return secret(file_parsers.secret_file(value, folder))


_TABLE: dict[str, Parser | PathParser] = {
    "app_id": parsers.whole,
    "private_key_file": PathParser(_key),
    "secret_file": PathParser(_secret),
    "api_url": parsers.url,
    "environments": lambda value: value,
}
_ENVIRONMENT: dict[str, Parser] = {
    "name": parsers.text,
    "repository": parsers.text,
    "services": parsers.texts,
    "slos": parsers.texts,
}
_NEEDED = {
    "app_id": "the id of the GitHub App",
    "private_key_file": "a file with its private key",
    "secret_file": "a file with the secret of its webhook",
}


def read_protection(data: Values, reader: Reader) -> Protection | None:
    """The app and its environments; None without the table, or where something is wrong, which is noted.

    Args:
        data: the file, as `tomllib` gives it. `reader`: notes what is wrong.
    """
    if "deployment_protection" not in data:
        return None
    place, values = reader.place.inside("deployment_protection"), data["deployment_protection"]
    row = reader.table(place, values, _TABLE)
    environments = _environments(values, reader, place) if isinstance(values, dict) else ()
    if reader.is_missing(place, row, _NEEDED):
        return None
    if not environments:
        if not reader.is_doubtful("deployment_protection.environments"):
            reader.problem(place.inside("environments"), "is missing: which environments are judged, and by what")
        return None
    app = GitHubApp(row["app_id"], row["private_key_file"], row["secret_file"])
    return Protection(replace(app, url=row["api_url"].rstrip("/")) if "api_url" in row else app, environments)


def _environments(values: Values, reader: Reader, outer: Place) -> tuple[Environment, ...]:
    return tuple(
        Environment(**row)
        for place, row in reader.tables("environments", values, _ENVIRONMENT, outer)
        if not reader.is_missing(place, row, {"name": "the name of the environment, such as production"})
    )

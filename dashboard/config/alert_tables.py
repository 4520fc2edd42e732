"""[alertmanager] and [alerts]: where silences are known, the services of alerts, and which severities page."""

from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.alerts.alert import Labels
from dashboard.alerts.settings import AlertSettings
from dashboard.sources.alertmanager.spec import AlertmanagerSpec
from dashboard.toml import file_parsers, parsers
from dashboard.toml.reader import KeyProblem, Parser, PathParser, Reader, Values

# Environment variable, used if the key is absent: a container may have no file.
TOKEN_VARIABLE = "GOLDEN_SIGNALS_ALERTMANAGER_TOKEN"
NO_URL = 'an Alertmanager needs its address, such as "http://127.0.0.1:9093"'


def _is_address(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and not any(isinstance(item, dict) for item in value))


def _addresses(value: Any) -> tuple[str, ...]:
    """One address, or a list of distinct ones."""
    if not isinstance(value, list):
        return (parsers.url(value),)
    if not value:
        raise ValueError(f"is an empty list: {NO_URL}")
    addresses = []
    for number, address in enumerate(value, start=1):
        try:
            addresses.append(parsers.url(address))
        except ValueError as error:
            raise KeyProblem(number, str(error)) from None
    return tuple(dict.fromkeys(addresses))


_CONNECTION: dict[str, Parser | PathParser] = {
    "url": _addresses,
    "headers": parsers.headers,
    "bearer_token_file": PathParser(file_parsers.token_file),
    "username": parsers.text,
    "password_file": PathParser(file_parsers.secret_file),
    "timeout": parsers.duration,
    "ca_file": PathParser(file_parsers.certificate_file),
    "client_cert_file": PathParser(file_parsers.client_certificate_file),
    "verify": parsers.flag,
}
_FIELDS = {"url": "urls", "bearer_token_file": "bearer_token", "password_file": "password", "timeout": "timeout_s"}


def _words(value: Any) -> tuple[str, ...]:
    if not parsers.texts(value):
        raise ValueError('is an empty list: leave it out, or write for example ["page", "critical"]')
    return parsers.texts(value)


def _label_names(value: Any) -> tuple[str, ...]:
    return tuple(parsers.labels(dict.fromkeys(_words(value), "")))


def read_alertmanager(
    data: Values, reader: Reader, environment: Mapping[str, str], named: tuple[str, ...] = ()
) -> AlertmanagerSpec | None:
    """The Alertmanagers named by options or by the file; None if there are none.

    Args:
        data: the file, as `tomllib` returns it. `reader`: collects problems. `environment`: may contain their token.
        named: addresses from options, which take precedence over the file.
    """
    place, written = reader.place.inside("alertmanager"), data.get("alertmanager", {})
    if _is_address(written):
        # An address without credentials needs nothing else.
        values = reader.table(reader.place, {"alertmanager": written}, {"alertmanager": _addresses})
        if not values:
            return None
        values = {"url": values["alertmanager"]}
    else:
        values = reader.table(place, written, _CONNECTION)
    if named:
        values["url"] = named
    if "alertmanager" in data and reader.is_missing(place, values, {"url": NO_URL}):
        return None
    if "url" not in values:
        return None
    if environment.get(TOKEN_VARIABLE) and "bearer_token_file" not in values:
        try:
            values["bearer_token_file"] = parsers.token(environment[TOKEN_VARIABLE])
        except ValueError as error:
            reader.problem(reader.place.inside(TOKEN_VARIABLE), str(error))
    return AlertmanagerSpec(**{_FIELDS.get(key, key): value for key, value in values.items()})


def read_alerts(data: Values, reader: Reader, match: Iterable[tuple[str, Labels]]) -> AlertSettings:
    """How alerts are read.

    Args:
        data: the file, as `tomllib` returns it. `reader`: collects problems.
        match: names of services, with the labels of their alerts.
    """
    keys: dict[str, Parser | PathParser] = {"page": _words, "service_labels": _label_names}
    values = reader.table(reader.place.inside("alerts"), data.get("alerts", {}), keys)
    by_service: dict[str, tuple[Labels, ...]] = {}
    for name, labels in match:
        by_service[name] = (*by_service.get(name, ()), labels)
    default = AlertSettings()
    return AlertSettings(
        frozenset(word.casefold() for word in values.get("page", default.pages)),
        values.get("service_labels", default.service_labels),
        by_service,
    )

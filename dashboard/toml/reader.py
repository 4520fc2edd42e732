"""Tables of a TOML file, parsed key by key; problems are collected, so that one reading names all of them."""

import difflib
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.exceptions import ConfigError
from dashboard.toml.lines import key_lines
from dashboard.toml.place import Place

Parser = Callable[[Any], Any]
Values = dict[str, Any]
KNOWN_SHOWN = 40
# No configuration is longer; what is, is another file, or a device that never ends.
OTHER_FILE = "name the TOML file of the configuration"
BYTES_MAX = 4_000_000
# `tomllib` takes a second for this many values, and for keys time and memory by the square of their parts.
VALUES_MAX, LEVELS_MAX = 100_000, 20
_PART = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DEEP = re.compile(rf"(?<![A-Za-z0-9_-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{LEVELS_MAX}}}")
# By how a message of CPython begins, Lib/tomllib/_parser.py, what to do; one that it words again is shown as it is.
_REMEDIES = {
    "Cannot overwrite a value": "a key is there twice: leave one of them out",
    "Cannot mutate immutable namespace": "a table is continued that was complete: put its keys into one table",
    "Cannot declare": "a table is there twice: put both into one",
    "Invalid value": 'a value is missing or is none: write text in quotes, such as "15s"',
    "Invalid statement": "expected a table such as [source], or key = value",
    "Unterminated string": "a text does not end: close its quotes",
    r"Illegal character '\n'": "a text does not end on its line: close its quotes",
    "Unclosed array": "a list does not end: close it with ]",
    "Unclosed inline table": "a table does not end on its line: close it with }",
}
_PLACE = re.compile(r" \((?:at line (\d+), column \d+|at end of document)\)$")


@dataclass(frozen=True, slots=True)
class PathParser:
    """A parser of paths, which are relative to the folder of the file that names them."""

    parse: Callable[[Any, Path], Any]


class KeyProblem(ValueError):
    """What is wrong with one key or item (from 1) of a value."""

    def __init__(self, key: str | int, what: str) -> None:
        super().__init__(what)
        self.key = key


class Reader:
    """Collects what is wrong with one file instead of stopping at the first.

    Args:
        place: the top of the file. `folder`: of the file; empty for paths that are relative to the working directory.
    """

    def __init__(self, place: Place, folder: Path) -> None:
        self.place = place
        self.folder = folder
        # Message → line: what is noted by two readers is one problem.
        self._problems: dict[str, int] = {}
        self._no_tables: set[str] = set()
        # Keys with a problem, and those that misspelt ones stand for: what follows from these is no second problem.
        self._faulty: set[str] = set()
        self._meant: set[str] = set()

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong: each problem once, from the first line of the file to the last, with key and remedy."""
        # By line alone: problems of one line stay in the order in which they were met.
        return tuple(sorted(self._problems, key=lambda problem: self._problems[problem]))

    def problem(self, place: Place, what: str) -> None:
        """Note what is wrong with a key."""
        self._problems[f"{place.at()}: {what}"] = place.line
        self._faulty.add(place.key)

    def table(self, place: Place, values: Any, parsers: Mapping[str, Parser | PathParser]) -> Values:
        """The values of a table; what is unknown or wrong is noted and left out.

        Args:
            place: of the table. `values`: as `tomllib` gives them. `parsers`: by key.
        """
        if not isinstance(values, dict):
            form = "such as { key = value }" if place.key.endswith("]") else f"[{place.key}]"
            self.problem(place, f"expected a table {form}")
            # Its keys are not missing, too: one mistake is one problem.
            self._no_tables.add(place.key)
            return {}
        parsed = {}
        for key, value in values.items():
            if key not in parsers:
                self.problem(place.inside(key), f"unknown key{nearest(key, parsers)}")
                if meant := near(key, parsers):
                    self._meant.add(place.inside(meant).key)
                continue
            try:
                parsed[key] = self.value(parsers[key], value)
            # Before its base class: it knows which part of the value is wrong.
            except KeyProblem as problem:
                self.problem(place.inside(key, problem.key), str(problem))
            except ValueError as error:
                self.problem(place.inside(key), str(error))
        return parsed

    def tables(
        self, name: str, data: Values, parsers: Mapping[str, Parser | PathParser], outer: Place | None = None
    ) -> list[tuple[Place, Values]]:  # fmt: skip
        """The tables of [[name]], each parsed and with its place.

        Args:
            name: of the tables. `data`: what holds them, as `tomllib` gives it. `parsers`: by key.
            outer: the place of what holds them; None for the whole file.
        """
        rows, place = data.get(name, []), (outer or self.place).inside(name)
        if not isinstance(rows, list):
            self.problem(place, f"expected [[{place.key}]], one block for each")
            return []
        places = [(outer or self.place).inside(name, number) for number in range(1, len(rows) + 1)]
        return [(place, self.table(place, row, parsers)) for place, row in zip(places, rows, strict=True)]

    def value(self, parser: Parser | PathParser, value: Any) -> Any:
        """A value, parsed.

        Raises:
            ValueError: what was expected instead.
        """
        return parser.parse(value, self.folder) if isinstance(parser, PathParser) else parser(value)

    def is_missing(self, place: Place, values: Values, wanted: Mapping[str, str]) -> bool:
        """Whether a table lacks keys it cannot do without; each is noted.

        Args:
            place: of the table. `values`: the parsed ones. `wanted`: key → what it is for.
        """
        missing = [key for key in wanted if key not in values]
        for key in missing:
            # What is there, but wrong, was noted already.
            if place.key not in self._no_tables | self._meant and not self.is_written(place, key):
                self.problem(place.inside(key), f"missing: {wanted[key]}")
        return bool(missing)

    def is_written(self, place: Place, key: str) -> bool:
        """Whether a table has a key, even if it is misspelt or its value is wrong."""
        name = place.inside(key).key
        return name in place.lines or name in self._meant

    def is_doubtful(self, *tables: str) -> bool:
        """Whether something is wrong with a table, so that the names in it are not all known.

        Args:
            tables: their whole keys, such as `webhooks`.
        """
        keys = self._faulty | self._meant
        return any(key == table or key.startswith((f"{table}.", f"{table}[")) for table in tables for key in keys)


def read_toml(path: Path) -> tuple[Values, Place]:
    """The values of a TOML file and its top.

    Raises:
        ConfigError: it cannot be read, or is no TOML; it names the line.
    """
    text = _text(path)
    _check_size(path, text)
    try:
        # Lines come from the text itself, since `tomllib` keeps none.
        return tomllib.loads(text), Place(str(path), lines=key_lines(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax_problem(path, text, str(error))) from None
    except RecursionError:
        raise ConfigError(f"{path}: is nested too deeply: no key needs lists or tables of so many levels") from None
    except ValueError:
        # Python turns no more than some 4300 digits into a number.
        digits = re.search("[0-9_]{4300}", text)
        line = text.count("\n", 0, digits.start()) + 1 if digits else 1
        raise ConfigError(f"{path}:{line}: a number has too many digits: write a shorter one") from None


def _check_size(path: Path, text: str) -> None:
    """Refuse what would take minutes to read.

    Raises:
        ConfigError: it has too many values, or a key too many parts.
    """
    if text.count("=") + text.count(",") > VALUES_MAX:
        raise ConfigError(f"{path}: has more than {VALUES_MAX:,} values: {OTHER_FILE}")
    deep = _DEEP.search(text)
    if deep:
        line = text.count("\n", 0, deep.start()) + 1
        raise ConfigError(f"{path}:{line}: a key has more than {LEVELS_MAX} parts: no table lies so deep")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; `golden-signals discover` writes a first one") from None
    except IsADirectoryError:
        raise ConfigError(f"{path}: is a directory: name the TOML file in it") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path}: cannot be read: {why}") from None
    if len(raw) > BYTES_MAX:
        raise ConfigError(
            f"{path}: is longer than {BYTES_MAX // 1_000_000} MB: name the TOML file of the configuration"
        )
    try:
        # Universal newlines, as the file was opened before; a byte order mark is what some editors begin with.
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: is no text in UTF-8: save the file in UTF-8") from None


def _syntax_problem(path: Path, text: str, message: str) -> str:
    place = _PLACE.search(message)
    line = place[1] if place and place[1] else str(text.rstrip("\n").count("\n") + 1)
    said = _PLACE.sub("", message)
    remedy = next((words for start, words in _REMEDIES.items() if said.startswith(start)), said)
    return f"{path}:{line}: is not valid TOML: {remedy}"


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A hint for the end of a sentence: the known word that is nearest, whatever its case; empty if none is near."""
    meant = near(word, known)
    return f"; did you mean {meant}?" if meant else ""


def near(word: str, known: Collection[str]) -> str:
    """The known word that is nearest, whatever its case; empty if none is near."""
    written = {name.casefold(): name for name in known}
    words = difflib.get_close_matches(word.casefold(), written, n=1)
    return written[words[0]] if words else ""


def nearest(key: str, known: Collection[str]) -> str:
    """A hint for the end of a sentence: the nearest known key, else all of them, if a person can read this many."""
    meant = did_you_mean(key, known)
    if meant:
        return meant
    return f"; known are {', '.join(sorted(known))}" if 0 < len(known) <= KNOWN_SHOWN else ""

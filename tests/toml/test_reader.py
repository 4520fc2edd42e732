"""A reader collects all that is wrong with a file, each problem once, in the order of its lines, with a remedy."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dashboard.exceptions import ConfigError
from dashboard.toml.lines import key_lines
from dashboard.toml.place import Place
from dashboard.toml.reader import KeyProblem, Parser, PathParser, Reader, nearest, read_toml


def number(value: Any) -> int:
    if not isinstance(value, int):
        raise ValueError("expected a number")
    return value


def numbers(value: Any) -> Any:
    for place, item in enumerate(value, start=1):
        if not isinstance(item, int):
            raise KeyProblem(place, "expected a number")
    return value


KNOWN: Mapping[str, Parser | PathParser] = {
    "size": number,
    "sizes": numbers,
    "path": PathParser(lambda value, folder: str(folder / value)),
}


def reader_of(text: str) -> tuple[Reader, dict[str, Any]]:
    return Reader(Place("a.toml", lines=key_lines(text)), Path("conf")), tomllib.loads(text)


def saved(folder: Path, content: str | bytes) -> Path:
    path = folder / "a.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read_toml(path)
    (problem,) = caught.value.problems
    return problem.replace(f"{path.parent}/", "")


def test_values_are_parsed_and_paths_are_relative_to_the_folder() -> None:
    reader, data = reader_of('size = 5\nsizes = [1, 2]\npath = "b.yaml"\n')
    assert reader.table(reader.place, data, KNOWN) == {"size": 5, "sizes": [1, 2], "path": "conf/b.yaml"}
    assert reader.problems == ()


@pytest.mark.parametrize(
    ("text", "values", "problem"),
    [
        ("size = 'x'", {}, "a.toml:1: size: expected a number"),
        ("\nsizes = [1,\n'x']", {}, "a.toml:3: sizes[2]: expected a number"),
        ("size = 5\nsze = 5", {"size": 5}, "a.toml:2: sze: unknown key; did you mean size?"),
        ("zzz = 5", {}, "a.toml:1: zzz: unknown key; known are path, size, sizes"),
        ('"a b" = 5', {}, 'a.toml:1: "a b": unknown key; known are path, size, sizes'),
    ],
    ids=["a type", "an item", "a misspelt key", "a key like none", "a key in quotes"],
)
def test_what_is_wrong_is_left_out_with_its_line(text: str, values: dict[str, Any], problem: str) -> None:
    reader, data = reader_of(text)
    assert reader.table(reader.place, data, KNOWN) == values
    assert reader.problems == (problem,)


def test_problems_come_by_line_and_each_once() -> None:
    reader, data = reader_of("size = 'x'\nzzz = 1\n")
    reader.problem(reader.place.inside("zzz"), "is odd")
    for _ in range(2):
        reader.table(reader.place, data, KNOWN)
    assert [problem.split(": ", 1)[0] for problem in reader.problems] == ["a.toml:1", "a.toml:2", "a.toml:2"]


@pytest.mark.parametrize("value", ["5", "[5]", "'x'", "true"])
def test_what_is_no_table_is_one_problem(value: str) -> None:
    reader, data = reader_of(f"a = {value}")
    place = reader.place.inside("a")
    assert reader.table(place, data["a"], KNOWN) == {}
    assert reader.is_missing(place, {}, {"size": "how large"})
    assert reader.problems == ("a.toml:1: a: expected a table [a]",)


def test_the_tables_of_a_list_have_their_places() -> None:
    reader, data = reader_of("[[a]]\nsize = 1\n[[a]]\nsize = 'x'\n")
    tables = reader.tables("a", data, {"size": number})
    assert [(place.key, place.line, values) for place, values in tables] == [("a[1]", 1, {"size": 1}), ("a[2]", 3, {})]
    assert reader.problems == ("a.toml:4: a[2].size: expected a number",)
    assert reader.tables("b", data, {}) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = 5", "a.toml:1: a: expected [[a]], one block for each"),
        ("[a]", "a.toml:1: a: expected [[a]], one block for each"),
        ("a = [5]", "a.toml:1: a[1]: expected a table such as { key = value }"),
    ],
    ids=["a number", "one table", "a list of numbers"],
)
def test_what_is_no_list_of_tables_is_a_problem(text: str, problem: str) -> None:
    reader, data = reader_of(text)
    assert not any(values for _, values in reader.tables("a", data, {}))
    assert reader.problems == (problem,)


def test_what_is_missing_is_named_with_what_it_is_for() -> None:
    reader, data = reader_of("[[a]]\nsize = 'x'\n")
    ((place, values),) = reader.tables("a", data, {"size": number})
    wanted = {"size": "how large", "name": "its name"}
    assert reader.is_missing(place, values, wanted)
    assert not reader.is_missing(place, {"size": 1, "name": "x"}, wanted)
    assert reader.problems == ("a.toml:1: a[1].name: missing: its name", "a.toml:2: a[1].size: expected a number")


@pytest.mark.parametrize(
    ("key", "known", "hint"),
    [
        ("sze", ["size", "path"], "; did you mean size?"),
        ("zzz", ["b", "a"], "; known are a, b"),
        ("zzz", [f"k{number}" for number in range(10, 50)], f"; known are {', '.join(f'k{n}' for n in range(10, 50))}"),
        ("zzz", [f"k{number}" for number in range(10, 51)], ""),
        ("zzz", [], ""),
    ],
    ids=["near", "near to none", "forty", "forty-one", "none"],
)
def test_a_hint_names_the_nearest_or_all_that_a_person_reads(key: str, known: list[str], hint: str) -> None:
    assert nearest(key, known) == hint


def test_a_file_has_values_and_lines(tmp_path: Path) -> None:
    path = saved(tmp_path, b"\xef\xbb\xbfsize = 5\r\n[a]\r\nb = 'c'\r\n")
    values, place = read_toml(path)
    assert values == {"size": 5, "a": {"b": "c"}}
    assert (place.file, place.at("a", "b")) == (str(path), f"{path}:3: a.b")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a = 1\na = 2", "a.toml:2: is not valid TOML: a key is there twice: leave one of them out"),
        ("[a]\n[a]", "a.toml:2: is not valid TOML: a table is there twice: put both into one"),
        (
            "a = { b = 1 }\n[a.c]\n",
            "a.toml:2: is not valid TOML: a table is there twice: put both into one",
        ),
        (
            "a = { b = 1 }\na.c = 2\n",
            "a.toml:2: is not valid TOML: a table is continued that was complete: put its keys into one table",
        ),
        ("a = \n", 'a.toml:1: is not valid TOML: a value is missing or is none: write text in quotes, such as "15s"'),
        ('a = "x\nb = 1', "a.toml:1: is not valid TOML: a text does not end on its line: close its quotes"),
        ("a = [1,\n2", "a.toml:2: is not valid TOML: a list does not end: close it with ]"),
        (b"a = 1\n# \xff", "a.toml:2: is no text in UTF-8: save the file in UTF-8"),
        ("a = " + "[" * 5000, "a.toml: is nested too deeply: no key needs lists or tables of so many levels"),
        ("\na = " + "9" * 4301, "a.toml:2: a number has too many digits: write a shorter one"),
    ],
    ids=["a key twice", "a table twice", "an inline table twice", "an inline table that goes on", "no value",
         "no quote", "no end", "no UTF-8", "deep", "digits"],
)  # fmt: skip
def test_what_is_no_toml_is_one_line_with_a_remedy(tmp_path: Path, content: str | bytes, problem: str) -> None:
    assert refusal(saved(tmp_path, content)) == problem


def test_a_file_that_is_not_there_and_a_folder_say_what_to_do(tmp_path: Path) -> None:
    assert refusal(tmp_path / "b.toml") == (
        "b.toml: there is no such file; `golden-signals discover` writes a first one"
    )
    assert refusal(tmp_path / ".").endswith(": is a directory: name the TOML file in it")
    assert refusal(tmp_path / "a\x00b").endswith("cannot be read: embedded null byte")

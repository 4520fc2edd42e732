"""Words that files have for outcomes, and names that services have."""

from collections.abc import Collection
from dataclasses import dataclass, field
from random import Random

from tests.sources.csv.generated.truth import CLIENT, FAILED, GOOD, UNKNOWN

SERVICES = (
    "shop", "cart", "auth", "pay", "NA", "null", "nan", "None", "true", "1e5", "007", "7", "checkout, EU",
    'the "new" one', "café", "検索", "a/b", "-", "with space", "semi;colon", "tab\tbed", "Shop", "0", "N/A",
    "2026-11-28", "#1", "=1+1", "'q'", "service", "inf", "two\nlines", "a" * 200, "x|y", "{app=\"a\"}", "50%", "\\n",
)  # fmt: skip
PODS = ("a-1", "b-2", "c 3", "NA", "zone, x", "7d9f")


@dataclass(frozen=True)
class Vocabulary:
    """Outcome → the words for it; `column`: whose values they are; `keys`: lines of [source] that they need."""

    words: dict[str, tuple[str, ...]]
    column: str
    mapped: bool = False
    keys: tuple[str, ...] = field(default=())


CODES = {GOOD: ("200", "204", "301", "101"), CLIENT: ("404", "429", "400"), FAILED: ("500", "503", "599")}
SETS: tuple[tuple[dict[str, tuple[str, ...]], tuple[str, ...]], ...] = (
    (CODES, ("status", "code", "status_code")),
    (CODES, ("status", "code", "status_code")),
    ({**CODES, FAILED: ("500", "0", "502")}, ("status", "code")),
    ({GOOD: ("2xx", "3XX"), CLIENT: ("4xx",), FAILED: ("5xx", "5XX")}, ("status", "code")),
    ({GOOD: ("200.0",), CLIENT: ("404.0",), FAILED: ("500.0",)}, ("status", "status_code")),
    ({GOOD: ("HTTP/1.1 200 OK", "200 OK"), CLIENT: ("404 Not Found",), FAILED: ("HTTP 500", "503 Service Unavailable")},
     ("status",)),
    ({GOOD: ("OK", "Ok"), CLIENT: ("NOT_FOUND", "InvalidArgument", "CANCELLED"),
      FAILED: ("UNAVAILABLE", "DeadlineExceeded", "INTERNAL", "DATA_LOSS")}, ("status", "code")),
    ({GOOD: ("OK",), FAILED: ("KO",)}, ("status",)),
    ({GOOD: ("true", "True", "1", "yes"), FAILED: ("false", "FALSE", "0", "no")}, ("ok",)),
    ({GOOD: ("true",), FAILED: ("false",)}, ("status", "ok")),
    ({GOOD: ("success", "Succeeded", "completed"), CLIENT: ("denied", "throttled"),
      FAILED: ("failed", "timeout", "ERROR", "connection reset", "Exception")}, ("status",)),
    ({GOOD: ("STATUS_CODE_OK", "STATUS_CODE_UNSET"), FAILED: ("STATUS_CODE_ERROR",)}, ("status", "status_code")),
)  # fmt: skip
GRPC_NUMBERS = {GOOD: ("0",), CLIENT: ("1", "3", "5", "16"), FAILED: ("2", "4", "12", "13", "14", "15")}
UNKNOWN_WORDS = ("violet", "kaputt", "7", "999", "unknown", "?", "600", "-1", "n/a", "rouge|bleu", "a.b")
ESCAPED = str.maketrans({"|": r"\\|", ".": r"\\.", "?": r"\\?"})


def vocabulary(random: Random) -> Vocabulary:
    """The words of one file by chance; one in three has words that nobody knows, or that the configuration names."""
    if random.random() < 0.1:
        return Vocabulary(GRPC_NUMBERS, random.choice(("grpc_code", "grpc.status")), mapped=True)
    words, columns = random.choice(SETS)
    column = random.choice(columns)
    strange = tuple(random.sample(UNKNOWN_WORDS[:4] if column == "ok" else UNKNOWN_WORDS, 2))
    chance = random.random()
    if chance < 0.2:
        return Vocabulary({**words, UNKNOWN: strange}, column)
    if chance < 0.3:
        named = random.choice((GOOD, FAILED))
        pattern = "|".join(word.translate(ESCAPED) for word in strange)
        return Vocabulary({**words, named: (*words[named], *strange)}, column, keys=(f'{named} = "{pattern}"',))
    return Vocabulary(words, column, mapped=random.random() < 0.15)


def service_names(random: Random, taken: Collection[str] = ()) -> list[str]:
    """Names by chance, none of those that are taken."""
    pool = [name for name in (SERVICES if random.random() < 0.6 else SERVICES[:4]) if name not in taken] or ["last"]
    return random.sample(pool, min(random.choice((1, 1, 2, 3, 4, 7)), len(pool)))

"""The formats that are recognised; the first that fits a file reads it."""

from typing import Final

from dashboard.sources.csv.formats.format import Format
from dashboard.sources.csv.formats.jmeter import JMETER

FORMATS: Final[tuple[Format, ...]] = (JMETER,)
# As the configuration writes that a file is to be read by its columns alone.
PLAIN: Final = "plain"
NAMES: Final = (*(known.name for known in FORMATS), PLAIN)

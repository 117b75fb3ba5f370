"""The layout of a code file: the content of each column, and the first line of codes."""

from __future__ import annotations

from dataclasses import dataclass

from huggg.vouchers.code_files.hints import DateOrder


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns are counted from 0, lines from 1."""

    code: int = 0
    pin: int | None = None
    expires: int | None = None
    passed_over: frozenset[int] = frozenset()
    first_line: int = 1  # of the codes
    delimiter: str = ","
    delimiter_is_sure: bool = False  # then the other ones may stand within a code
    dates: DateOrder | None = None
    ascii_only: bool = False  # the encoding is sure for ASCII only
    from_spreadsheet: bool = False

    @property
    def understood(self) -> frozenset[int]:
        """The columns that may hold something."""
        roles = (self.code, self.pin, self.expires)
        return self.passed_over | {column for column in roles if column is not None}

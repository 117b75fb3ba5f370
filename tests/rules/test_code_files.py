"""Code files as clerks, suppliers and spreadsheets leave them: read as they are meant, or refused."""

from __future__ import annotations

import csv
import gzip
import random
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter

from huggg.kit.errors import Invalid
from huggg.vouchers import crockford
from huggg.vouchers.code_files import text as texts
from huggg.vouchers.code_files.cells import casualty, unwrapped
from huggg.vouchers.code_files.code_lines import CodeLine, Lines, read_lines
from huggg.vouchers.code_files.columns import layout_of
from huggg.vouchers.code_files.expiries import Expiries
from huggg.vouchers.code_files.hints import (
    DateOrder,
    Hints,
    columns_hint,
    delimiter_hint,
    encoding_hint,
)
from huggg.vouchers.code_files.stretches import stretches
from huggg.vouchers.code_files.text import text_of
from huggg.vouchers.errors import BadCodes

NOW = datetime(2026, 7, 1, tzinfo=UTC)
END_OF_2027 = datetime(2028, 1, 1, tzinfo=UTC)
REFUSED = "The file was refused, no code was taken: "


def read(file: str | bytes, **options: Any) -> Lines:
    """Read a file as an import does, stretch by stretch."""
    hints = Hints(**options)
    text = text_of(BytesIO(file.encode() if isinstance(file, str) else file), hints)
    lines = Lines()
    layout = None
    for stretch, first in stretches(text.pieces):
        if layout is None:
            layout = replace(
                layout_of(stretch.decode(errors="replace"), hints),
                ascii_only=text.guessed,
                from_spreadsheet=text.from_spreadsheet,
            )
        part = read_lines(
            stretch.decode(), first=first, layout=layout, time_zone="Europe/London", now=NOW
        )
        for name in ("codes", "blank", "expired", "problems"):
            getattr(lines, name).extend(getattr(part, name))
    return lines


def codes(file: str | bytes, **options: Any) -> list[str]:
    lines = read(file, **options)
    assert lines.problems == []
    return [line.code for line in lines.codes]


def problems(file: str | bytes, **options: Any) -> list[tuple[int, str]]:
    return list(read(file, **options).problems)


def why(file: str | bytes, **options: Any) -> str:
    with pytest.raises(BadCodes) as refused:
        read(file, **options)
    sentence = str(refused.value)
    assert sentence.startswith(REFUSED)
    assert "\n" not in sentence
    return sentence.removeprefix(REFUSED)


# Dialects --------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_dialect_is_recognised(delimiter: str, end: str, quote: str) -> None:
    rows = [("Voucher Code", "Expires", "PIN"), ("A1-77", "31/12/2027", "0042"), ("A2-77", "", "0043")]
    file = "".join(delimiter.join(f"{quote}{cell}{quote}" for cell in row) + end for row in rows)
    assert read(file).codes == [
        CodeLine(2, "A1-77", END_OF_2027, "0042"),
        CodeLine(3, "A2-77", None, "0043"),
    ]


def test_a_spreadsheet_may_name_the_delimiter_in_a_line_of_its_own() -> None:
    assert read("sep=;\r\nCode;PIN\r\nA,1;0042\r\n").codes == [CodeLine(3, "A,1", None, "0042")]


def test_a_delimiter_that_is_not_the_files_own_is_no_part_of_a_code_unless_it_was_named() -> None:
    late = "A1-77\n" * 600 + "B1;2027-12-31\n"
    assert problems(late) == [
        (601, "has a delimiter within; name the one between the columns with --delimiter")
    ]
    assert codes("A;1\nA;2\n", delimiter=",") == ["A;1", "A;2"]
    assert codes('Code,PIN\n"A,1",0042\n') == ["A,1"]


def test_two_delimiters_that_fit_are_asked_about() -> None:
    assert why("A1;x,1\nA2;y,2\n").startswith("several characters might stand between its columns")
    assert codes("Code;Note\nA1;x,y\nA2;y\n", ignored=["note"]) == ["A1", "A2"]


@pytest.mark.parametrize(
    ("text", "delimiter"), [("tab", "\t"), ("\\t", "\t"), (";", ";"), ("Pipe", "|"), (":", ":")]
)
def test_a_delimiter_is_named_by_itself_or_in_words(text: str, delimiter: str) -> None:
    assert delimiter_hint(text) == delimiter


@pytest.mark.parametrize("text", ["", ",,", "x", '"', "\n"])
def test_text_that_is_no_delimiter_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"^--delimiter: must be one character"):
        delimiter_hint(text)


# Encodings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_an_encoding_is_recognised(encoding: str) -> None:
    file = "Gutscheincode;Gültig bis\r\n0098A1;31.12.2027\r\n".encode(encoding)
    assert read(file).codes == [CodeLine(2, "0098A1", END_OF_2027)]


def test_a_letter_of_a_code_has_to_be_certain() -> None:
    file = "Code;PIN\nGRÜN-1;0042\n".encode("cp1252")
    assert problems(file) == [(2, "has a letter whose encoding is not certain; name it with --encoding")]
    assert codes(file, encoding=encoding_hint("latin-1")) == ["GRÜN-1"]
    assert codes("GRÜN-1\n") == ["GRÜN-1"]


def test_a_file_that_does_not_decode_is_refused_in_a_sentence() -> None:
    assert why(b"A1\nA2\x81\xff\n").startswith("line 1 or one soon after it is not cp1252")
    no_texts = (b"A1\x00\x01\x02B\x00\x00", b"A1\nA\x002\nA3\n", b"%PDF-1.7\n\x80\x00\n", b" <html>\n")
    for file in (*no_texts, b"%PDF-1.7\nA1\n", b"{\\rtf1\\ansi A1\\par}\n"):
        assert why(file).startswith("it is neither text nor a spreadsheet")
    with pytest.raises(Invalid, match=r"^--encoding: 'klingon' is not the name of an encoding\.$"):
        encoding_hint("klingon")
    with pytest.raises(Invalid):
        encoding_hint("base64")


# Headings and columns --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heading",
    [
        *(
            "code",
            "CODE",
            " Code ",
            "Voucher Code",
            "voucher_code",
            "Gift Card Number",
            "GIFT-CARD NO.",
            "E-Code",
        ),
        *("Gutscheincode", "Gutschein-Nr.", "Kartennummer", "Einlösecode"),
        *("Code cadeau", "Numéro de carte", "Chèque cadeau"),
        *("Código", "Número de tarjeta", "Cupón"),
    ],
)
def test_headings_are_understood_in_four_languages(heading: str) -> None:
    assert codes(f"{heading}\nA1\nA2\n") == ["A1", "A2"]


@pytest.mark.parametrize(
    "heading", ["Expiry Date", "Valid Until", "Gültig bis", "Date d'expiration", "Caducidad"]
)
def test_so_are_those_of_expiries(heading: str) -> None:
    assert read(f"Code;{heading}\nA1;2027-12-31\n").codes == [CodeLine(2, "A1", END_OF_2027)]


@pytest.mark.parametrize(
    "heading", ["PIN", "Pin Code", "Security Code", "Geheimzahl", "Code PIN", "Clave"]
)
def test_so_are_those_of_pins(heading: str) -> None:
    assert read(f"Gift Card Number,{heading}\nA1,0042\n").codes == [CodeLine(2, "A1", None, "0042")]


def test_a_column_that_is_not_understood_stops_the_import_by_name() -> None:
    file = "Code,Batch ref,PIN,Note\nA1,7,0042,x\n"
    assert why(file) == (
        'the content of these columns is not clear: "Batch ref", "Note". Say it with --columns (code=,'
        " pin=, expires=), or pass over one with --ignore-column NAME."
    )
    assert why(file, ignored=["note"]).startswith(
        'the content of these columns is not clear: "Batch ref".'
    )
    assert read(file, ignored=["batch_ref", "4"]).codes == [CodeLine(2, "A1", None, "0042")]


def test_columns_are_named_where_their_headings_are_not_known() -> None:
    file = "Ref;Geheim;Bis\nA1;0042;31.12.2027\n"
    hint = columns_hint(["code=Ref,pin=geheim", "expires=Bis"])
    assert read(file, columns=hint).codes == [CodeLine(2, "A1", END_OF_2027, "0042")]
    assert why("Ref;PIN\nA1;0042\n") == (
        "no column is understood as its code; name one with --columns code=NAME."
    )
    assert why("Code;Card Number;PIN\nA1;B1;0042\n") == (
        '"Code" and "Card Number" both read like its code column; choose with --columns code=NAME.'
    )
    hint = columns_hint(["code=Code"])
    assert codes("Code;Card Number;PIN\nA1;B1;0042\n", columns=hint, ignored=["Card Number"]) == ["A1"]


def test_a_number_with_a_comma_that_splits_into_columns_is_called_by_its_name() -> None:
    shortened = "is a number that a spreadsheet shortened; format the column as text and export it anew"
    assert problems("Code\n1,23E+15\n9,87E+15\n") == [(2, shortened), (3, shortened)]
    assert problems("1,23E+15\n9,87E+15\n", heading=False, columns=columns_hint(["code=1"])) == [
        (1, shortened),
        (2, shortened),
    ]
    other = "has something in column 2, which is not understood"
    assert problems("Code\nAB1,23E+15\n") == [(2, other)]


@pytest.mark.parametrize("code", ["123.456.789", "123 456 789", "1.2345", "12.34.56", "1 234"])
def test_codes_in_groups_of_digits_are_codes(code: str) -> None:
    assert casualty(code) is None


@pytest.mark.parametrize("number", ["\u00b2", "\u0662", "9" * 5000, "0", "-1", "3"])
def test_a_column_has_a_number_that_is_typed_in_digits(number: str) -> None:
    with pytest.raises(Invalid, match=r"^--columns: no column is called"):
        layout_of("Code,PIN\nA1,0042\n", Hints(columns=columns_hint([f"code={number}"])))
    with pytest.raises(Invalid, match=r"^--columns: no column is called"):
        layout_of("A1,0042\nA2,0043\n", Hints(columns=columns_hint([f"code={number}"])))


def test_hints_that_do_not_fit_are_refused() -> None:
    with pytest.raises(Invalid, match=r"^--sheet: the file is text, which has no sheets\.$"):
        read("A1\n", sheet="Codes")
    for wrong in (["code"], ["kode=1"], ["code="], ["code=1,code=2"]):
        with pytest.raises(Invalid, match=r"^--columns: must be like"):
            columns_hint(wrong)
    with pytest.raises(Invalid, match=r'no column is called \'Nope\'; the columns are "Code", "PIN"\.'):
        read("Code,PIN\nA1,0042\n", ignored=["Nope"])
    with pytest.raises(Invalid, match="one column cannot hold two things"):
        read("Code,PIN\nA1,0042\n", columns=columns_hint(["code=1,pin=Code"]), ignored=["PIN"])


def test_a_file_without_a_heading_has_one_column_or_says_what_it_has() -> None:
    assert codes("A1\nA2\n") == ["A1", "A2"]
    assert read("A1,2027-12-31\nA2\n").codes == [CodeLine(1, "A1", END_OF_2027), CodeLine(2, "A2", None)]
    assert why("A1,0042\nA2,0043\n").startswith("it has 2 columns and no known heading")
    by_number = columns_hint(["code=2,pin=3"])
    assert read("7,A1,0042\n", columns=by_number, ignored=["1"]).codes == [
        CodeLine(1, "A1", None, "0042")
    ]
    assert problems("7,A1,0042\n", columns=by_number) == [
        (1, "has something in column 1, which is not understood")
    ]


@pytest.mark.parametrize(
    "file",
    [
        "Ticket Ref\nA1\nA2\n",
        "TICKETREF\nA1\nA2\n",  # longer than any code
        "REF\nA1234\nB1235\n",  # shorter
        "SERIAL\nABC123\nDEF456\n",  # letters where every code has digits
        "REF\nA1\nB22\nC333\n",
        "SERIAL\na1b2c3\n4def5g\n",
        "SER-IAL\nA1B2C3D\n4E5F6G7\n",
        "REF_2026\nAB12CD34\nEF56GH78\n",
        "Serial\nA1B2C3\n4DEF5G\n7HJ8K9\n",  # another case
        "TICK-NUMB\nAB12-3CDE\n4F1H-J5K6\n" + "AB1C-4D5E\n" * 18,  # of twenty
        "Ticket no. 1\nAB-CD\nXY-ZZ\n",
        "gift_ref\nA1-B2-C3\nA4B-5-C6\n",
        "Ticket Ref\n",  # an export of nothing
        '="TICKETREF"\n="00123"\n="00124"\n',
    ],
)
def test_a_heading_that_is_not_understood_is_not_sold(file: str) -> None:
    assert why(file) == (
        "its first line looks like a heading that is not understood; name the columns with"
        " --columns code=NAME, or say --no-heading if it is a code."
    )


def test_an_operator_may_say_whether_a_first_line_is_a_heading() -> None:
    assert codes("TICKETREF\nA1\nA2\n", heading=False) == ["TICKETREF", "A1", "A2"]
    assert codes("Ticket Ref\nA1\nA2\n", columns=columns_hint(["code=Ticket Ref"])) == ["A1", "A2"]


@pytest.mark.parametrize("lines", [0, 1, 2, 3, 10, 19, 20, 600])
@pytest.mark.parametrize("first", ["QXWKNVHTPRBGZ", "qxwknvhtprbgz"])
def test_a_first_code_without_a_digit_is_a_code_where_it_is_shaped_like_the_others(
    first: str, lines: int
) -> None:
    """One in a hundred codes of the mint has none."""
    drawn = random.Random(7)  # noqa: S311 - the same codes each time
    alphabet = crockford.SYMBOLS if first.isupper() else crockford.SYMBOLS.lower()
    others = ["".join(drawn.choices(alphabet, k=len(first))) for _ in range(lines)]
    assert codes("".join(f"{code}\n" for code in [first, *others])) == [first, *others]


@pytest.mark.parametrize(
    ("file", "right"),
    [
        ("XKCDQQ\nABCDEF\n", ["XKCDQQ", "ABCDEF"]),
        ("QXWK-NVHT\nA1B2-C3D4\nEF56-7GH8\n", ["QXWK-NVHT", "A1B2-C3D4", "EF56-7GH8"]),
        ("\n\nQXWKNV\nA1B2C3\n4DEF5G\n", ["QXWKNV", "A1B2C3", "4DEF5G"]),
        ("QXWKNV\n\nA1B2C3\n4DEF5G\n", ["QXWKNV", "A1B2C3", "4DEF5G"]),
        ("QXWKNV\n", ["QXWKNV"]),
        ("QXWKN\nA1B2C\nD1E2F3\n4G5H6\n", ["QXWKN", "A1B2C", "D1E2F3", "4G5H6"]),
        ("Qxwknv\nA1b2C3\n4dEf5G\n", ["Qxwknv", "A1b2C3", "4dEf5G"]),
        ("A1 B2\nCD EF\n", ["A1 B2", "CD EF"]),
    ],
)
def test_so_is_one_in_groups_below_blank_lines_or_alone(file: str, right: list[str]) -> None:
    assert codes(file) == right


def test_a_day_or_a_pin_beside_the_first_code_shows_that_it_is_one() -> None:
    file = "TICKETREF,2027-12-31\nA1,2027-12-31\nA2,2027-12-31\n"
    assert read(file).codes == [
        CodeLine(line, code, END_OF_2027) for line, code in enumerate(["TICKETREF", "A1", "A2"], 1)
    ]
    file = "TICKETREF;0042\nA1;0043\nA2;0044\n"
    assert [line.pin for line in read(file, columns=columns_hint(["code=1,pin=2"])).codes] == [
        "0042",
        "0043",
        "0044",
    ]
    headed = "Ticketref;Geheim\nA1;0043\nA2;0044\n"
    assert why(headed, columns=columns_hint(["code=1,pin=2"])).startswith("its first line looks like")


@pytest.mark.parametrize("heading", ["Code", "Gutscheincode", "Code;PIN", '"Voucher Code"'])
def test_a_file_of_a_heading_alone_holds_no_code(heading: str) -> None:
    assert codes(f"{heading}\n") == []


def test_a_heading_in_the_midst_of_two_files_that_were_joined_is_not_sold() -> None:
    assert problems("Voucher Code\nA1\nVoucher Code\nB1\n") == [(3, "is a heading")]


def test_rows_may_be_short_and_may_not_be_long() -> None:
    file = "Code,PIN,Expires,\nA1,0042,2027-12-31,\nA2\nA3,0043,,x\n,0044,,\n"
    assert problems(file) == [
        (3, "has no PIN"),
        (4, "has something in column 4, which is not understood"),
        (5, "has no code"),
    ]


# Spreadsheets' own changes ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ('="0098123"', "0098123"),
        ("'00123", "00123"),
        ("'00123'", "00123"),
        ("\u201900123", "00123"),
        ('=" 00123 "', "00123"),
        ("O'BRIEN-1", "O'BRIEN-1"),
        ("00123", "00123"),
    ],
)
def test_the_mark_of_a_text_cell_is_taken_off(cell: str, code: str) -> None:
    assert unwrapped(cell) == code
    line = ",".join(f'"{part}"' for part in (cell.replace('"', '""'), '=""0042""'))
    assert read(f"Code,PIN\n{line}\n").codes == [CodeLine(2, code, None, "0042")]
    assert codes(f"Code\n{cell}\n") == [code]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("6.33412E+15", "is a number that a spreadsheet shortened"),
        ("6,33412E+15", "is a number that a spreadsheet shortened"),
        ("1e+16", "is a number that a spreadsheet shortened"),
        ("123.0", "is a number that a spreadsheet rewrote"),
        *(
            (number, "is a number that a spreadsheet put in groups")
            for number in ("1,234", "123,456,789", "1.234.567", "12'345", "1\xa0234\u202f567")
        ),
        ("123,00", "is a number that a spreadsheet rewrote"),
        *(
            (error, "is an error of a spreadsheet")
            for error in ("#N/A", "#REF!", "#NAME?", "#DIV/0!", "####", "#NV")
        ),
        *(
            (word, "is a placeholder")
            for word in ("NULL", "null", "NaN", "None", "N/A", "\\N", "-", "TRUE")
        ),
        *(
            (day, "reads like a day")
            for day in ("2027-10-31", "31/10/2027", "31.10.2027", "10/31/2027", "31/10/27")
        ),
        *(
            (day, "reads like a day")
            for day in ("1-Mar", "Mar-27", "31-Oct-2027", "2027-10-31 00:00:00")
        ),
        ("=A1+1", "is a formula"),
        ('AB"CD', "has a quotation mark within"),
        ("Voucher Code", "is a heading"),
        *((dash, "is a placeholder") for dash in ("\u2013", "\u2014")),
        *(
            (code, "has a dash, quotation mark or ellipsis")
            for code in (
                "AB\u20131",
                "AB\u20111",
                "AB\u22121",
                "\u201cAB1\u201d",
                "O\u2019BRIEN-1",
                "AB\u20261",
            )
        ),
        *(
            (remark, "is a remark")
            for remark in ("Total", "Total: 500", "Grand total", "(2 rows affected)", "500 codes")
        ),
        *(
            (remark, "is a remark")
            for remark in ("End of file", "number of codes: 2", "# exported 2026")
        ),
    ],
)
def test_a_code_that_a_spreadsheet_destroyed_is_refused_with_its_line(text: str, what: str) -> None:
    flaw = casualty(text)
    assert flaw is not None
    assert flaw.startswith(what)
    quoted = '"' + text.replace('"', '""') + '"'
    assert problems(f"Code;PIN\n{quoted};0042\nA1;{quoted}\n") == [
        (2, flaw),
        (3, f"has a PIN that {flaw}"),
    ]


@pytest.mark.parametrize(
    "code",
    [
        "5E10",
        "12E4567",
        "1234-56-78",
        "99-99-9999",
        "12.34.56",
        "AB#12",
        "NULLA1",
        "20271031",
        "1.5-A",
        "TOTAL-1",
        "7ROWS",
    ],
)
def test_a_cell_that_only_looks_like_a_trace_is_a_code(code: str) -> None:
    assert casualty(code) is None
    assert codes(f"Code\n{code}\n") == [code]


# Expiries --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2027-12-31",
            "2027/12/31",
            "2027.12.31",
            "20271231",
            "31.12.2027",
            "31/12/2027",
            "12/31/2027",
        ),
        *("31-12-2027", "31 Dec 2027", "31-Dec-2027", "31-Dec-27", "December 31, 2027", "Dec 31 2027"),
        "31st December 2027",
    ],
)
def test_a_day_is_good_to_its_end(text: str) -> None:
    assert Expiries(ZoneInfo("Europe/London"), None).instant(text) == END_OF_2027


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2027-10-31 23:59:00", datetime(2027, 10, 31, 23, 59, tzinfo=UTC)),
        ("31/10/2027 23:59", datetime(2027, 10, 31, 23, 59, tzinfo=UTC)),
        ("31.7.2027 9:30:00", datetime(2027, 7, 31, 8, 30, tzinfo=UTC)),
        ("2027-10-31T23:59:00Z", datetime(2027, 10, 31, 23, 59, tzinfo=UTC)),
        ("2027-10-31T23:59:00.5+02:00", datetime(2027, 10, 31, 21, 59, 0, 500_000, tzinfo=UTC)),
        ("05/05/2027", datetime(2027, 5, 5, 23, tzinfo=UTC)),
        ("9999-12-31", None),
    ],
)
def test_instants_and_days_in_the_brands_time_zone(text: str, instant: datetime | None) -> None:
    assert Expiries(ZoneInfo("Europe/London"), None).instant(text) == instant


def test_a_day_that_may_be_two_is_asked_about() -> None:
    assert problems("Code,Expires\nA1,03/04/2027\n") == [
        (2, "has an expiry that may be one of two days; say --dates day-first or --dates month-first")
    ]
    for order, end in (
        (DateOrder.DAY_FIRST, datetime(2027, 4, 3, 23, tzinfo=UTC)),
        (DateOrder.MONTH_FIRST, datetime(2027, 3, 5, 0, tzinfo=UTC)),
    ):
        assert read("Code,Expires\nA1,03/04/2027\n", dates=order).codes == [CodeLine(2, "A1", end)]
    assert len(problems("Code,Expires\nA1,12/31/2027\n", dates=DateOrder.DAY_FIRST)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "2027-02-30",
        "31/12/27",
        "31/31/2027",
        "2027-W01",
        "202712",
        "12/2027",
        "46752",
        "2027-10-31 25:00",
    ],
)
def test_text_that_is_no_day_is_refused(text: str) -> None:
    assert problems(f"Code,Expires\nA1,{text}\n") == [
        (2, "has an expiry that is not like 2027-10-31 or 2027-10-31 23:59:00")
    ]


# Files that are damaged, and files that are something else -------------------------------------


def test_quotes_that_do_not_close_are_told_by_their_line() -> None:
    assert problems('Code,PIN\nA1,0042\n"A2,0043\nA3,0044\n') == [
        (3, "opens a quote that is not closed")
    ]
    assert problems('Code,PIN\n"A1"x,0042\nA2,0043\n') == [(2, "has a quote amid a cell")]


def test_a_line_break_within_quotes_is_no_end_of_a_line() -> None:
    file = 'Code,Note\nA1,"one\ntwo"\nA2,three\n"A\n3",x\n'
    lines = read(file, ignored=["Note"])
    assert [(line.line, line.code) for line in lines.codes] == [(2, "A1"), (4, "A2")]
    assert lines.problems == [(5, "has characters that cannot be printed")]


def test_a_stretch_ends_where_no_quote_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    file = "Code,Note\n" + "".join(f'A{number},"one,\ntwo"\n' for number in range(200))
    for size in range(40, 60):
        monkeypatch.setattr(texts, "PIECE_BYTES", size)
        lines = read(file, ignored=["Note"])
        assert [line.code for line in lines.codes] == [f"A{number}" for number in range(200)]
        assert lines.problems == []


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggg.vouchers.code_files.stretches.PIECE_BYTES", 64)
    file = "Code,Note\n" + 'A1,"' + "x\n" * 500_000
    assert why(file, ignored=["Note"]) == "line 2 opens a quote that is not closed, or has no end."


@pytest.mark.parametrize("size", [3, 4, 5, 7])
def test_line_ends_may_fall_on_the_border_of_two_pieces(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(texts, "PIECE_BYTES", size)
    pieces = text_of(BytesIO(b"\xef\xbb\xbfA1\r\nB1\rC1\r\n\r\nD1\r"), Hints()).pieces
    assert b"".join(pieces) == b"A1\nB1\nC1\n\nD1\n"


def test_damaged_gzip_is_told_in_a_sentence() -> None:
    packed = gzip.compress("".join(f"A{number}-77\n" for number in range(10_000)).encode())
    assert len(codes(packed)) == 10_000
    damaged = bytearray(packed)
    damaged[len(packed) // 2] ^= 0xFF
    for file in (packed[:-9], packed[: len(packed) // 2], packed[:12], bytes(damaged)):
        assert why(file) == "its gzip is damaged or cut short."


def test_a_file_without_codes_is_refused_in_a_sentence() -> None:
    assert why(b"") == "it is empty."
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("codes.csv", "A1\n")
    assert why(archive.getvalue()).startswith("it is no spreadsheet that can be read. Unpack an archive")
    assert why(b"PK\x03\x04broken").startswith("it is no spreadsheet that can be read")
    assert why(b"\xd0\xcf\x11\xe0broken").startswith("it is no spreadsheet that can be read")


# Spreadsheets ----------------------------------------------------------------------------------


def sheet(rows: Sequence[Sequence[object]], *others: str) -> bytes:
    """Write a spreadsheet; a value that begins with `=` is a formula that came to an error."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd"}) as book:
        table = book.add_worksheet("Codes")
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("="):
                    table.write_formula(at, column, cell, None, "#N/A")
                else:
                    table.write(at, column, cell)
        for other in others:
            book.add_worksheet(other).write(0, 0, "x")
    return file.getvalue()


def test_a_spreadsheet_is_read() -> None:
    rows = [
        ("Gift Card Number", "PIN", "Expires"),
        ("0098123", "0042", date(2027, 12, 31)),
        ("A2", "0043", datetime(2027, 10, 31, 23, 59)),  # noqa: DTZ001 - a cell has no zone
        ("A3", "0044", "31.12.2027"),
        ("A4", "0045", None),
    ]
    assert read(sheet(rows)).codes == [
        CodeLine(2, "0098123", END_OF_2027, "0042"),
        CodeLine(3, "A2", datetime(2027, 10, 31, 23, 59, tzinfo=UTC), "0043"),
        CodeLine(4, "A3", END_OF_2027, "0044"),
        CodeLine(5, "A4", None, "0045"),
    ]


def test_a_cell_that_a_spreadsheet_keeps_as_a_number_or_an_error_is_refused_with_its_row() -> None:
    shortened = "is a number that a spreadsheet shortened; format the column as text and export it anew"
    rows = [
        ("Code",),
        (6334123456789012345,),
        (1234567,),
        ("=NA()",),
        ("A5",),
        (True,),
        (None,),
        ("A8",),
    ]
    assert problems(sheet(rows)) == [
        (2, shortened),
        (3, shortened),
        (4, "is blank, or holds an error of the spreadsheet"),
        (6, "is a placeholder for a missing code"),
        (7, "is blank, or holds an error of the spreadsheet"),
    ]
    assert problems(sheet([("Code", "PIN"), ("A1", 42)])) == [(2, f"has a PIN that {shortened}")]


def test_a_sheet_is_chosen_where_several_hold_something() -> None:
    file = sheet([("Code",), ("A1",)], "Notes")
    assert why(file) == 'several sheets hold something; choose one with --sheet: "Codes", "Notes".'
    assert codes(file, sheet="Codes") == ["A1"]
    with pytest.raises(
        Invalid, match=r'^--sheet: there is none of that name; there are "Codes", "Notes"\.'
    ):
        read(file, sheet="Cards")
    assert why(sheet([])) == "it is empty."


def test_rows_and_columns_keep_their_numbers() -> None:
    file = sheet([(), (None, "Code", None, "PIN"), (None, "A1", None, "0042")])
    assert read(file).codes == [CodeLine(3, "A1", None, "0042")]


def test_blank_rows_above_a_heading_are_a_margin_and_above_codes_are_not() -> None:
    assert read(sheet([(None,), (" ",), ("Code",), ("A1",)])).codes == [CodeLine(4, "A1", None)]
    assert problems(sheet([("=NA()",), ("A1",)])) == [
        (1, "is blank, or holds an error of the spreadsheet")
    ]
    assert codes("\n\nA1\nA2\n") == ["A1", "A2"]


def test_every_file_is_read_or_refused_in_a_sentence() -> None:
    """Cut every file short at every place, and turn every byte over: no failure of ours shows."""
    files = [
        'Code;PIN\r\nA1;"0042"\r\n'.encode("utf-16"),
        b'sep=,\n"Code","PIN"\n="0098",\'0042\n',
        gzip.compress(b"Code,Expires\nA1,31/12/2027\n"),
        sheet([("Code",), ("A1",)])[:2000],
    ]
    for file in files:
        for at in range(0, len(file), 1 + len(file) // 200):
            turned = bytearray(file)
            turned[at] ^= 0xFF
            for broken in (file[:at], bytes(turned)):
                with suppress(BadCodes, Invalid, UnicodeDecodeError):
                    read(broken)


def test_a_cell_may_be_longer_than_the_library_allows_and_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("huggg.vouchers.code_files.stretches.PIECE_BYTES", 2**20)
    long = "x" * (csv.field_size_limit() + 1)
    assert problems(f'Code,Note\nA1,"{long}"\nA2,y\n', ignored=["Note"]) == [
        (2, "has a cell that is too long")
    ]

"""The one reader of people's tables: what it reads alike, and what it refuses with its line."""

import io
from datetime import date

import openpyxl
import pytest

from clipblind.ground import sheets
from clipblind.ground.errors import UserError
from clipblind.ground.sheets import mangled, read_sheet, read_table

ROWS = [{"id": "1", "said": 'Yes, "it" is\nso.'}, {"id": "2", "said": "(b)"}]
QUOTED = '"Yes, ""it"" is\nso."'


def book(*filled):
    made = openpyxl.Workbook()
    for at, rows in enumerate(filled):
        sheet = made.active if not at else made.create_sheet(f"Sheet{at + 1}")
        for cells in rows:
            sheet.append(cells)
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


FULL = [["id", "said"], [1, 'Yes, "it" is\nso.'], [2, "(b)"]]
READ = {
    "CSV": f"id,said\n1,{QUOTED}\n2,(b)\n",
    "no line break at the end": f"id,said\n1,{QUOTED}\n2,(b)",
    "a mark, CRLF, spaces, case": f"\ufeff ID ,Said\r\n1,{QUOTED}\r\n\r\n2,(b)\r\n".replace(
        "\r\n", "\r\n"
    ),
    "semicolons": f"id;said\n1;{QUOTED}\n2;(b)\n",
    "tabs": f"id\tsaid\n1\t{QUOTED}\n2\t(b)\n",
    "a column more, pandas' index": f",id,said\n0,1,{QUOTED}\n1,2,(b)\n",
    "empty cells beyond the header": f"id,said\n1,{QUOTED},,\n2,(b),,\n",
    "JSON lines": '{"id": 1, "said": "Yes, \\"it\\" is\\nso."}\n\n{"said": "(b)", "id": 2.0}\n',
    "a JSON list": '[{"id": 1, "said": "Yes, \\"it\\" is\\nso."}, {"said": "(b)", "id": 2}]',
    "a workbook": book(FULL),
    "a workbook with an empty sheet": book(FULL, []),
}


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("suffix", [".csv", ".tsv"])  # what a file holds decides, not its name
def test_a_table_is_read_alike_in_every_format(tmp_path, name, suffix):
    path, data = tmp_path / f"a{suffix}", READ[name]
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    assert read_sheet(path, {"id": (), "said": ()}) == ROWS


def test_half_a_character_in_json_is_no_trace(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"said": "a\\ud800b"}\n{"said": "\\ud83d\\ude00"}\n')
    texts = [row["said"] for row in read_sheet(path, {"said": ()})]
    assert texts[0].encode() and texts[0][0] == "a" and texts[1] == "\U0001f600"


def test_a_cell_may_be_of_any_size(tmp_path):
    # datasette-lite 84, faults 21: csv's own limit is 128 KiB
    path = tmp_path / "a.csv"
    path.write_text(f"id,said\n1,{'x' * 400_000}\n")
    assert len(read_sheet(path, {"said": ()})[0]["said"]) == 400_000


PLAIN = "id,said\n1,(a)\n"
REFUSED = {
    "nothing": (b"", "is empty"),
    "spaces alone": (b" \n\n", "is empty"),
    "a mark alone": (b"\xef\xbb\xbf", "no column 'id'"),
    "a header alone": (b"id,said\n", "has a header but no rows"),
    "an empty workbook": (book([]), "is empty"),
    "UTF-16": (PLAIN.encode("utf-16"), "UTF-16, as spreadsheets save"),
    "UTF-16 without a mark": (PLAIN.encode("utf-16-le"), "holds zero bytes, as text in UTF-16"),
    "Latin-1": ("id,said\n1,(a)\n2,caf\xe9s\n".encode("latin-1"), r"is not UTF-8 \(line 3\)"),
    "cut in a character": (
        "id,said\n1,caf\xe9".encode()[:-1],
        "ends amid a character, so it is cut",
    ),
    # faults 38
    "cut in a row": (b"id,said\n1,(a)\n2", "line 3, has 1 cells where its header has 2: it is cut"),
    "cut in quotes": (b'id,said\n1,(a)\n2,"It is', "line 3, is no CSV .a quote is never closed"),
    "a text without quotes": (b"id,said\n1,yes, it is\n", "line 2, has 3 cells"),
    "cut in an object": (b'{"id": 1, "said": "a"}\n{"id": 2, "sa', "line 2, is no whole JSON"),
    "a list that is cut": (b'[{"id": 1, "said": "a"}, {"id"', "is no whole JSON list"),
    "no object": (b'{"id": 1, "said": "a"}\n7\n', "line 2, is no JSON object"),
    "deep nesting": (b'{"id": ' + b"[" * 100_000 + b"\n", "line 1, is no whole JSON object"),
    "a workbook cut short": (book(FULL)[:-200], "can't be read as a workbook"),
    "a workbook cut in half": (book(FULL)[:2000], "can't be read as a workbook"),
    "a zip of something else": (b"PK\x03\x04" + b"x" * 50, "can't be read as a workbook"),
    "several sheets": (book(FULL, FULL), r"several sheets \(Sheet, Sheet2\)"),
    "two columns of one name": (b"id,said,said\n1,a,b\n", r"'said' \(column 2\) and 'said' \(col"),
    "spelt apart": (b"id,said, SAID\n1,a,b\n", r"'said' \(column 2\) and 'SAID' \(column 3\)"),
    "in a workbook": (book([["id", "said", "Said"], [1, "a", "b"]]), r"'Said' \(column 3\)"),
    "in an object": (b'{"id": 1, "said": "a", "said": "b"}\n', "line 1, .*it names 'said' twice"),
    "over two objects": (b'{"id": 1, "said": "a"}\n{"id": 2, "Said": "b"}\n', "'Said'"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_is_one_sentence(tmp_path, name):
    data, said = REFUSED[name]
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(UserError, match=said) as raised:
        read_sheet(path, {"id": (), "said": ()})
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 400


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, "UNPACKED", 1000)
    (tmp_path / "a.xlsx").write_bytes(book(FULL))
    with pytest.raises(UserError, match="unpacks to more than"):
        read_table(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (-1.0, r"(1)"),
        ("-1", r"(1)"),
        (True, "TRUE, which may have been a word"),
        ("FALSE", "a word such as Yes"),
        (date(2026, 1, 2), "2026-01-02, a date"),
        ("#NAME?", "an error of a formula"),
        *((text, "") for text in ("(1)", "1", 1.0, "Yes", "true", "", None, "#1", "-", "- 1")),
    ],
)
def test_what_a_spreadsheet_makes_of_a_text_is_told(value, said):
    assert said in mangled(value) and bool(said) == bool(mangled(value))

"""The bundled files: served at `/files/<name>`, and known to `file_list` questions.

They are made here rather than shipped, so that what the emulator answers about a
file and what a download of it contains have one source.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw

SUPPORTED_SUFFIXES = frozenset(
    {".txt", ".md", ".csv", ".tsv", ".json", ".xlsx", ".xls", ".docx", ".pdf", ".pptx", ".html"}
)
"""The extensions that 阿水 takes in `file_list`; any other is error 900."""

Rows = tuple[tuple[str, ...], ...]


class UnknownFile(Exception):  # noqa: N818 - each service raises its own error from it
    """A URL of this server that names no file."""


@dataclass(frozen=True)
class ServedFile:
    """One file of this server.

    Attributes:
        name: The last part of its URL.
        media_type: Its `Content-Type`.
        data: Its bytes.
        text: What it says, for a file of text.
        rows: Its table, header first, for a file of rows.
    """

    name: str
    media_type: str
    data: bytes = field(repr=False)
    text: str = ""
    rows: Rows = ()


_SALES: Rows = (
    ("month", "region", "units", "revenue"),
    ("January", "North", "120", "2400"),
    ("February", "North", "95", "1900"),
    ("March", "South", "180", "3600"),
    ("April", "South", "160", "3200"),
    ("May", "North", "210", "4300"),
    ("June", "South", "140", "2800"),
)
_XIAOSHOU: Rows = (
    ("月份", "城市", "销量", "销售额"),
    ("一月", "济南", "80", "16000"),
    ("二月", "北京", "65", "13000"),
    ("三月", "济南", "120", "24500"),
    ("四月", "上海", "95", "19000"),
)
_STOCK: Rows = (
    ("product", "warehouse", "quantity", "price"),
    ("Longjing tea", "Hangzhou", "340", "58"),
    ("Pu'er tea", "Kunming", "120", "96"),
    ("Jasmine tea", "Fuzhou", "510", "32"),
    ("Teapot", "Yixing", "45", "260"),
)
_NOTES = """\
Notes of the launch meeting, 12 March.
The launch of the mobile app is planned for 2 June.
Maria is responsible for the marketing budget, which is 40,000 euros.
The main risk is a delay of the payment provider.
The next meeting takes place on 19 March at 10:00 in room 4.
"""
_JIYAO = """\
产品发布会议纪要，3月12日。
移动应用计划于6月2日发布。
市场预算为四十万元，由李雷负责。
主要风险是支付接口延期。
下次会议于3月19日上午十点在四号会议室举行。
"""
_HANDBOOK = """\
# Employee handbook

## Holidays
Every employee has 28 days of paid leave a year.
Unused leave expires at the end of March of the following year.

## Remote work
Employees may work from home up to three days a week.

## Expenses
Travel expenses are reimbursed within 14 days of handing in the receipts.
"""

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def names() -> list[str]:
    """List the names of the bundled files."""
    return list(_MAKERS)


@cache
def find(name: str) -> ServedFile | None:
    """Make the file of this name; None, if none has it."""
    maker = _MAKERS.get(name)
    return maker(name) if maker else None


def _text(content: str) -> Callable[[str], ServedFile]:
    def make(name: str) -> ServedFile:
        kind = "markdown" if name.endswith(".md") else "plain"
        return ServedFile(name, f"text/{kind}; charset=utf-8", content.encode(), text=content)

    return make


def _csv(rows: Rows) -> Callable[[str], ServedFile]:
    def make(name: str) -> ServedFile:
        content = "".join(",".join(row) + "\n" for row in rows)
        return ServedFile(name, "text/csv; charset=utf-8", content.encode(), rows=rows)

    return make


def _xlsx(rows: Rows) -> Callable[[str], ServedFile]:
    return lambda name: ServedFile(name, _XLSX, _workbook(rows), rows=rows)


def _png(draw: Callable[[], Image.Image]) -> Callable[[str], ServedFile]:
    def make(name: str) -> ServedFile:
        buffer = io.BytesIO()
        draw().save(buffer, "PNG")
        return ServedFile(name, "image/png", buffer.getvalue())

    return make


def _cat() -> Image.Image:
    """Draw an orange cat's face on white."""
    image = Image.new("RGB", (160, 120), "white")
    draw = ImageDraw.Draw(image)
    for ear in ([(40, 50), (48, 8), (76, 34)], [(120, 50), (112, 8), (84, 34)]):
        draw.polygon(ear, fill="orange")
    draw.ellipse((14, 14, 146, 118), fill="orange")
    for eye in (58, 102):
        draw.ellipse((eye - 7, 48, eye + 7, 66), fill="black")
    draw.polygon([(74, 76), (86, 76), (80, 84)], fill="pink")
    return image


def _bars() -> Image.Image:
    """Draw the units of `sales.csv` as blue bars."""
    image = Image.new("RGB", (140, 120), "white")
    draw = ImageDraw.Draw(image)
    for index, row in enumerate(_SALES[1:]):
        left = 2 + index * 23
        draw.rectangle((left, 118 - int(row[2]) // 2, left + 20, 118), fill="blue")
    return image


def _workbook(rows: Rows) -> bytes:
    """Write the smallest workbook that spreadsheet programs open."""
    office = "http://schemas.openxmlformats.org"
    relationships = f"{office}/officeDocument/2006/relationships"
    package = f"{office}/package/2006"
    main = f'xmlns="{office}/spreadsheetml/2006/main"'
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": (
            f'<Types xmlns="{package}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{content_type}.sheet.main+xml"/>'
            '<Override PartName="/xl/worksheets/sheet1.xml" '
            f'ContentType="{content_type}.worksheet+xml"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{relationships}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook {main} xmlns:r="{relationships}"><sheets>'
            '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{relationships}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
        ),
        "xl/worksheets/sheet1.xml": (
            f"<worksheet {main}><sheetData>"
            + "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
            + "</sheetData></worksheet>"
        ),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, xml in parts.items():
            # A fixed date keeps the bytes the same from run to run.
            info = zipfile.ZipInfo(path, (2024, 1, 1, 0, 0, 0))
            archive.writestr(info, f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}')
    return buffer.getvalue()


def _cell(value: str) -> str:
    if value.isdecimal():
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'


_MAKERS: dict[str, Callable[[str], ServedFile]] = {
    "sales.csv": _csv(_SALES),
    "xiaoshou.csv": _csv(_XIAOSHOU),
    "stock.xlsx": _xlsx(_STOCK),
    "notes.txt": _text(_NOTES),
    "jiyao.txt": _text(_JIYAO),
    "handbook.md": _text(_HANDBOOK),
    "cat.png": _png(_cat),
    "bars.png": _png(_bars),
}

"""Filling a JSON schema from a text, by type and by the names of its properties.

Numbers are taken in order, those first that stand beside a word of the property;
strings are names, places, quotations, dates or the whole text, by what the
property is called; enums are looked for in the text. A value that nothing in the
text supports is left out where the schema allows it.
"""

import re
from typing import Any

from . import arithmetic, spans
from .language import sentences
from .relevance import features
from .schemas import Room, Schema, allows_null, in_range, kind_of, look_up, without
from .spans import Span

_PLACE = re.compile(
    r"city|location|place|country|town|region|area|state|城市|地点|位置|国家|地区", re.I
)
_ORIGIN = re.compile(r"origin|\bfrom|departure|source|start|出发|起点", re.I)
_TARGET = re.compile(r"destination|\bto\b|target|arrival|目的地|终点|到达", re.I)
_PERSON = re.compile(r"name|person|author|recipient|attendee|guest|who\b|姓名|名字|人名|作者", re.I)
_WHOLE = re.compile(
    r"query|question|search|keyword|input|prompt|text|content|message|body|sentence|request|task|"
    r"查询|问题|关键词|内容|文本|消息",
    re.I,
)
_SPOKEN = re.compile(
    r"answer|response|reply|summary|explanation|reason|description|result|conclusion|setup|"
    r"punchline|thought|comment|analysis|回答|答案|总结|摘要|说明|原因",
    re.I,
)
_SUM = re.compile(r"expression|equation|formula|expr\b|calculation|表达式|算式", re.I)
_TOPIC = re.compile(r"topic|subject|theme|title|主题|标题|题目", re.I)
_NAMED_BY = r"\bnamed\b|\bcalled\b|\bname is\b|\bI am\b|\bI'm\b|名叫|叫做|叫|姓名是|名字是|姓名为"
_NO = re.compile(
    r"\bnot?\b|\bnever\b|n't\b|\bwithout\b|\bdisable\w*|不|没|无|别|关闭", re.IGNORECASE
)
_YEARS = re.compile(r"years?[ -]old|岁|\baged?\b", re.IGNORECASE)
_FORMATS = {
    "email": re.compile(r"e-?mail|邮箱|邮件", re.I),
    "uri": re.compile(r"\b(?:url|uri|link|website)|网址|链接", re.I),
    "date-time": re.compile(r"date_?time|timestamp", re.I),
    "date": re.compile(r"date|\bday\b|日期", re.I),
    "time": re.compile(r"\btime\b|时间", re.I),
}
_MAX_DEPTH = 8
MAX_TEXT = 4_000
"""Characters of a text that are looked at: what is asked for stands near its start."""


class Missing(Exception):  # noqa: N818 - a signal between the functions here
    """Nothing in the text supports a value."""


class Filler:
    """Fills one schema from one text; what is used once is not used again."""

    def __init__(
        self, text: str, root: Schema, *, spoken: str = "", room: Room | None = None
    ) -> None:
        self._text = text[:MAX_TEXT]
        self._root = root
        self._spoken = spoken
        self._room = room or Room()
        self._parts_said = 0
        self._told_whole = False
        self._taken: set[tuple[int, int]] = set()

    def fill(self, schema: Schema | None = None) -> Any:
        """Make a value that fits the schema, supported by the text or not."""
        return self._any_value(self._root if schema is None else schema, "", 0)

    def supported(self, name: str, schema: Schema) -> Any:
        """Make a value that the text supports.

        Raises:
            Missing: If it supports none.
        """
        return self._value(schema, name, 0)

    def _any_value(self, schema: Schema, name: str, depth: int) -> Any:
        try:
            return self._value(schema, name, depth)
        except Missing:
            return self._empty(self._resolve(schema), name, depth)

    def _resolve(self, schema: Schema) -> Schema:
        """Follow references, and choose among alternatives the first that is not null."""
        for _ in range(_MAX_DEPTH):
            if isinstance(reference := schema.get("$ref"), str):
                schema = {**look_up(self._root, reference), **without(schema, "$ref")}
            elif branches := schema.get("anyOf") or schema.get("oneOf"):
                chosen: Schema = next((each for each in branches if each.get("type") != "null"), {})
                schema = {**without(schema, "anyOf", "oneOf"), **chosen}
            elif branches := schema.get("allOf"):
                merged: dict[str, Any] = {}
                for each in branches:
                    merged |= each
                schema = {**without(schema, "allOf"), **merged}
            else:
                break
        return schema

    def _value(self, schema: Schema, name: str, depth: int) -> Any:
        schema = self._resolve(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._enum(schema["enum"], name)
        hint = f"{name.replace('_', ' ')} {schema.get('description', '')} {schema.get('title', '')}"
        kind = kind_of(schema)
        if depth > _MAX_DEPTH:
            raise Missing
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, name, depth)
        if kind in ("integer", "number"):
            return self._number(schema, hint, whole=kind == "integer")
        if kind == "boolean":
            return self._boolean(name, hint)
        if kind == "string":
            return self._room.fitted(self._string(name, hint, schema), schema)
        raise Missing

    def _empty(self, schema: Schema, name: str, depth: int) -> Any:
        """Make the plainest value that fits, for want of a supported one."""
        if "default" in schema:
            return schema["default"]
        if schema.get("enum"):
            return schema["enum"][0]
        kind = kind_of(schema)
        if kind == "string":
            return self._room.fitted(self._plain_string(name, schema), schema)
        if kind in ("integer", "number"):
            low = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
            return int(low) if kind == "integer" else low
        if kind == "array":
            if depth > _MAX_DEPTH:
                return []
            item = self._any_value(schema.get("items") or {}, name, depth + 1)
            return [item] * self._room.copies(schema.get("minItems", 0), item)
        return {"boolean": False, "object": {}}.get(str(kind))

    def _plain_string(self, name: str, schema: Schema) -> str:
        examples = {"date": "2024-01-01", "date-time": "2024-01-01T00:00:00Z", "time": "00:00:00"}
        examples |= {"email": "user@example.com", "uri": "https://example.com/"}
        if schema.get("format") in examples:
            return examples[schema["format"]]
        return self._spoken or self._text.strip() or name

    def _enum(self, options: list[Any], name: str) -> Any:
        """Find the option that the text names, itself or in words near it."""
        text = self._text.lower()
        for option in sorted(options, key=lambda each: -len(str(each))):
            word = re.escape(str(option).lower().replace("_", " "))
            # \b knows no boundaries between Chinese characters.
            bound = r"(?<![a-z0-9])", r"(?![a-z0-9])"
            if word and re.search(bound[0] + word + bound[1], text.replace("_", " ")):
                return option
        asked = features(self._text)
        scored = [(len(features(str(option)).keys() & asked.keys()), option) for option in options]
        score, option = max(scored, key=lambda pair: pair[0], default=(0, None))
        if not score:
            raise Missing
        return option

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        filled: dict[str, Any] = {}
        supported = False
        for name, each in (schema.get("properties") or {}).items():
            try:
                filled[name] = self._value(each, name, depth + 1)
                supported = True
            except Missing:
                if name in required:
                    filled[name] = self._empty(self._resolve(each), name, depth + 1)
                    if allows_null(each):
                        filled[name] = None
        if not supported and depth:
            nothing_required = not required
            if nothing_required:
                raise Missing
        return filled

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        item = self._resolve(schema.get("items") or {})
        kind = kind_of(item)
        if kind == "object":
            values = self._rows(item)
        elif "enum" in item:
            text = self._text.lower()
            values = [option for option in item["enum"] if str(option).lower() in text]
        elif kind in ("integer", "number"):
            values = self._all_numbers(item, whole=kind == "integer")
        else:
            values = list(spans.enumeration(self._text)) or self._free_names()
        values = values[: schema.get("maxItems", len(values))]
        if not values:
            raise Missing
        missing = schema.get("minItems", 0) - len(values)
        return [*values, *[values[-1]] * self._room.copies(missing, values[-1])]

    def _rows(self, item: Schema) -> list[Any]:
        """Fill one object for each clause that supports one."""
        pieces = [
            piece
            for line in sentences(self._text)
            for piece in re.split(
                r"\s*(?:;|；|，|,\s+(?:and\s+)?|:\s|：|\s+and\s+(?=[A-Z\d])|和(?=\d))\s*", line
            )
            if piece.strip()
        ]
        rows = []
        for piece in pieces:
            filler = Filler(piece, self._root, room=self._room)
            try:
                for name in item.get("required", item.get("properties", {})):
                    Filler(piece, self._root).supported(name, item["properties"][name])
            except Missing:
                continue
            rows.append(filler.fill(item))
        last = Filler(self._text, self._root, spoken=self._spoken, room=self._room)
        return rows or [last.fill(item)]

    def _number(self, schema: Schema, hint: str, *, whole: bool) -> int | float:
        free = [
            span
            for span in spans.numbers(self._text)
            if (span.start, span.end) not in self._taken
            and (not whole or float(span.value).is_integer())
            and in_range(span.value, schema)
        ]
        if not free:
            raise Missing
        asked = features(hint).keys()

        def nearness(span: Span) -> tuple[float, int]:
            window = self._text[max(0, span.start - 24) : span.end + 24]
            close = self._text[max(0, span.start - 8) : span.end + 12]
            aged = re.search(r"\bage\b|年龄", hint, re.I) is not None and _YEARS.search(close)
            return len(features(window).keys() & asked) + (5 if aged else 0), -span.start

        span = max(free, key=nearness)
        self._taken.add((span.start, span.end))
        return int(span.value) if whole else span.value  # type: ignore[return-value]

    def _all_numbers(self, item: Schema, *, whole: bool) -> list[Any]:
        found = []
        while True:
            try:
                found.append(self._number(item, "", whole=whole))
            except Missing:
                break
        return found

    def _boolean(self, name: str, hint: str) -> bool:
        if re.search(rf"\b{re.escape(name)}\b", self._text, re.I):
            return not _NO.search(self._text)
        asked = features(hint)
        for line in sentences(self._text):
            if asked.keys() & features(line).keys():
                return not _NO.search(line)
        raise Missing

    def _string(self, name: str, hint: str, schema: Schema) -> str:
        text = self._text
        for each, words in _FORMATS.items():
            if schema.get("format") == each or words.search(name.replace("_", " ")):
                return self._take(
                    [Span(*m.span(), m[0]) for m in spans.PATTERNS[each].finditer(text)]
                )
        pattern = schema.get("pattern", "").removeprefix("^").removesuffix("$")
        if pattern and (match := re.search(pattern, text)):
            return match[0]
        label = re.escape(name.replace("_", " "))
        value = r"([^\n,，。;；]+?)(?=\s+and\s|[\n,，。;；.?!]|$)"
        if labelled := re.search(rf"\b{label}\s*(?:[:：=]|is\b|为|是)\s*{value}", text, re.I):
            return self._take([Span(*labelled.span(1), labelled[1].strip())])
        if _SUM.search(name) and (found := arithmetic.find(text)):
            return found.expression.replace("^", "**")
        if self._spoken and _SPOKEN.search(name):
            return self._speak()
        return self._named(name, hint, has_default="default" in schema)

    def _speak(self) -> str:
        """Say the answer; a part of it, where several properties are to be said."""
        said = sum(1 for name in self._root.get("properties") or {} if _SPOKEN.search(name))
        lines = sentences(self._spoken)
        self._parts_said += 1
        if said < 2 or self._parts_said > len(lines):
            return self._spoken
        if self._parts_said < said:
            return lines[self._parts_said - 1]
        return "\n".join(lines[self._parts_said - 1 :])

    def _named(self, name: str, hint: str, *, has_default: bool) -> str:
        """Find a string by what its property is called."""
        text = self._text
        bare = name.replace("_", " ")
        if _ORIGIN.search(bare):
            return self._take(spans.after(text, r"\bfrom\b|从|自"))
        if _TARGET.search(bare):
            return self._take(spans.after(text, r"\bto\b|到|去|飞往|至"))
        if _TOPIC.search(bare) and (about := re.search(r"\babout\s+(.+?)[.?!]*$", text)):
            return about[1]
        if _PLACE.search(bare):
            cued = [
                s for s in spans.after(text, r"\bin\b|\bat\b|在|位于|来自") if s in self._names()
            ]
            return self._take(cued + self._names())
        if _PERSON.search(bare):
            return self._take(spans.after(text, _NAMED_BY) + self._names())
        if _WHOLE.search(bare) and text.strip():
            self._told_whole = True
            try:
                return self._take(spans.quotations(text))
            except Missing:
                return text.strip()
        if self._told_whole and has_default:
            raise Missing  # a name in a text that is handed on whole says nothing more
        try:
            return self._take(self._names())
        except Missing:
            if _WHOLE.search(hint) and text.strip():
                return text.strip()
            raise

    def _names(self) -> list[Span]:
        return spans.names(self._text)

    def _free_names(self) -> list[Any]:
        values = []
        for span in self._names():
            if (span.start, span.end) not in self._taken:
                self._taken.add((span.start, span.end))
                values.append(span.value)
        return values

    def _take(self, found: list[Span]) -> str:
        for span in found:
            if not any(span.start < end and start < span.end for start, end in self._taken):
                self._taken.add((span.start, span.end))
                return str(span.value)
        raise Missing


def is_place_or_name(name: str, schema: Schema) -> bool:
    """Say whether a string property is one that a list of names may fill in turn."""
    if kind_of(schema) != "string" or "enum" in schema:
        return False
    bare = name.replace("_", " ")
    if _ORIGIN.search(bare) or _TARGET.search(bare) or _SUM.search(bare):
        return False
    return bool(_PLACE.search(bare)) or not (_WHOLE.search(bare) or _TOPIC.search(bare))

"""Arithmetic in a question, in symbols or in words, computed without `eval`."""

import ast
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from .language import CJK

_WORD_SIGNS = (
    (r"\bmultiplied by\b|\btimes\b|乘以|乘|×|✕|·(?=\s*\d)", "*"),
    (r"\bdivided by\b|\bover\b|除以|÷", "/"),
    (r"\bplus\b|\badded to\b|加上|加|＋", "+"),
    (r"\bminus\b|减去|减|－|−", "-"),
    (r"\bmod(?:ulo)?\b|取余", "%"),
    (r"\bto the power of\b|\^", "**"),
    (r"\bsquared\b|的平方(?!根)", "**2"),
    (r"\bcubed\b|的立方(?!根)", "**3"),
    (r"（", "("),
    (r"）", ")"),
)
_WORDS = tuple((re.compile(words, re.IGNORECASE), sign) for words, sign in _WORD_SIGNS)
_POWER_EN = re.compile(r"(\d+)\s+to the (\d+)(?:th|nd|rd|st) power\b", re.IGNORECASE)
_POWER_ZH = re.compile(r"(\d+)\s*的\s*(\d+)\s*次[方幂]")
_ROOT = re.compile(r"(?:square root of|sqrt of|sqrt)\s*\(?\s*(\d+(?:\.\d+)?)\s*\)?", re.IGNORECASE)
_ROOT_ZH = re.compile(r"(\d+(?:\.\d+)?)\s*的\s*平方根")
_VERB = re.compile(
    r"\b(add|sum of|product of|multiply|difference between|subtract|divide)\s+"
    r"(?:of\s+)?(-?\d+(?:\.\d+)?)\s*(?:and|from|by|to|with|,)\s*(-?\d+(?:\.\d+)?)",
    re.IGNORECASE,
)
_VERB_SIGNS = {
    "add": "+",
    "sum of": "+",
    "product of": "*",
    "multiply": "*",
    "difference between": "-",
    "divide": "/",
}
_ALPHABET = r"[\d.\s()+\-*/%]"
_CANDIDATE = re.compile(rf"(?<![\w.]){_ALPHABET}*\d{_ALPHABET}*")
_OPERATION = re.compile(r"\d\s*\)*\s*(?:\*\*|[-+*/%])\s*\(*\s*-?\s*\(*\s*\d")
_NOT_SUMS = re.compile(r"\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,4}/\d{1,2}/\d{1,4}\b|\b\d+(?:-\d+){2,}\b")

Number = int | float

_BINARY: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_MAX_POWER_BITS = 4_096
_MAX_TEXT = 1_000


@dataclass(frozen=True)
class Sum:
    """An expression found in a text; `value` is None when there is none (x / 0)."""

    expression: str
    value: Number | None

    def __str__(self) -> str:
        """Write it as an equation."""
        return f"{self.expression} = {write(self.value)}"


def find(text: str) -> Sum | None:
    """Find the longest arithmetic expression in a text, and compute it."""
    text = text[:_MAX_TEXT]
    if match := _ROOT.search(text) or _ROOT_ZH.search(text):
        return Sum(f"√{match[1]}", math.sqrt(float(match[1])))
    candidates = [_tidy(each) for each in _CANDIDATE.findall(_in_symbols(text))]
    candidates = [each for each in candidates if _OPERATION.search(each)]
    if not candidates:
        return None
    expression = max(candidates, key=len)
    try:
        value = _evaluate(ast.parse(expression, mode="eval").body)
    except ZeroDivisionError:
        return Sum(_spaced(expression), None)
    except (SyntaxError, ValueError, OverflowError):
        return None
    return Sum(_spaced(expression), value)


def operations(text: str) -> set[str]:
    """Name the operations that a text asks for, in words that tools are named by."""
    found = find(text)
    if found is None:
        return set()
    if found.expression.startswith("√"):
        return {"square", "root"}
    names = {"calculate", "calculator", "math", "arithmetic", "expression", "evaluate"}
    bare = found.expression.replace("**", "^")
    words = {
        "+": ("add", "sum", "plus", "addition"),
        "-": ("subtract", "minus", "difference"),
        "*": ("multiply", "times", "product", "multiplication"),
        "/": ("divide", "quotient", "division"),
        "^": ("power", "exponent", "exponentiate"),
        "%": ("modulo", "remainder"),
    }
    return names.union(*(words[sign] for sign in words if sign in bare))


def write(value: Number | None) -> str:
    """Write a number without needless digits."""
    if value is None:
        return "undefined"
    if isinstance(value, float):
        if not math.isfinite(value):
            return "undefined"
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return f"{value:.10g}"
    return str(value)


def _in_symbols(text: str) -> str:
    text = _NOT_SUMS.sub(" ; ", text)
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = _VERB.sub(_verb_in_symbols, text)
    text = _POWER_EN.sub(r"\1**\2", text)
    text = _POWER_ZH.sub(r"\1**\2", text)
    for pattern, sign in _WORDS:
        text = pattern.sub(f" {sign} ", text)
    return re.sub(rf"[{CJK}]|(?<=\d)\s*x\s*(?=\d)", _times_or_gap, text)


def _verb_in_symbols(match: re.Match[str]) -> str:
    verb, first, second = match[1].lower(), match[2], match[3]
    if verb == "subtract":  # "subtract 3 from 10"
        return f"{second} - {first}"
    return f"{first} {_VERB_SIGNS[verb]} {second}"


def _times_or_gap(match: re.Match[str]) -> str:
    return " * " if match[0].strip() == "x" else " ; "


def _tidy(candidate: str) -> str:
    candidate = candidate.strip().rstrip(".+-*/%( ").lstrip("+*/%.) ")
    while candidate.count(")") > candidate.count("(") and candidate.endswith(")"):
        candidate = candidate[:-1].rstrip()
    while candidate.count("(") > candidate.count(")") and candidate.startswith("("):
        candidate = candidate[1:].lstrip()
    return candidate


def _spaced(expression: str) -> str:
    expression = re.sub(r"\s*(\*\*|[+*/%]|(?<=[\d)\s])-)\s*", r" \1 ", expression)
    return re.sub(r"\s+", " ", expression).replace(" ** ", "^").strip()


def _evaluate(node: ast.expr) -> Number:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _evaluate(node.operand)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = _evaluate(node.left), _evaluate(node.right)
        if isinstance(node.op, ast.Pow) and _too_large(left, right):
            raise ValueError("too large")
        result = _BINARY[type(node.op)](left, right)
        if isinstance(result, complex):
            raise ValueError("not a real number")
        return result
    raise ValueError("not arithmetic")


def _too_large(base: Number, power: Number) -> bool:
    return abs(power) * math.log2(abs(base) + 2) > _MAX_POWER_BITS

"""Does a value fit a JSON schema? By the `jsonschema` library, imported at the first question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from xyashui.surrogates import well_formed

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

__all__ = ["violation"]

_HEAD, _TAIL = 400, 200  # characters of a reason to quote, which may repeat the whole value


def violation(value: Any, schema: dict[str, Any]) -> str | None:
    """Return in what way `value` breaks `schema`, in one line; `None` where it fits.

    Example:
        >>> violation({"n": "3"}, {"properties": {"n": {"type": "integer"}}})
        "n: '3' is not of type 'integer'"
    """
    from jsonschema.exceptions import best_match
    from referencing import Registry

    # An empty registry: a schema that refers to an address must not have it fetched.
    validator = _validators()(schema, registry=Registry())
    try:
        error = best_match(validator.iter_errors(value))
    except Exception:
        # The schema itself cannot be used: a type that does not exist, a pattern of another
        # language. The model did not write it and cannot mend it, so what it answers passes.
        return None
    if error is None:
        return None
    where = ".".join(str(step) for step in error.absolute_path)
    said = well_formed(f"{where}: {error.message}" if where else str(error.message))
    return said if len(said) <= _HEAD + _TAIL else f"{said[:_HEAD]} … {said[-_TAIL:]}"


@cache
def _validators() -> type[Validator]:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    validators: type[Validator] = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {"uniqueItems": _unique_items}
    )
    return validators


def _unique_items(
    validator: Validator, unique: Any, value: Any, schema: Any
) -> Iterator[ValidationError]:
    """Do what the library does, in time linear in the value: it compares each two of a list."""
    from jsonschema import ValidationError

    if not (unique and validator.is_type(value, "array")):
        return
    # Texts are compared, whose hashes nobody can foresee; those of numbers can be made to collide.
    if len({json.dumps(_comparable(one), sort_keys=True) for one in value}) < len(value):
        yield ValidationError(f"{value!r} has non-unique elements")


def _comparable(value: Any) -> Any:
    """Return `value` with numbers in one form: to JSON Schema 1.0 is 1, though `true` is not."""
    if isinstance(value, dict):
        return {name: _comparable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_comparable(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value

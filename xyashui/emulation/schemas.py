"""Does a value fit a JSON schema? By the `jsonschema` library, imported at the first question."""

from __future__ import annotations

from typing import Any

__all__ = ["violation"]


def violation(value: Any, schema: dict[str, Any]) -> str | None:
    """Return in what way `value` breaks `schema`, in one line; `None` where it fits.

    Example:
        >>> violation({"n": "3"}, {"properties": {"n": {"type": "integer"}}})
        "n: '3' is not of type 'integer'"
    """
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match
    from referencing import Registry

    # An empty registry: a schema that refers to an address must not have it fetched.
    validator = Draft202012Validator(schema, registry=Registry())
    try:
        error = best_match(validator.iter_errors(value))
    except Exception:
        # The schema itself cannot be used: a type that does not exist, a pattern of another
        # language. The model did not write it and cannot mend it, so what it answers passes.
        return None
    if error is None:
        return None
    where = ".".join(str(step) for step in error.absolute_path)
    return f"{where}: {error.message}" if where else str(error.message)

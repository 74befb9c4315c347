"""What the options of a call have in common, whatever is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xyashui.option_names import A_SETTING, unknown_option
from xyashui.requests import Option

__all__ = ["checked_fields"]


def checked_fields(
    given: Mapping[str, Any], options: Iterable[Option], settings: Iterable[str], title: str
) -> dict[str, Any]:
    """Return the fields of a body that `given` says, checked.

    Args:
        given: Options by name; `None` counts as not given.
        options: Those that become fields of the body.
        settings: Names of others, which are left out here.
        title: The service's name for people.

    Raises:
        ConfigurationError: An option is unknown, or cannot be sent.
    """
    known = {option.name: option for option in options}
    names = [*known, *settings]
    fields = {}
    for name, value in given.items():
        if name not in names:
            raise unknown_option(f"{title}: this call", name, names, A_SETTING)
        if name in known and value is not None:
            known[name].check(value, title)
            fields[name] = value
    return fields

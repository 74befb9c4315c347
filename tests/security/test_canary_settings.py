"""A key that was given in a wrong wrapping is not repeated by whoever refuses it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.security.canary import KEY, OBJECTS, seen, settings
from xyashui import ConfigurationError

WRAPPINGS: dict[str, Any] = {
    "a list": [KEY],
    "a tuple": (KEY,),
    "a dict": {"key": KEY},
    "a set": {KEY},
}


@pytest.mark.parametrize("wrapped", WRAPPINGS)
@pytest.mark.parametrize("name", [name for name in OBJECTS if name != "Fallback"])
def test_its_refusal_is_in_other_words(name: str, wrapped: str) -> None:
    with pytest.raises(ConfigurationError, match="api_key") as caught:
        OBJECTS[name](**settings("http://127.0.0.1:9") | {"api_key": WRAPPINGS[wrapped]})
    assert not seen(f"{caught.value} {caught.value!r}")

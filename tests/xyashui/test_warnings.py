"""What a framework deprecates fails the tests, so that nobody builds on it."""

from __future__ import annotations

import warnings

import pytest
from langchain_core._api.deprecation import (
    LangChainDeprecationWarning,
    LangChainPendingDeprecationWarning,
)
from pydantic import PydanticDeprecatedSince20


@pytest.mark.parametrize(
    "kind",
    [
        DeprecationWarning,
        PendingDeprecationWarning,
        LangChainDeprecationWarning,
        LangChainPendingDeprecationWarning,
        PydanticDeprecatedSince20,
    ],
)
def test_a_deprecation_is_an_error(kind: type[Warning]) -> None:
    words = "this is as it was once"
    with pytest.raises(kind, match=words):
        warnings.warn(kind(words), stacklevel=1)

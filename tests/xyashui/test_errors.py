"""The errors themselves: the tree, what travels with them, and what must not."""

from __future__ import annotations

import copy
import pickle

import pytest

import xyashui
from xyashui import errors
from xyashui.answers import Answer, Choice, ToolCall, Usage
from xyashui.errors import APIError, TransportError, XyashuiError

CLASSES = [getattr(errors, name) for name in errors.__all__]
PARENTS = {
    "ConfigurationError": "XyashuiError",
    "APIError": "XyashuiError",
    "InternalError": "XyashuiError",
    "MalformedOutputError": "XyashuiError",
    "TransportError": "XyashuiError",
    **dict.fromkeys(
        ["AuthenticationError", "PermissionDeniedError", "QuotaExceededError", "BadRequestError",
         "ContextOverflowError", "ModelNotFoundError", "UnsupportedFeatureError", "RateLimitError",
         "ServerError", "TaskFailedError"],
        "APIError",
    ),
    **dict.fromkeys(
        ["APIConnectionError", "APITimeoutError", "StreamInterruptedError", "ProtocolError",
         "CircuitOpenError", "AllFailedError"],
        "TransportError",
    ),
}  # fmt: skip
RETRYABLE = {
    "RateLimitError", "ServerError", "APIConnectionError", "APITimeoutError",
    "StreamInterruptedError",
}  # fmt: skip

by_class = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)


def make(cls: type[XyashuiError]) -> XyashuiError:
    if issubclass(cls, APIError):
        error = cls(
            "explained",
            message="无效的令牌",
            provider="xingyun",
            status_code=401,
            code="bad",
            request_id="r-1",
            retry_after=2.5,
            retryable=True,
        )
    elif issubclass(cls, TransportError):
        error = cls("explained", provider="ashui")
    else:
        error = cls("explained")
    error.partial = Answer(
        [Choice("你好", tool_calls=[ToolCall("a", "f", "{}")])], "m", usage=Usage(1, 2, 3)
    )
    return error


def test_the_tree():
    assert {cls.__name__ for cls in CLASSES} == {*PARENTS, "XyashuiError"}
    for name, parent in PARENTS.items():
        assert getattr(errors, name).__bases__ == (getattr(errors, parent),)


@by_class
def test_every_class_is_public(cls):
    assert getattr(xyashui, cls.__name__) is cls
    assert cls.__doc__


@by_class
def test_what_may_pass_is_retryable(cls):
    assert cls.retryable == (cls.__name__ in RETRYABLE)


@by_class
@pytest.mark.parametrize(
    "copied",
    [
        lambda error: pickle.loads(pickle.dumps(error)),
        *(lambda error, p=p: pickle.loads(pickle.dumps(error, p)) for p in range(2, 6)),
        copy.copy,
        copy.deepcopy,
    ],
    ids=["pickle", "pickle 2", "pickle 3", "pickle 4", "pickle 5", "copy", "deepcopy"],
)
def test_an_error_can_be_copied(cls, copied):
    error = make(cls)
    twin = copied(error)
    assert type(twin) is cls
    assert twin is not error
    assert (str(twin), vars(twin)) == (str(error), vars(error))
    assert twin.text == "你好"
    assert repr(twin) == repr(error)


@by_class
def test_an_error_can_be_raised_as_a_class_of_an_adapter(cls):
    class Adapted(cls):
        """What an adapter makes: the same error, and a framework's besides."""

    with pytest.raises(cls) as caught:
        raise make(cls)
    error = caught.value
    twin = error.as_type(Adapted)
    assert type(twin) is Adapted
    assert (str(twin), vars(twin)) == (str(error), vars(error))
    assert twin.__traceback__ is error.__traceback__


def test_an_error_without_an_answer_has_no_text():
    error = XyashuiError("explained")
    assert error.partial is None
    assert error.text == ""


def test_the_message_is_the_services_own_words():
    assert APIError("explained", message="坏了").message == "坏了"
    assert APIError("explained").message == "explained"


def test_all_failed_keeps_no_errors_of_others_in_a_pickle():
    ours, theirs = errors.ServerError("down", retryable=True), ValueError("with a request in it")
    error = errors.AllFailedError("none", errors=[ours, theirs])
    assert error.errors == (ours, theirs)
    assert error.retryable
    back = pickle.loads(pickle.dumps(error))
    assert [str(one) for one in back.errors] == ["down"]
    assert back.retryable

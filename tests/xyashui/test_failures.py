"""A service's error -> the error of ours that it means: every row of both tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire import completion, envelope, error
from xyashui import ASHUI, XINGYUN, errors
from xyashui.emulator import TRIGGERS
from xyashui.errors import APIError
from xyashui.failures import api_error, openai_failure, plain_failure, retry_after

ID = " (request id: 20240826-AbC_9)"

# HTTP status, code, message; then the class, and whether another try may help.
XINGYUN_ROWS: list[tuple[int, Any, str, type[APIError], bool]] = [
    (400, "invalid_request_error", "参数错误", errors.BadRequestError, False),
    (400, None, "bad", errors.BadRequestError, False),
    (400, "context_length_exceeded", "too long", errors.ContextOverflowError, False),
    (
        400,
        "",
        "This model's maximum context length is 8192 tokens",
        errors.ContextOverflowError,
        False,
    ),
    (400, "", "输入超出模型上下文长度", errors.ContextOverflowError, False),
    (401, "", "无效的令牌", errors.AuthenticationError, False),
    (401, "", "该令牌已过期", errors.AuthenticationError, False),
    (401, "", "未提供令牌", errors.AuthenticationError, False),
    (401, "invalid_api_key", "Incorrect API key", errors.AuthenticationError, False),
    (402, "", "payment required", errors.QuotaExceededError, False),
    (
        403,
        "insufficient_user_quota",
        "用户额度不足, 剩余额度: ¥0.00",
        errors.QuotaExceededError,
        False,
    ),
    (403, "pre_consume_token_quota_failed", "令牌额度不足", errors.QuotaExceededError, False),
    (403, "", "该令牌额度已用尽", errors.QuotaExceededError, False),
    (429, "insufficient_quota", "You exceeded your quota", errors.QuotaExceededError, False),
    (403, "", "该令牌无权使用模型：gpt-4", errors.PermissionDeniedError, False),
    (403, "", "该令牌只能在指定网段使用", errors.PermissionDeniedError, False),
    (403, None, "forbidden", errors.PermissionDeniedError, False),
    (404, "model_not_found", "模型不存在", errors.ModelNotFoundError, False),
    (404, "", "page not found", errors.BadRequestError, False),
    (404, "", "The model `gpt-9` does not exist or is not yours", errors.ModelNotFoundError, False),
    (404, None, "模型 gpt-9 不存在", errors.ModelNotFoundError, False),
    (404, "", "no such model", errors.ModelNotFoundError, False),
    (404, "", "file-7 not found", errors.BadRequestError, False),
    (408, "", "timeout", errors.ServerError, True),
    (413, "", "too large", errors.BadRequestError, False),
    (422, "", "unprocessable", errors.BadRequestError, False),
    (425, "", "too early", errors.ServerError, True),
    (429, "", "当前分组上游负载已饱和，请稍后再试", errors.RateLimitError, True),
    (429, None, "slow down", errors.RateLimitError, True),
    (500, "bad_response_status_code", "bad response status code 500", errors.ServerError, True),
    (500, 500, "坏了", errors.ServerError, True),
    (501, "", "not implemented", errors.ServerError, False),
    (502, "", "bad gateway", errors.ServerError, True),
    (503, "", "当前分组 default 下对于模型 x 无可用渠道", errors.ModelNotFoundError, False),
    (503, "model_not_found", "负载已饱和", errors.ModelNotFoundError, False),
    (503, "", "service unavailable", errors.ServerError, True),
    (504, "", "gateway timeout", errors.ServerError, True),
    (524, "", "a timeout occurred", errors.ServerError, True),
    # Under HTTP 200 the code is all there is.
    (200, "bad_response_status_code", "坏了", errors.ServerError, True),
    (200, "", "坏了", errors.ServerError, True),
    (200, 429, "慢一点", errors.RateLimitError, True),
    (200, "401", "谁?", errors.AuthenticationError, False),
    (200, "", "无效的令牌", errors.AuthenticationError, False),
    (200, "invalid_request_error", "坏了", errors.BadRequestError, False),
]

ASHUI_ROWS: list[tuple[int, str, type[APIError], bool]] = [
    (400, "参数异常", errors.BadRequestError, False),
    (401, "message结构异常", errors.BadRequestError, False),
    (500, "内部错误", errors.ServerError, True),
    (600, "无效的key", errors.AuthenticationError, False),
    (601, "用户被封禁", errors.PermissionDeniedError, False),
    (700, "不存在的模型", errors.ModelNotFoundError, False),
    (700, "模型名称错误", errors.ModelNotFoundError, False),
    (701, "模型暂不支持该功能", errors.UnsupportedFeatureError, False),
    (800, "您的账户已欠费，请充值后重试。", errors.QuotaExceededError, False),
    (900, "不支持的文件类型", errors.UnsupportedFeatureError, False),
]


def made(provider: Any, payload: Any, status: int = 200, **headers: str) -> APIError:
    failure = provider.failure(payload, status)
    assert failure is not None
    return api_error(
        failure,
        provider=provider.name,
        title=provider.title,
        model="gpt-x",
        status=status,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


@pytest.mark.parametrize(
    ("status", "code", "message", "kind", "retryable"),
    XINGYUN_ROWS,
    ids=[f"{status} {code or message}" for status, code, message, _, _ in XINGYUN_ROWS],
)
def test_xingyuns_table(status, code, message, kind, retryable):
    failure = made(XINGYUN, error(message + ID, code), status)
    assert type(failure) is kind
    assert failure.message == message + ID
    assert failure.code == code
    assert failure.status_code == status
    assert failure.request_id == "20240826-AbC_9"
    assert failure.provider == "xingyun"
    assert failure.retryable is retryable
    assert message in str(failure)
    assert f"HTTP {status}" in str(failure)
    assert "'gpt-x'" in str(failure)


@pytest.mark.parametrize(
    ("param", "told"),
    [
        ("top_p", True),
        ("messages.0.role", True),
        ("thing", False),
        ("", False),
        (None, False),
        (5, False),
    ],
)
def test_which_part_of_the_request_is_at_fault_is_told_once(param, told):
    payload = {"error": {"message": "no such thing", "param": param}}
    words = str(made(XINGYUN, payload, 400))
    assert ("parameter" in words) == told
    assert not told or f"parameter {param}" in words


@pytest.mark.parametrize(
    ("code", "words", "kind", "retryable"),
    ASHUI_ROWS,
    ids=[f"{code} {words}" for code, words, _, _ in ASHUI_ROWS],
)
class TestAshuisTable:
    @pytest.mark.parametrize("status", [200, 400, 401, 500], ids=lambda status: f"HTTP {status}")
    @pytest.mark.parametrize("spelt", [int, str, float])
    def test_the_code_counts_and_not_the_status(self, code, words, kind, retryable, status, spelt):
        failure = made(ASHUI, envelope(spelt(code), words), status)
        assert type(failure) is kind
        assert (failure.message, failure.code, failure.status_code) == (words, code, status)
        assert failure.retryable is retryable
        assert failure.provider == "ashui"
        assert words in str(failure)
        assert f"code {code}" in str(failure)

    def test_without_words_it_is_the_same_class(self, code, words, kind, retryable):
        assert type(made(ASHUI, envelope(code))) is kind


def test_ashuis_401_is_not_about_the_key():
    assert "not about the key" in str(made(ASHUI, envelope(401, "message结构异常")))


@pytest.mark.parametrize("code", [123, -1, "E7", 1e9, "9" * 5000, "５００"])
def test_a_code_that_ashui_does_not_document_is_a_fault_of_the_service(code):
    failure = made(ASHUI, envelope(code, "未知错误"))
    assert type(failure) is errors.ServerError
    assert failure.message == "未知错误"
    assert "does not document" in str(failure)


@pytest.mark.parametrize("code", [0, "0", 0.0])
def test_code_0_is_success(code):
    payload = envelope(code, "成功", completion())
    assert ASHUI.failure(payload, 200) is None
    assert ASHUI.unwrap(payload) == completion()


@pytest.mark.parametrize(
    "payload",
    [
        {"Code": None, "Data": None},
        {"Code": True},
        {"Code": [500]},
        {"error": None, "choices": [{}]},
        {"error": "", "choices": [{}]},
        {"error": {}, "choices": [{}]},
        {"error": False},
        {"id": "x", "choices": []},
        {"message": "just a field", "type": "text"},
    ],
    ids=json.dumps,
)
@pytest.mark.parametrize("provider", [XINGYUN, ASHUI], ids=["xingyun", "ashui"])
def test_what_is_no_error(provider, payload):
    assert provider.failure(payload, 200) is None


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"error": "坏了"}, "坏了"),
        ({"error": ["a", "b"]}, "['a', 'b']"),
        ({"error": {"message": {"de": "kaputt"}}}, "{'de': 'kaputt'}"),
        ({"error": {"msg": "坏了"}}, "坏了"),
        ({"error": {"code": 7}}, ""),
        ({"error": {"message": None, "type": ["x"], "code": {"a": 1}}}, ""),
        ({"description": "坏了", "type": "new_api_error", "code": 4}, "坏了"),
        ({"detail": "坏了"}, "坏了"),
        ({"message": "坏了", "code": "E1"}, "坏了"),
        ({"error": {"message": "x" * 10_000}}, "x" * 2000),
    ],
    ids=lambda value: json.dumps(value, ensure_ascii=False)[:50],
)
def test_other_shapes_of_an_error(payload, message):
    failure = openai_failure(payload, 500)
    assert failure.kind is errors.ServerError
    assert failure.message == message


@pytest.mark.parametrize(
    ("words", "about_the_address"),
    [("", True), ("Not Found", True), ("Invalid URL (POST /v1/x)", True), ("找不到该路径", True),
     ("No route", True), ("file-7 not found", False), ("The model x does not exist", False)],
)  # fmt: skip
def test_base_url_is_doubted_only_where_a_404_is_about_the_address(words, about_the_address):
    assert ("check base_url" in str(made(XINGYUN, error(words), 404))) is about_the_address
    page = plain_failure(words.encode(), 404)
    assert "check base_url" in page.meaning
    assert page.kind is errors.BadRequestError


PAGE = b"<html>\n<head><title>\n%s</title></head><body><h1>Oh</h1></body></html>"


@pytest.mark.parametrize(
    ("body", "status", "message", "kind"),
    [
        (PAGE % b"502 Bad Gateway", 502, "502 Bad Gateway", errors.ServerError),
        (PAGE % b"504 Gateway Time-out", 504, "504 Gateway Time-out", errors.ServerError),
        (PAGE % b"524: A timeout occurred", 524, "524: A timeout occurred", errors.ServerError),
        (b"<html>no title</html>", 500, "<html>no title</html>", errors.ServerError),
        (b"upstream gone", 503, "upstream gone", errors.ServerError),
        (b"", 500, "", errors.ServerError),
        (b"", 401, "", errors.AuthenticationError),
        (b"", 429, "", errors.RateLimitError),
        (b"\xff\xfe", 400, "\ufffd\ufffd", errors.BadRequestError),
        ("当前分组下无可用渠道".encode(), 503, "当前分组下无可用渠道", errors.ModelNotFoundError),
    ],
)
def test_what_is_no_json(body, status, message, kind):
    failure = plain_failure(body, status)
    assert (failure.message, failure.kind) == (message, kind)


@pytest.mark.parametrize(
    ("headers", "message", "request_id"),
    [
        ({"x_oneapi_request_id": "one"}, "坏了", "one"),
        ({"x_request_id": "two"}, "坏了", "two"),
        ({"request_id": "three"}, "坏了" + ID, "three"),
        ({"x_request_id": ""}, "坏了" + ID, "20240826-AbC_9"),
        ({}, "坏了 (Request ID:abc-1)", "abc-1"),
        ({}, "坏了", None),
    ],
)
def test_the_request_id_comes_from_the_headers_or_the_message(headers, message, request_id):
    failure = made(XINGYUN, error(message), 500, **headers)
    assert failure.request_id == request_id
    assert request_id is None or request_id in str(failure)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", None),
        ("0", 0),
        ("1.5", 1.5),
        (" 7 ", 7),
        ("-3", 0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("Wed, 21 Oct 2015 07:28:00", 0),
        ("Mon, 01 Jan 9999 00:00:00 +9999", None),
        ("Mon, 99 Foo 2015 07:28:00 GMT", None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(value, seconds):
    assert retry_after({"retry-after": value}) == seconds
    assert made(XINGYUN, error("x"), 429, retry_after=value).retry_after == seconds


@pytest.mark.parametrize(("hours", "seconds"), [(2, 7200), (-2, 0)])
def test_retry_after_as_a_date_is_from_now(hours, seconds):
    date = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)
    assert retry_after({"retry-after": date}) == pytest.approx(seconds, abs=60)


@given(st.text() | st.from_regex(r"\w{3}, \d{1,2} (Jan|Dec) -?\d{1,5} \d\d:\d\d:\d\d( [+-]\d{4})?"))
def test_any_retry_after(value):
    got = retry_after({"retry-after": value})
    assert got is None or got >= 0


def test_no_retry_after_is_none():
    assert retry_after({}) is None


@pytest.mark.parametrize(
    "trigger", TRIGGERS, ids=lambda one: f"{one.service} {one.kind} {one.name}"
)
def test_what_the_emulator_can_say_is_all_understood(trigger):
    """The emulator's table and this package's agree on every row."""
    failure = trigger.failure("gpt-x")
    provider = {"xingyun": XINGYUN, "ashui": ASHUI}[trigger.service]
    payload = (
        envelope(failure.code, failure.message)
        if provider is ASHUI
        else error(failure.message, failure.code)
    )
    got = made(provider, payload, failure.status)
    assert got.message == failure.message
    assert type(got) is not APIError

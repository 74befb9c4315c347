"""Keys, models and words in prompts that bring each documented error about.

Any other non-empty key is accepted, and any other model must be in the service's
list (`models.py`). `TRIGGERS` is the whole table of keys and models; the manual is
made from it. What is drawn can be refused for its prompt as well: `PROMPT_TRIGGERS`.
"""

from dataclasses import dataclass
from typing import Literal

from .failures import Arrival, Failure

Service = Literal["xingyun", "ashui"]


@dataclass(frozen=True)
class Trigger:
    """One name that is always refused in one way.

    Attributes:
        service: Which service knows the name.
        kind: Whether the name is an API key or a model.
        name: What to send.
        status: The HTTP status of the answer.
        code: The provider's error code.
        message: The provider's words; `{model}` stands for the model asked for.
        meaning: What it means, in English.
        arrives: How the error reaches the client.
        retry_after: Seconds, where the answer has a `Retry-After` header.
    """

    service: Service
    kind: Literal["key", "model"]
    name: str
    status: int
    code: str | int
    message: str
    meaning: str
    arrives: Arrival = "answer"
    retry_after: float | None = None

    def failure(self, model: str = "") -> Failure:
        """Make the refusal that this name asks for."""
        return Failure(
            message=self.message.format(model=model),
            code=self.code,
            status=self.status,
            detail=f"{self.kind} {self.name!r}: {self.meaning}",
            arrives=self.arrives,
            retry_after=self.retry_after,
        )


def _xingyun(
    kind: Literal["key", "model"],
    name: str,
    status: int,
    code: str,
    message: str,
    meaning: str,
    arrives: Arrival = "answer",
    retry_after: float | None = None,
) -> Trigger:
    return Trigger("xingyun", kind, name, status, code, message, meaning, arrives, retry_after)


def _ashui(
    kind: Literal["key", "model"],
    name: str,
    code: int,
    message: str,
    meaning: str,
    arrives: Arrival = "answer",
) -> Trigger:
    return Trigger("ashui", kind, name, 200, code, message, meaning, arrives)


TRIGGERS: tuple[Trigger, ...] = (
    # 星芸 [gw]: HTTP status and {"error": {...}}.
    _xingyun("key", "invalid", 401, "", "无效的令牌", "the key is wrong"),
    _xingyun("key", "expired", 401, "", "该令牌已过期", "the key has expired"),
    _xingyun(
        "key",
        "no-quota",
        403,
        "insufficient_user_quota",
        "用户额度不足, 剩余额度: ¥0.000000",
        "the account has no money left",
    ),
    _xingyun(
        "key",
        "no-key-quota",
        403,
        "pre_consume_token_quota_failed",
        "令牌额度不足, 令牌剩余额度: ¥0.000000",
        "the key's own budget is too small for this request",
    ),
    _xingyun("key", "used-up", 403, "", "该令牌额度已用尽", "the key's own budget is used up"),
    _xingyun(
        "key",
        "not-for-model",
        403,
        "",
        "该令牌无权使用模型：{model}",
        "the key may not use this model",
    ),
    _xingyun(
        "key",
        "wrong-network",
        403,
        "",
        "该令牌只能在指定网段使用",
        "the key may not be used from this address",
    ),
    _xingyun(
        "key",
        "rate-limited",
        429,
        "",
        "当前分组上游负载已饱和，请稍后再试",
        "too many requests; the answer says when to try again",
        retry_after=1,
    ),
    _xingyun(
        "model",
        "bad-request",
        400,
        "invalid_request_error",
        "请求参数错误",
        "the upstream vendor finds the request malformed",
    ),
    _xingyun(
        "model",
        "too-long",
        400,
        "context_length_exceeded",
        "This model's maximum context length is 0 tokens.",
        "the context is too long for the model, whatever its length",
    ),
    _xingyun(
        "model",
        "no-such-model",
        404,
        "model_not_found",
        "模型 {model} 不存在",
        "no such model",
    ),
    _xingyun(
        "model",
        "no-channel",
        503,
        "model_not_found",
        "当前分组 default 下对于模型 {model} 无可用渠道",
        "no such model on this account's channels; trying again does not help",
    ),
    _xingyun(
        "model",
        "overloaded",
        429,
        "",
        "当前分组上游负载已饱和，请稍后再试",
        "the upstream vendor is busy; the answer does not say for how long",
    ),
    _xingyun(
        "model",
        "broken",
        500,
        "bad_response_status_code",
        "bad response status code 500",
        "the upstream vendor failed; worth another try",
    ),
    _xingyun("model", "bad-gateway", 502, "", "502 Bad Gateway", "a proxy's page", "page"),
    _xingyun("model", "unavailable", 503, "", "503 Service Unavailable", "a proxy's page", "page"),
    _xingyun("model", "gateway-timeout", 504, "", "504 Gateway Time-out", "a proxy's page", "page"),
    _xingyun(
        "model", "origin-timeout", 524, "", "524 A timeout occurred", "a proxy's page", "page"
    ),
    _xingyun(
        "model",
        "error-in-body",
        200,
        "bad_response_status_code",
        "bad response status code 500",
        "an error object under HTTP 200: the whole body, or a stream's first event",
        "body",
    ),
    _xingyun(
        "model",
        "error-mid-stream",
        200,
        "bad_response_body",
        "上游返回错误，请稍后再试",
        "an answer that begins well and then fails with an error event, under HTTP 200",
        "stream",
    ),
    # 阿水 [doc]: always HTTP 200 and {"Type", "Data", "Err", "Code"}.
    _ashui("key", "invalid", 600, "无效的key", "the key is wrong"),
    _ashui("key", "banned", 601, "用户被封禁", "the user is banned"),
    _ashui("key", "no-quota", 800, "您的账户已欠费，请充值后重试。", "the account is in arrears"),
    _ashui("model", "bad-request", 400, "参数异常", "a parameter is bad"),
    _ashui("model", "bad-messages", 401, "message结构异常", "`messages` is malformed"),
    _ashui("model", "broken", 500, "内部错误", "the service failed; worth another try"),
    _ashui("model", "no-such-model", 700, "不存在的模型", "no such model"),
    _ashui("model", "misnamed-model", 700, "模型名称错误", "no such model, in the table's words"),
    _ashui(
        "model",
        "no-features",
        701,
        "模型暂不支持该功能",
        "the model does not support what was asked for",
    ),
    _ashui("model", "bad-file", 900, "不支持的文件类型", "the file's type is not supported"),
    _ashui(
        "model",
        "error-mid-stream",
        500,
        "内部错误",
        "an answer that begins well and then fails with an error event",
        "stream",
    ),
)


@dataclass(frozen=True)
class PromptTrigger:
    """Words that bring an error about wherever a prompt of 星芸's holds one of them.

    Attributes:
        section: Which endpoints look for them.
        words: What to write into the prompt.
        status: The HTTP status of the answer.
        code: The provider's error code.
        message: The provider's words.
        meaning: What it means, in English.
        half_way: Whether the prompt is taken on first, and its task fails later.
    """

    section: Literal["images", "midjourney"]
    words: tuple[str, ...]
    status: int
    code: str | int
    message: str
    meaning: str
    half_way: bool = False

    def failure(self) -> Failure:
        """Make the refusal that these words ask for."""
        return Failure(
            message=self.message,
            code=self.code,
            status=self.status,
            type="invalid_request_error",
            detail=f"prompt with {self.words[0]!r}: {self.meaning}",
        )


PROMPT_TRIGGERS: tuple[PromptTrigger, ...] = (
    PromptTrigger(
        "images",
        ("forbidden-picture", "违禁图片"),
        400,
        "content_policy_violation",
        "Your request was rejected as a result of our safety system. Your prompt may contain "
        "text that is not allowed by our safety system.",
        "the prompt asks for what the upstream vendor does not draw",
    ),
    PromptTrigger(
        "midjourney",
        ("forbidden-picture", "违禁图片"),
        200,
        24,
        "可能包含敏感词",
        "a word of the prompt is banned: the task is not taken on",
    ),
    PromptTrigger(
        "midjourney",
        ("failing-picture", "失败图片"),
        200,
        "FAILURE",
        "绘图失败：上游未能完成此任务，请修改提示词后重试",
        "the task is taken on, and fails half-way with this `failReason`",
        half_way=True,
    ),
)
"""The table of words in prompts. Made-up words, so that no other prompt meets them."""


def find_in_prompt(section: Literal["images", "midjourney"], prompt: str) -> PromptTrigger | None:
    """Look for a trigger's word in a prompt."""
    lower = prompt.lower()
    for trigger in PROMPT_TRIGGERS:
        if trigger.section == section and any(word in lower for word in trigger.words):
            return trigger
    return None


def find(service: Service, kind: Literal["key", "model"], name: str) -> Trigger | None:
    """Look a key or a model name up."""
    for trigger in TRIGGERS:
        if (trigger.service, trigger.kind, trigger.name) == (service, kind, name):
            return trigger
    return None

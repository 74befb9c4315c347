"""The models that each emulated service offers, and what each can do."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["chat", "completion", "embedding", "image", "midjourney", "speech", "transcription"]


@dataclass(frozen=True)
class ModelCard:
    """What one model accepts.

    Attributes:
        name: The name to ask for.
        context: Tokens of prompt and completion together; of one input, for an embedding
            model. 0 where the service counts characters or bytes instead.
        max_output: Tokens of one completion, where that is less than the context.
        vision: Whether messages may carry images.
        files: Whether `file_list` is accepted (阿水 only).
        web_search: Whether the model can search (always on for 星芸's `gpt-4-web`).
        reasoning: Whether answers carry `reasoning_content`.
        vendor: The `owned_by` of the model list.
        kind: What the model is for.
    """

    name: str
    context: int = 0
    max_output: int | None = None
    vision: bool = False
    files: bool = False
    web_search: bool = False
    reasoning: bool = False
    vendor: str = "openai"
    kind: Kind = "chat"


def _by_name(*cards: ModelCard) -> dict[str, ModelCard]:
    return {card.name: card for card in cards}


# [doc] gives the context of the first six names; the others are the newer names
# that `/v1/models` adds [gw].
XINGYUN_MODELS = _by_name(
    ModelCard("gpt-3.5-turbo", 4_096),
    ModelCard("gpt-3.5-turbo-16k", 16_384),
    ModelCard("gpt-4", 8_192),
    ModelCard("gpt-4-1106-preview", 128_000, 4_096),
    ModelCard("gpt-4-turbo", 128_000, 4_096, vision=True),
    ModelCard("qwen-turbo", 8_192, vendor="ali"),
    ModelCard("gpt-4-web", 128_000, 4_096, web_search=True),
    ModelCard("gpt-4o", 128_000, 16_384, vision=True),
    ModelCard("qwen3.6-plus", 131_072, 16_384, vision=True, vendor="ali"),
    ModelCard("deepseek-v3", 65_536, 8_192, vendor="deepseek"),
    ModelCard("deepseek-r1", 65_536, 8_192, reasoning=True, vendor="deepseek"),
    ModelCard("gpt-3.5-turbo-instruct", 4_096, kind="completion"),
    ModelCard("text-embedding-ada-002", 8_191, kind="embedding"),
    ModelCard("text-embedding-3-small", 8_191, kind="embedding"),
    ModelCard("dall-e-2", kind="image"),
    ModelCard("dall-e-3", kind="image"),
    ModelCard("midjourney", vendor="midjourney", kind="midjourney"),
    ModelCard("tts-1", kind="speech"),
    ModelCard("tts-1-hd", kind="speech"),
    ModelCard("whisper-1", kind="transcription"),
)

# [doc] names `ashuiai-4.0` only. The second, text-only one is the emulator's, so
# that error 701 (模型暂不支持该功能) can be met as users would meet it.
ASHUI_MODELS = _by_name(
    ModelCard("ashuiai-4.0", 128_000, vision=True, files=True, web_search=True, vendor="ashui"),
    ModelCard("ashuiai-3.5", 16_384, vendor="ashui"),
)

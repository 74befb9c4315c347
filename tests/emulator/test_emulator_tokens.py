import pytest

from xyashui.emulator import tokens


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("你好", 2),
        ("word", 1),
        ("wording", 2),
        ("two words", 3),
        ("12345", 2),
        ("Hi, 济南!", 5),
    ],
)
def test_tokens_can_be_counted_by_hand(text: str, count: int) -> None:
    assert tokens.count(text) == count


@pytest.mark.parametrize(
    "text", ["  a b\n\nc  ", "今天 25℃，晴。", "emoji 👩‍👧 é e\u0301", "snake_case ½ ² ٣", "\n"]
)
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(tokens.split(text)) == text

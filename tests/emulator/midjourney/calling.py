"""Midjourney called as a client without any of xyashui would, and its pictures compared."""

import base64
import io
import time
from typing import Any

import httpx
from PIL import Image, ImageChops, ImageStat

from xyashui.emulator import PROMPT_TRIGGERS, TRIGGERS, Emulator

KEY = {"Authorization": "Bearer test-key"}
BANNED, FAILING = (each for each in PROMPT_TRIGGERS if each.section == "midjourney")
KEYS = [each for each in TRIGGERS if each.service == "xingyun" and each.kind == "key"]
ENDED = ("SUCCESS", "FAILURE", "MODAL")

Json = dict[str, Any]


class Caller:
    """Calls the section as a client without any of xyashui would."""

    def __init__(self, emulator: Emulator, key: str = "test-key") -> None:
        self.emulator = emulator
        self.http = httpx.Client(
            base_url=f"{emulator.xingyun_url}/mj",
            headers={"Authorization": f"Bearer {key}"},
            timeout=10,
            trust_env=False,
            verify=False,
        )

    def post(self, path: str, **body: Any) -> Json:
        response = self.http.post(path, json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def submit(self, what: str, **body: Any) -> Json:
        return self.post(f"/submit/{what}", **body)

    def fetch(self, id_: str | int) -> Json:
        return self.http.get(f"/task/{id_}/fetch").json()

    def wait(self, submitted: Json) -> Json:
        assert submitted["code"] in (1, 21, 22), submitted
        while (task := self.fetch(submitted["result"]))["status"] not in ENDED:
            time.sleep(0.01)
        return task

    def imagine(self, prompt: str, **body: Any) -> Json:
        return self.wait(self.submit("imagine", prompt=prompt, **body))

    def press(self, task: Json, name: str) -> Json:
        named = {button["label"] or button["emoji"]: button for button in task["buttons"]}
        return self.submit("action", taskId=task["id"], customId=named[name]["customId"])

    def pressed(self, task: Json, name: str) -> Json:
        return self.wait(self.press(task, name))

    def picture(self, task: Json) -> Image.Image:
        response = self.http.get(task["imageUrl"])
        assert response.headers["content-type"] == "image/png"
        return Image.open(io.BytesIO(response.content)).convert("RGB")


def uri(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def plain(colour: str, size: tuple[int, int] = (64, 64)) -> Image.Image:
    return Image.new("RGB", size, colour)


def quarters(grid: Image.Image) -> list[Image.Image]:
    width, height = grid.width // 2, grid.height // 2
    corners = [(0, 0), (width, 0), (0, height), (width, height)]
    return [grid.crop((x, y, x + width, y + height)) for x, y in corners]


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, from 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other.resize(one.size))).mean) / 3


def mean(image: Image.Image) -> list[float]:
    return ImageStat.Stat(image.convert("RGB")).mean

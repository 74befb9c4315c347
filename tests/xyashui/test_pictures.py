"""Pictures that a service paints: asked for, fetched, saved and shown."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import xyashui
from tests.servers import FaultServer, http, reset
from xyashui import (
    APIConnectionError,
    AsyncClient,
    BadRequestError,
    Client,
    ConfigurationError,
    Picture,
    Pictures,
    ProtocolError,
)
from xyashui.emulator import Emulator


def drawn(form: str = "PNG", size: tuple[int, int] = (6, 4)) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, "teal").save(written, format=form)
    return written.getvalue()


PNG = drawn()
TEXT = base64.b64encode(PNG).decode()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer([http(PNG, 200, "image/png")]) as running:
        yield running


def client_of(server: FaultServer, **settings: Any) -> Client:
    return Client(api_key="test-key", base_url=server.url, **{"max_retries": 0, **settings})


Paint = Callable[..., Any]


@pytest.fixture(params=["sync", "async"])
def paint(request: pytest.FixtureRequest, emulator: Emulator) -> Paint:
    """Have a picture painted, with and without `await`."""
    given = {"api_key": "test-key", "base_url": emulator.xingyun_url, "max_retries": 0}

    async def paint(prompt: Any, **options: Any) -> Pictures:
        if request.param == "sync":
            with Client(**given) as client:
                return client.generate_image(prompt, **options)
        async with AsyncClient(**given) as client:
            return await client.generate_image(prompt, **options)

    return paint


class TestPainting:
    async def test_gives_an_address_and_what_was_really_painted(self, paint: Paint) -> None:
        pictures = await paint("一只戴帽子的猫")
        (picture,) = pictures
        assert picture is pictures.first
        assert picture.url.startswith("http://127.0.0.1")
        assert picture.base64 is None
        assert "一只戴帽子的猫" in picture.revised_prompt
        assert isinstance(pictures.created, int)

    async def test_gives_the_picture_itself(self, paint: Paint) -> None:
        (picture,) = await paint("a cat", response_format="b64_json", size="1024x1792")
        assert (picture.url, picture.media_type) == (None, "image/png")
        assert picture.size == (1024, 1792)
        assert picture.bytes() == picture.data

    async def test_gives_several(self, paint: Paint, tmp_path: Path) -> None:
        pictures = await paint("a cat", model="dall-e-2", n=2, size="256x256", download=True)
        assert [picture.size for picture in pictures] == [(256, 256)] * 2
        assert len({picture.base64 for picture in pictures[:2]}) == 2
        assert pictures.save(tmp_path / "cat.png") == [
            tmp_path / "cat-1.png",
            tmp_path / "cat-2.png",
        ]

    async def test_sends_what_is_asked_for_and_nothing_else(
        self, paint: Paint, emulator: Emulator
    ) -> None:
        await paint("a cat", quality="hd", style="natural", user="me", size=None, extra_body={})
        assert emulator.requests[-1].body == {
            "model": "dall-e-3",
            "prompt": "a cat",
            "quality": "hd",
            "style": "natural",
            "user": "me",
        }

    async def test_is_refused_in_the_services_words(self, paint: Paint) -> None:
        with pytest.raises(BadRequestError, match="n") as caught:
            await paint("a cat", extra_body={"n": 5})
        assert caught.value.provider == "xingyun"

    @pytest.mark.parametrize(
        ("prompt", "options", "reason"),
        [
            ("", {}, "nothing to paint"),
            (None, {}, "nothing to paint"),
            ("a cat", {"siez": "1x1"}, "Did you mean 'size'.*extra_body"),
            ("a cat", {"n": 0}, "n=0 is outside"),
            ("a cat", {"n": "2"}, "n must be int"),
            ("a cat", {"size": 1024}, "size must be str"),
            ("a cat", {"response_format": "png"}, "must be one of 'url', 'b64_json'"),
            ("a cat", {"model": " "}, "name of a model"),
            ("a cat", {"download": "yes"}, "download must be True or False"),
            ("a cat", {"extra_body": 5}, "extra_body must be"),
        ],
    )
    async def test_is_refused_before_anything_is_sent(
        self, paint: Paint, emulator: Emulator, prompt: Any, options: Any, reason: str
    ) -> None:
        before = len(emulator.requests)
        with pytest.raises(ConfigurationError, match=reason):
            await paint(prompt, **options)
        assert len(emulator.requests) == before

    def test_is_nothing_that_ashui_documents(self) -> None:
        with (
            Client(xyashui.ASHUI, api_key="test-key") as client,
            pytest.raises(ConfigurationError, match="documents no images"),
        ):
            client.generate_image("a cat")

    def test_reads_what_gateways_write(self, server: FaultServer) -> None:
        entries = [
            {"b64_json": TEXT},
            {"b64_json": f"data:image/png;base64,{TEXT}", "url": ""},
            {"url": f"data:image/png;base64,{TEXT}"},
            {"url": "https://a.cn/b.png", "b64_json": None, "revised_prompt": None},
        ]
        server.play([http({"created": "x", "data": entries, "usage": {"total_tokens": 5}})])
        with client_of(server) as client:
            pictures = client.generate_image("a cat", n=4)
        assert [picture.data for picture in pictures] == [PNG, PNG, PNG, None]
        assert pictures.extra == {"usage": {"total_tokens": 5}}
        assert pictures.created is None

    @pytest.mark.parametrize(
        "answer",
        [
            {},
            {"data": []},
            {"data": None},
            {"data": [{}]},
            {"data": ["x"]},
            {"data": [{"b64_json": "%%%"}]},
            {"data": [{"b64_json": 5}]},
            {"data": [{"b64_json": base64.b64encode(b"<html>gone</html>").decode()}]},
            {"data": [{"url": {"a": 1}}]},
            {"data": {"0": {"b64_json": TEXT}}},
            b"<html>",
        ],
        ids=repr,
    )
    def test_says_so_where_an_answer_cannot_be_read(self, server, answer: Any) -> None:
        server.play([http(answer)])
        with client_of(server) as client, pytest.raises(ProtocolError, match="cannot be read"):
            client.generate_image("a cat")

    @pytest.mark.parametrize("broken", ["%%%", {"b64_json": "%%%"}, None], ids=repr)
    def test_loses_no_picture_because_another_is_broken(self, server, broken: Any) -> None:
        address = f"{server.url}/cat.png"
        data = [{"b64_json": TEXT}, broken, {"url": address}]
        server.play([http({"data": data, "created": 5})], [http(PNG, 200, "image/png")])
        with client_of(server) as client:
            with pytest.raises(ProtocolError, match="picture 2 of 3") as caught:
                client.generate_image("a cat", n=3)
            received = pickle.loads(pickle.dumps(caught.value)).received
            assert [picture.data for picture in received] == [PNG, None]
            assert received.created == 5
            assert caught.value.received[1].bytes() == PNG

    def test_says_that_none_can_be_read(self, server) -> None:
        server.play([http({"data": [{}, {}]})])
        with client_of(server) as client, pytest.raises(ProtocolError) as caught:
            client.generate_image("a cat", n=2)
        assert caught.value.received is None

    def test_is_not_paid_twice(self, server: FaultServer) -> None:
        server.play([reset])
        with client_of(server, max_retries=3) as client, pytest.raises(APIConnectionError):
            client.generate_image("a cat")
        assert len(server.requests) == 1

    def test_loses_nothing_where_the_picture_cannot_be_fetched_at_once(self, server) -> None:
        address = f"{server.url}/gone.png"
        server.play([http({"data": [{"url": address}]})], [http(b"", 404)])
        with client_of(server) as client:
            (picture,) = client.generate_image("a cat", download=True)
        assert (picture.url, picture.base64) == (address, None)


class TestSaving:
    async def test_writes_the_bytes(self, tmp_path: Path) -> None:
        picture = Picture(base64=TEXT)
        assert picture.save(tmp_path / "a.png") == tmp_path / "a.png"
        assert await picture.asave(str(tmp_path / "b.png")) == tmp_path / "b.png"
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes() == PNG

    async def test_overwrites_nothing_without_being_told(self, tmp_path: Path) -> None:
        taken = tmp_path / "cat.png"
        taken.write_bytes(b"mine")
        for picture in (Picture(base64=TEXT), Pictures((Picture(base64=TEXT),))):
            with pytest.raises(ConfigurationError, match=r"exists already.*overwrite=True"):
                picture.save(taken)
            with pytest.raises(ConfigurationError, match="exists already"):
                await picture.asave(taken)
        assert taken.read_bytes() == b"mine"
        Picture(base64=TEXT).save(taken, overwrite=True)
        assert taken.read_bytes() == PNG

    def test_fetches_nothing_that_has_no_place(self, server, tmp_path: Path) -> None:
        picture = Picture(f"{server.url}/cat.png")
        with pytest.raises(ConfigurationError, match="is a directory"):
            picture.save(tmp_path)
        assert not server.requests

    def test_writes_none_of_several_where_one_has_no_place(self, tmp_path: Path) -> None:
        (tmp_path / "cat-2.png").write_bytes(b"mine")
        with pytest.raises(ConfigurationError, match="cat-2"):
            Pictures((Picture(base64=TEXT), Picture(base64=TEXT))).save(tmp_path / "cat.png")
        assert [path.name for path in tmp_path.iterdir()] == ["cat-2.png"]

    @pytest.mark.parametrize("path", [None, 5, "", "."])
    @pytest.mark.parametrize("many", [1, 2])
    async def test_refuses_what_names_no_file(self, path: Any, many: int) -> None:
        pictures = Pictures((Picture(base64=TEXT),) * many)
        with pytest.raises(ConfigurationError, match=r"must be a str or a path|is a directory"):
            pictures.save(path)
        with pytest.raises(ConfigurationError, match=r"must be a str or a path|is a directory"):
            await pictures.asave(path)

    @pytest.mark.parametrize(
        ("path", "reason"),
        [
            ("none/cat.png", "cannot be written"),
            ("a\0b", "cannot be written"),
            (5, "must be a str"),
        ],
    )
    def test_says_why_it_cannot(self, tmp_path: Path, path: Any, reason: str) -> None:
        path = tmp_path / path if isinstance(path, str) and "\0" not in path else path
        with pytest.raises(ConfigurationError, match=reason):
            Picture(base64=TEXT).save(path)

    def test_leaves_no_file_where_the_picture_is_gone(self, server, tmp_path: Path) -> None:
        server.play([http(b"", 404)])
        with pytest.raises(BadRequestError):
            Picture(f"{server.url}/cat.png").save(tmp_path / "cat.png")
        assert not list(tmp_path.iterdir())


class TestShowing:
    @pytest.mark.parametrize(
        ("form", "kind", "ending"),
        [
            ("PNG", "image/png", "png"),
            ("JPEG", "image/jpeg", "jpg"),
            ("WEBP", "image/webp", "webp"),
            ("GIF", "image/gif", "gif"),
        ],
    )
    def test_knows_a_picture_by_its_content(self, form: str, kind: str, ending: str) -> None:
        picture = Picture(base64=base64.b64encode(drawn(form)).decode())
        assert (picture.media_type, picture.ending) == (kind, ending)
        assert picture.size == (6, 4)

    def test_shows_the_bytes_that_are_held(self) -> None:
        png, jpeg, webp = (
            Picture(base64=base64.b64encode(drawn(form)).decode())
            for form in ("PNG", "JPEG", "WEBP")
        )
        assert (png._repr_png_(), png._repr_jpeg_(), png._repr_html_()) == (PNG, None, None)
        assert jpeg._repr_jpeg_() == jpeg.data
        assert jpeg._repr_png_() is None
        assert webp._repr_png_() is None
        assert str(webp._repr_html_()).startswith('<img src="data:image/webp;base64,')

    def test_loads_nothing_by_itself(self) -> None:
        shown = str(Picture("https://a.cn/b.png?x=1&y=2")._repr_html_())
        assert "<img" not in shown
        assert 'href="https://a.cn/b.png?x=1&amp;y=2"' in shown
        assert "noreferrer" in shown

    @pytest.mark.parametrize(
        "url",
        ["javascript:alert(1)", 'https://a.cn/"><script>alert(1)</script>', "data:text/html,x"],
    )
    def test_shows_no_foreign_markup(self, url: str) -> None:
        picture = Picture(url, revised_prompt='"><script>alert(2)</script>')
        held = Picture(base64=base64.b64encode(drawn("GIF")).decode(), revised_prompt='"><b>')
        assert "<script" not in str(picture._repr_html_())
        assert 'href="javascript' not in str(picture._repr_html_())
        assert 'href="data' not in str(picture._repr_html_())
        assert "<b>" not in str(held._repr_html_())

    def test_shows_several_side_by_side(self) -> None:
        one = Pictures((Picture(base64=TEXT),))
        two = Pictures((Picture(base64=TEXT), Picture("https://a.cn/b.png")))
        assert (one._repr_png_(), one._repr_html_()) == (PNG, None)
        assert two._repr_png_() is None
        assert str(two._repr_html_()).count("<div>") == 2

    def test_is_short_in_words(self) -> None:
        shown = repr(Pictures((Picture("https://a.cn/b.png", TEXT * 4000, "a cat " * 100),)))
        assert len(shown) < 300
        assert "https://a.cn/b.png" in shown
        assert "image/png" in shown

    def test_travels_without_the_key(self, server, monkeypatch: pytest.MonkeyPatch) -> None:
        with Client(api_key="canary-key", base_url=server.url) as client:
            packed = pickle.dumps(Picture(f"{server.url}/cat.png").fetched_by(client))
        assert b"canary" not in packed
        assert pickle.loads(packed).bytes() == PNG

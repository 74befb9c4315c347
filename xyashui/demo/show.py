"""The order of events: every scene of every service, in the framework that shows it best."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from xyashui.demo.scenes import (
    CORE,
    FRAMEWORKS,
    SCENES,
    Code,
    Framework,
    Scene,
    lines_of,
    prelude_of,
)
from xyashui.demo.stage import Stage
from xyashui.demo.theatre import theatre
from xyashui.errors import XyashuiError
from xyashui.providers import Provider

__all__ = ["run"]

_PACE = 55.0  # tokens a second: as fast as one can follow


def run(*, providers: Sequence[Provider], frameworks: Sequence[Framework], fast: bool) -> bool:
    """Show what there is; return whether all of it went well.

    Args:
        providers: The services to show.
        frameworks: The frameworks to show them in; one that is not installed is left out.
        fast: Stream without pauses. Where nobody watches, that is so anyway.

    Raises:
        ImportError: The emulator's parts are not installed; it says what to install.
    """
    stage = Stage(fast=fast)
    began = monotonic()
    stage.open()
    with theatre() as emulator:
        namespaces = _rehearse(frameworks, stage)
        if not namespaces:
            return False
        if stage.watched:
            emulator.tokens_per_second = _PACE
        failures = 0
        for provider in providers:
            stage.announce(provider.title, provider.root)
            for scene in SCENES:
                if scene.is_offered(provider):
                    failures += not _play(scene, provider, namespaces, stage, emulator.files_url)
            missing = sorted({str(one.needs) for one in SCENES if not one.is_offered(provider)})
            if missing:
                stage.note(f"Not shown: {provider.title} documents no {', '.join(missing)}.")
    stage.close(monotonic() - began, providers)
    return failures == 0


def _rehearse(frameworks: Sequence[Framework], stage: Stage) -> dict[Code, dict[str, Any]]:
    """Import the frameworks, before anything is timed; return the names that their code sees."""
    namespaces: dict[Code, dict[str, Any]] = {}
    for framework in frameworks:
        names: dict[str, Any] = {"print": stage.print}
        try:
            with stage.waiting(f"Importing {FRAMEWORKS[framework]} ..."):
                _execute(prelude_of(framework), names, "prelude")
        except ImportError as error:
            stage.note(f"{FRAMEWORKS[framework]} is left out: {error}")
        else:
            namespaces[framework] = names
    if namespaces:
        namespaces["core"] = {"print": stage.print}
        _execute(prelude_of("core"), namespaces["core"], "prelude")
    return namespaces


def _play(
    scene: Scene,
    provider: Provider,
    namespaces: dict[Code, dict[str, Any]],
    stage: Stage,
    files_url: str,
) -> bool:
    """Show a scene; return whether it went as it should."""
    framework = next((one for one in scene.code if one in namespaces), None)
    if framework is None:
        return True
    lines = lines_of(scene, framework, provider, files_url)
    stage.introduce(scene, CORE if framework == "core" else FRAMEWORKS[framework], lines)
    if scene.before:
        stage.show_picture(Path(scene.before))
    try:
        _execute(lines, namespaces[framework], scene.title)
    except XyashuiError as error:
        stage.show_error(error, provider)
        return scene.fails
    finally:
        stage.end_scene()
    if scene.after:
        stage.show_picture(Path(scene.after))
    return not scene.fails


def _execute(lines: str, names: dict[str, Any], title: str) -> None:
    # The lines are this package's own, never anybody else's.
    exec(compile(lines, f"<demo: {title}>", "exec"), names)  # noqa: S102

"""A study that is killed at every moment that matters, and resumed; told on the standard output, for a test to judge.

A process is its own end, so this runs beside the tests: it forks a child for each moment, which kills itself there. The
moments are found, not listed: around every artifact of the store, and around every file that takes its name.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import glmspec
from glmspec.execution.store import Artifact, Store

DOCUMENT = "press.yaml"
Told = Callable[[str], None]


def tell_of_moments(told: Told) -> None:
    """Have ``told`` called just before a step is stored, once all of it is written, and when it is there; and so on."""
    save, rename, replace, os_replace = Store.save, Path.rename, Path.replace, os.replace

    def around(kind: str, do: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(source: Any, target: Any) -> Any:
            name = f"{kind} {Path(target).name}"
            told(f"written {name}")
            done = do(source, target)
            told(f"named {name}")
            return done

        return wrapped

    def saved(self: Store, key: str, artifact: Artifact) -> None:
        told(f"computed step {key}")
        save(self, key, artifact)

    Store.save = saved  # type: ignore[method-assign]
    Path.rename = around("step", rename)  # type: ignore[method-assign,assignment]
    Path.replace = around("file", replace)  # type: ignore[method-assign,assignment]
    os.replace = around("file", os_replace)  # type: ignore[assignment]


def in_a_child(do: Callable[[], None]) -> int:
    """What a child process that does something ends with."""
    child = os.fork()
    if child == 0:
        try:
            do()
        except BaseException as error:
            sys.stderr.write(f"{error!r}\n")
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def run(folder: Path) -> glmspec.workflow.Run:
    return glmspec.run(folder / DOCUMENT, None, folder / "out")


def moments_of(folder: Path) -> list[str]:
    """Every moment of a run that is left alone."""
    log = folder / "moments"

    def watched() -> None:
        with log.open("w", encoding="utf-8") as file:
            tell_of_moments(lambda moment: file.write(moment + "\n") and None)
            run(folder)

    assert in_a_child(watched) == 0
    return log.read_text("utf-8").splitlines()


def killed(folder: Path, number: int) -> list[str]:
    """The moments of a run that kills itself at one of them, that one included."""
    log = folder / "moments"

    def doomed() -> None:
        seen = []
        with log.open("w", encoding="utf-8") as file:

            def told(moment: str) -> None:
                seen.append(moment)
                file.write(moment + "\n")
                if len(seen) > number:
                    file.flush()
                    os.kill(os.getpid(), signal.SIGKILL)

            tell_of_moments(told)
            run(folder)

    assert os.WTERMSIG(in_a_child(doomed)) == signal.SIGKILL
    return log.read_text("utf-8").splitlines()


def outputs(folder: Path) -> dict[str, bytes]:
    """Every file of the results but the provenance, which has dates."""
    root = folder / "out"
    paths = [path for path in root.rglob("*") if path.is_file() and ".store" not in path.parts]
    return {str(path.relative_to(root)): path.read_bytes() for path in paths if path.name != "provenance.json"}


def resumed(folder: Path, reference: Path, number: int) -> dict[str, Any]:
    """What a killed run left, and what running it again made of it."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    seen = killed(folder, number)
    again = run(folder)
    labels = {step.key: step.label for step in glmspec.compile(folder / DOCUMENT, None, folder / "out")[0].steps}
    there = [labels[moment.removeprefix("named step ")] for moment in seen if moment.startswith("named step ")]
    provenance = json.loads((folder / "out/provenance.json").read_text("utf-8"))
    mine, other = outputs(folder), outputs(reference)
    return {
        "moment": seen[-1],
        "finished": there,
        "computed": sorted(provenance["computed"]),
        "reused": sorted(provenance["reused"]),
        "told": [sorted(again.computed), sorted(again.reused)],
        "steps": sorted(labels.values()),
        "differing": sorted(name for name in {*mine, *other} if mine.get(name) != other.get(name)),
        "leftovers": [path.name for path in (folder / "out").rglob(".*") if path.name != ".store"],
    }


def main(folder: Path, reference: Path, kind: str) -> None:
    """Print one line of JSON for each moment of a kind: ``step`` or ``file``."""
    run(reference)
    for number, moment in enumerate(moments_of(folder)):
        if moment.split()[1] == kind:
            sys.stdout.write(json.dumps(resumed(folder, reference, number)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])

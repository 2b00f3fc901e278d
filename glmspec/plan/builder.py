"""What every part of a plan is built with: steps with their needs and labels, files by digest, masks and regions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from glmspec.errors import DocPath
from glmspec.plan.analysis import Analysis
from glmspec.plan.data import DataFolder
from glmspec.plan.durations import seconds
from glmspec.plan.names import map_path
from glmspec.plan.sizes import Shape, needs
from glmspec.plan.steps import FileInput, Output, Step

Inputs = dict[str, "Step | FileInput"]


class Builder:
    """Collects the steps of one fit by name, and the files that they fill."""

    def __init__(self, analysis: Analysis, data: DataFolder, estimate: Callable[[Builder], None]) -> None:
        self.estimate = estimate
        self.others: dict[int, Builder] = {}
        self.analysis: Any = analysis
        self.data = data
        self.document: Any = analysis.document
        self.prefix = f"{analysis.folder}: " if analysis.folder else ""
        self.voxels = math.prod(analysis.grid.shape)
        self.named: dict[str, Step] = {}
        self.outputs: list[Output] = []
        self.values: Inputs = {}
        """The rows of a second level, for what looks at them again after the fit."""
        self.variances: Inputs = {}
        """Their variances, where they are known."""

    def step(
        self,
        op: str,
        params: Mapping[str, Any],
        inputs: Mapping[str, Step | FileInput],
        label: str,
        origin: DocPath,
        *,
        rows: int = 1,
        columns: int = 1,
    ) -> Step:
        """A step with what it takes; ``rows`` and ``columns`` are those of the design it works with."""
        shape = Shape(self.voxels, rows, columns)
        memory, size = needs(op, shape)
        images = sum(isinstance(entry, FileInput) for entry in inputs.values())
        return Step(op, params, inputs, self.prefix + label, origin, memory, size, seconds(op, params, images, shape))

    def other(self, analysis: Analysis) -> Builder:
        """The steps of another document's fit, as far as its contrasts; it publishes nothing here."""
        if id(analysis) not in self.others:
            builder = Builder(analysis, self.data.at(analysis.data), self.estimate)
            builder.prefix = f"{analysis.document.name}, {builder.prefix}"
            self.estimate(builder)
            self.others[id(analysis)] = builder
        return self.others[id(analysis)]

    def file(self, name: str) -> FileInput:
        """An image or table of the data folder."""
        return FileInput(name, self.analysis.digests[name], self.analysis.data)

    def numbered(self, prefix: str, names: Iterable[str]) -> Inputs:
        """Files as ``prefix_00000``, ``prefix_00001``, ..."""
        return {f"{prefix}_{index:05d}": self.file(name) for index, name in enumerate(names)}

    def mask(self, step: Step) -> None:
        """The mask of the fit, published."""
        self.named["mask"] = step
        self.outputs.append(Output("maps/mask.nii.gz", "mask", step, "mask"))

    def contrast(self, name: str, step: Step, stats: Iterable[str]) -> None:
        """A contrast's step, and the maps that are published of it."""
        self.named[f"contrast/{name}"] = step
        self.outputs += [Output(map_path(name, stat), "statmap", step, stat, name, stat=stat) for stat in stats]

    def region(self, name: str) -> Step:
        """A region of the document as voxels of the mask."""
        region = self.document.regions[name]
        inputs: Inputs = {"mask": self.named["mask"]}
        if region.sphere is not None:
            params: dict[str, Any] = {"center": list(region.sphere.center), "radius": region.sphere.radius}
            op = "region_sphere@1"
        else:
            inputs["image"] = self.file(str(region.image))
            params, op = {"above": region.above}, "region_image@1"
        if region.labels is not None:
            inputs["labels"] = self.file(region.labels)
            params, op = {}, "region_labels@1"
        step = self.step(op, params, inputs, f"region {name}", ("regions", name))
        return self.named.setdefault(f"region/{name}", step)

    def background(self) -> None:
        """The picture behind the maps, where the document names one."""
        name = self.document.report.background
        if name is not None:
            inputs = {"image": self.file(name)}
            step = self.step("background@1", {}, inputs, "background", ("report", "background"))
            self.named["background"] = step
            self.outputs.append(Output("maps/background.nii.gz", "mask", step, "picture", stat="background"))

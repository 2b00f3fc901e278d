"""Analysis -> Plan: the steps of a second level, and the files they fill."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from glmspec.errors import DocPath
from glmspec.plan.analysis import Analysis, ContrastWeights
from glmspec.plan.compile import mask_images, voxel_policy
from glmspec.plan.data import DataFolder
from glmspec.plan.names import corrected_path, map_path, mask_path, null_path, proportion_path, table_path
from glmspec.plan.sizes import Shape, needs
from glmspec.plan.steps import FileInput, Output, Plan, Step, ordered
from glmspec.spec.inference import AllResolutions, Parametric, Permutation
from glmspec.spec.masks import ThresholdedMask

STATS = {"t": ("effect", "variance", "t", "z", "p"), "F": ("F", "z", "p")}
"""What is written of a contrast."""


def build_plan(analysis: Analysis, data: DataFolder) -> Plan:
    """The plan of an analysis; nothing is read but what the analysis has read already."""
    return _Builder(analysis, data).plan()


class _Builder:
    def __init__(self, analysis: Analysis, data: DataFolder) -> None:
        self.analysis = analysis
        self.data = data
        self.document = analysis.document
        rows, columns = analysis.design.matrix.shape
        self.shape = Shape(math.prod(analysis.grid.shape), rows, columns)
        self.named: dict[str, Step] = {}
        self.outputs: list[Output] = []
        self.values: dict[str, Step | FileInput] = {}

    def plan(self) -> Plan:
        self.named["mask"] = mask = self._mask()
        self.outputs.append(Output("maps/mask.nii.gz", "mask", mask, "mask"))
        self.named["fit"] = self._fit(mask)
        for contrast in self.analysis.contrasts:
            self._contrast(contrast)
        for contrast in self.analysis.contrasts:
            for name, entry in self.document.inference.items():
                if entry.contrasts is None or contrast.name in entry.contrasts:
                    LOWER[type(entry)](self, contrast, name, entry)
        self._background()
        return Plan(self.analysis, ordered(list(self.named.values())), tuple(self.outputs), self.named)

    def _step(
        self, op: str, params: dict[str, Any], inputs: Mapping[str, Step | FileInput], label: str, origin: DocPath
    ) -> Step:
        memory, size = needs(op, self.shape)
        return Step(op, params, inputs, label, origin, memory, size)

    def _file(self, name: str) -> FileInput:
        return FileInput(name, self.analysis.digests[name])

    def _maps(self) -> tuple[dict[str, Step | FileInput], list[list[int | None]]]:
        """Each image file once, and which volume of which file is which row."""
        files = {name: index for index, name in enumerate(dict.fromkeys(row.map for row in self.analysis.rows))}
        return self._numbered("image", files), [[files[row.map], row.volume] for row in self.analysis.rows]

    def _numbered(self, prefix: str, names: Iterable[str]) -> dict[str, Step | FileInput]:
        return {f"{prefix}_{index:05d}": self._file(name) for index, name in enumerate(names)}

    def _mask(self) -> Step:
        mask = self.document.inputs.mask
        maps, rows = self._maps()
        if isinstance(mask, ThresholdedMask):
            names = mask_images(mask.image, self.data, ("inputs", "mask"))
            images = self._numbered("image", names)
            step = self._step("mask_image@1", {"above": mask.above}, images, "mask", ("inputs", "mask"))
        else:
            op = f"mask_{mask.compute}@1"
            step = self._step(op, {"rows": rows}, maps, f"mask: {mask.compute}", ("inputs", "mask"))
        if voxel_policy(self.document) == "exclude":
            inputs = {"mask": step, **maps}
            step = self._step("mask_finite@1", {"rows": rows}, inputs, "mask: voxels without NaN", ("missing", "voxel"))
        return step

    def _fit(self, mask: Step) -> Step:
        params = {"matrix": self.analysis.design.matrix.tolist()}
        stacked = self.analysis.rows[0].volume is not None
        self.values = self._stack(mask) if stacked else self._single_maps(mask)
        return self._step("fit_ols@1", params, self.values, "fit: least squares", ("design",))

    def _single_maps(self, mask: Step) -> dict[str, Step | FileInput]:
        values: dict[str, Step | FileInput] = {}
        params = {"fwhm": self.document.inputs.smoothing_fwhm}
        for index, row in enumerate(self.analysis.rows):
            inputs: dict[str, Step | FileInput] = {"map": self._file(row.map), "mask": mask}
            values[f"map_{index:05d}"] = self._step("map_values@1", params, inputs, f"map {row.label}", row.origin)
        return values

    def _stack(self, mask: Step) -> dict[str, Step | FileInput]:
        maps, rows = self._maps()
        params = {"fwhm": self.document.inputs.smoothing_fwhm, "rows": rows}
        step = self._step("stack_values@1", params, {"mask": mask, **maps}, "stack", self.analysis.rows[0].origin)
        return {"stack": step}

    def _contrast(self, contrast: ContrastWeights) -> None:
        params = {
            "matrix": self.analysis.design.matrix.tolist(),
            "weights": contrast.weights.tolist(),
        }
        op = f"contrast_{contrast.kind}@1"
        label = f"contrast {contrast.name}"
        step = self._step(op, params, {"fit": self.named["fit"]}, label, contrast.origin)
        self.named[f"contrast/{contrast.name}"] = step
        for stat in STATS[contrast.kind]:
            path = map_path(contrast.name, stat)
            self.outputs.append(Output(path, "statmap", step, stat, contrast.name, stat=stat))

    def _region(self, name: str) -> Step:
        """A region of the document as voxels of the mask."""
        region = self.document.regions[name]
        inputs: dict[str, Step | FileInput] = {"mask": self.named["mask"]}
        if region.sphere is not None:
            params: dict[str, Any] = {"center": list(region.sphere.center), "radius": region.sphere.radius}
            op = "region_sphere@1"
        else:
            inputs["image"] = self._file(str(region.image))
            params, op = {"above": region.above}, "region_image@1"
        if region.labels is not None:
            inputs["labels"] = self._file(region.labels)
            params, op = {}, "region_labels@1"
        step = self._step(op, params, inputs, f"region {name}", ("regions", name))
        return self.named.setdefault(f"region/{name}", step)

    def _background(self) -> None:
        name = self.document.report.background
        if name is not None:
            inputs = {"image": self._file(name)}
            step = self._step("background@1", {}, inputs, "background", ("report", "background"))
            self.named["background"] = step
            self.outputs.append(Output("maps/background.nii.gz", "mask", step, "picture", stat="background"))

    def parametric(self, contrast: ContrastWeights, name: str, entry: Parametric) -> None:
        """Threshold and clusters of one contrast by one parametric inference."""
        here = ("inference", name)
        params: dict[str, Any] = {
            "kind": contrast.kind,
            "correction": entry.correction,
            "alpha": entry.alpha,
            "threshold": entry.threshold.model_dump(mode="json", exclude_none=True) if entry.threshold else None,
            "alternative": entry.alternative,
            "connectivity": entry.connectivity,
            "minimum": entry.minimum_cluster_size.model_dump(mode="json", exclude_none=True)
            if entry.minimum_cluster_size
            else None,
            "dof": self._dof(contrast),
        }
        inputs = self._tested(contrast, entry.within)
        label = f"{name} of {contrast.name}"
        passed = self._step("threshold@1", params, inputs, label, here)
        self.named[f"threshold/{contrast.name}/{name}"] = passed
        found: dict[str, Step | FileInput] = {**inputs, "threshold": passed}
        found.pop("within", None)
        if self.document.report.atlas:
            found["atlas"] = self._region(self.document.report.atlas)
        settings = {"connectivity": entry.connectivity, "kind": contrast.kind}
        table = self._step("clusters@1", settings, found, f"clusters: {label}", here)
        self.named[f"clusters/{contrast.name}/{name}"] = table
        self.outputs += [
            Output(mask_path(contrast.name, name), "mask", passed, "passed", contrast.name, name),
            Output(table_path(contrast.name, name), "table", table, "clusters", contrast.name, name),
        ]

    def all_resolutions(self, contrast: ContrastWeights, name: str, entry: AllResolutions) -> None:
        """Bounds on true discoveries of one contrast, in clusters and regions."""
        params: dict[str, Any] = {
            "kind": contrast.kind,
            "alpha": entry.alpha,
            "thresholds": [threshold.model_dump(mode="json", exclude_none=True) for threshold in entry.cluster_forming],
            "regions": list(entry.regions),
            "alternative": entry.alternative,
            "connectivity": entry.connectivity,
            "dof": self._dof(contrast),
        }
        inputs = self._tested(contrast, entry.within)
        inputs |= {f"region_{index:05d}": self._region(region) for index, region in enumerate(entry.regions)}
        if self.document.report.atlas:
            inputs["atlas"] = self._region(self.document.report.atlas)
        step = self._step("all_resolutions@1", params, inputs, f"{name} of {contrast.name}", ("inference", name))
        self.named[f"threshold/{contrast.name}/{name}"] = step
        self.named[f"clusters/{contrast.name}/{name}"] = step
        path = proportion_path(contrast.name, name)
        self.outputs += [
            Output(mask_path(contrast.name, name), "mask", step, "passed", contrast.name, name),
            Output(path, "statmap", step, "tdp", contrast.name, name, stat="tdp"),
            Output(table_path(contrast.name, name), "table", step, "clusters", contrast.name, name),
        ]

    def permutation(self, contrast: ContrastWeights, name: str, entry: Permutation) -> None:
        """Corrected p of one contrast by the maxima over relabellings, for each control."""
        maxima = self._null_maxima(contrast, name, entry)
        params: dict[str, Any] = {
            "kind": contrast.kind,
            "alpha": entry.alpha,
            "alternative": entry.alternative,
            "connectivity": entry.connectivity,
            "controls": list(entry.control),
            "height": self.analysis.exchanges[contrast.name, name].height,
            "dof": self._dof(contrast),
        }
        inputs = {**self._tested(contrast, entry.within), "maxima": maxima}
        if self.document.report.atlas:
            inputs["atlas"] = self._region(self.document.report.atlas)
        step = self._step("permutation@1", params, inputs, f"{name} of {contrast.name}", ("inference", name))
        self.named[f"threshold/{contrast.name}/{name}"] = step
        self.named[f"clusters/{contrast.name}/{name}"] = step
        for control in entry.control:
            keys = {"control": control}
            passed, corrected = (path(contrast.name, name, control) for path in (mask_path, corrected_path))
            self.outputs += [
                Output(passed, "mask", step, f"passed_{control}", contrast.name, name, keys=keys),
                Output(corrected, "statmap", step, f"logp_{control}", contrast.name, name, stat="logp", keys=keys),
            ]
        self.outputs += [
            Output(null_path(contrast.name, name), "null", step, "null", contrast.name, name),
            Output(table_path(contrast.name, name), "table", step, "clusters", contrast.name, name),
        ]

    def _null_maxima(self, contrast: ContrastWeights, name: str, entry: Permutation) -> Step:
        """The null distributions; alpha does not enter, so that another alpha costs nothing."""
        exchange = self.analysis.exchanges[contrast.name, name]
        group = exchange.group
        params: dict[str, Any] = {
            "kind": contrast.kind,
            "matrix": self.analysis.design.matrix.tolist(),
            "weights": contrast.weights.tolist(),
            "scheme": group.scheme,
            "blocks": group.blocks,
            "unit": group.unit.tolist(),
            "place": group.place.tolist(),
            "sets": group.sets.tolist(),
            "exhaustive": exchange.exhaustive,
            "used": exchange.used,
            "seed": None if exchange.exhaustive else entry.seed,
            "controls": list(entry.control),
            "alternative": entry.alternative,
            "connectivity": entry.connectivity,
            "height": exchange.height,
            "mass": entry.cluster_mass,
            "exponents": [entry.tfce.E, entry.tfce.H],
        }
        inputs = {**self.values, "mask": self.named["mask"]}
        if entry.within:
            inputs["within"] = self._region(entry.within)
        label = f"{exchange.used:,} relabellings: {name} of {contrast.name}"
        return self._step("null_maxima@1", params, inputs, label, ("inference", name))

    def _tested(self, contrast: ContrastWeights, within: str | None) -> dict[str, Step | FileInput]:
        """What every inference on a map builds on."""
        inputs: dict[str, Step | FileInput] = {
            "contrast": self.named[f"contrast/{contrast.name}"],
            "mask": self.named["mask"],
        }
        if within:
            inputs["within"] = self._region(within)
        return inputs

    def _dof(self, contrast: ContrastWeights) -> list[float]:
        """Degrees of freedom of a contrast's statistic: of t, or of numerator and denominator of F."""
        from_design = float(self.analysis.design.dof)
        if contrast.kind == "t":
            return [from_design]
        return [float(contrast.rank), from_design]


LOWER: dict[type, Callable[[_Builder, ContrastWeights, str, Any], None]] = {
    Parametric: _Builder.parametric,
    AllResolutions: _Builder.all_resolutions,
    Permutation: _Builder.permutation,
}
"""Inference method -> the steps it becomes."""

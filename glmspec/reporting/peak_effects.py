"""The effects at the peaks of a contrast: of every map or run, with the contrast's estimate and its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
from markupsafe import Markup

from glmspec.reporting.cluster_tables import ABSENT
from glmspec.reporting.figures.peaks import Interval, Maps, intervals, scatter
from glmspec.reporting.figures.scales import around
from glmspec.reporting.material import Material
from glmspec.reporting.model import Figure
from glmspec.reporting.run_words import called
from glmspec.reporting.words import coordinates, count, listed, significant

Row = Mapping[str, str]

CHOSEN = "Peaks were chosen because the effect is large there, so that intervals are too optimistic."
INTERVAL = "95 % confidence interval"


def peak_effects(material: Material, contrast: str) -> tuple[Figure, ...]:
    """One small chart a peak, each on a scale of its own with zero; nothing where there is no table of effects."""
    table = material.results.table(contrast=contrast, stat="effects")
    peaks = [list(rows) for _, rows in groupby(table, key=lambda row: (row["cluster"], row["x"], row["y"], row["z"]))]
    if not peaks:
        return ()
    draw = _scatter if any(row["of"] == "map" for row in table) else _intervals
    drawn = tuple(Markup(draw(rows, _words(rows), around(list(_drawn(rows)), 0.06, (0.0,)))) for rows in peaks)
    return (Figure(drawn, _caption(material, contrast, peaks), small=True),)


def _number(text: str) -> float:
    return np.nan if text == ABSENT else float(text)


def _drawn(rows: Sequence[Row]) -> Iterator[float]:
    """Every number that a chart shows: values, limits, and the ends of the line and its band."""
    yield from (_number(row[key]) for row in rows for key in ("value", "low", "high") if row["of"] != "estimate")
    regressors = [float(row["regressor"]) for row in rows if row["of"] == "map"] or [1.0]
    for row in rows:
        if row["of"] == "estimate":
            yield from (end * limit for end in (min(regressors), max(regressors)) for limit in _interval(row))


def _interval(row: Row) -> Interval:
    return Interval(*(_number(row[key]) for key in ("value", "low", "high")))


def _words(rows: Sequence[Row]) -> tuple[str, str]:
    """Which peak and where; the estimate with its interval, where the contrast has one effect."""
    place = ", ".join(coordinates([float(rows[0][axis]) for axis in "xyz"]))
    name = "" if rows[0]["cluster"] == ABSENT else f"{rows[0]['cluster']} · "
    estimates = [row for row in rows if row["of"] == "estimate"]
    if len(estimates) > 1 or estimates[0]["value"] == ABSENT:
        return f"{name}{place} mm", ""
    value, low, high = (significant(number) for number in _interval(estimates[0]))
    return f"{name}{place} mm", f"{value} [{low}, {high}]"


def _scatter(rows: Sequence[Row], words: tuple[str, str], span: tuple[float, float]) -> str:
    (estimate,) = (row for row in rows if row["of"] == "estimate")
    own = [row for row in rows if row["of"] == "map"]
    maps = Maps(*(np.array([_number(row[key]) for row in own]) for key in ("regressor", "value", "low", "high")))
    return scatter(maps, _interval(estimate), words, span)


def _intervals(rows: Sequence[Row], words: tuple[str, str], span: tuple[float, float]) -> str:
    numbers = list(dict.fromkeys(row["row"] for row in rows))
    ordered = sorted(rows, key=lambda row: row["of"] == "estimate")
    return intervals([[_interval(row) for row in ordered if row["row"] == number] for number in numbers], words, span)


def _caption(material: Material, contrast: str, peaks: Sequence[Sequence[Row]]) -> str:
    inference = material.analysis["peaks"][contrast]
    if inference is None:
        where = "The voxel furthest from zero, as no table lists a cluster."
    else:
        where = f"The first {count(len(peaks), 'peak')} of {inference}, clusters before sub-peaks."
    several = len({row["row"] for row in peaks[0]}) > 1
    return " ".join([where, CAPTIONS[material.level](material, contrast, peaks[0], several), CHOSEN])


def _of_runs(material: Material, contrast: str, rows: Sequence[Row], several: bool) -> str:
    runs = {str(run["name"]): called(run) for run in material.analysis["runs"]}
    names = list(dict.fromkeys(runs[row["name"]] for row in rows if row["of"] == "run"))
    together = (
        "red the estimate of the contrast" if len(names) > 1 else "and in red the same as the estimate of the contrast"
    )
    text = f"From left to right: {listed(names)}, {together}, each with its {INTERVAL}."
    return text + " Groups are the independent rows of the F test." * several


def _of_maps(material: Material, contrast: str, rows: Sequence[Row], several: bool) -> str:
    maps = [row for row in rows if row["of"] == "map"]
    if not maps and material.results.contrasts[contrast]["test"] == "t":
        return f"The estimate of the contrast and its {INTERVAL}; single maps were not kept."
    if not maps:
        return f"The estimate of each independent row of the F test, from left to right, with its {INTERVAL}."
    red = f"red the estimate of the contrast and its {INTERVAL}, written above."
    if any(row["low"] != ABSENT for row in maps):
        red += " Bars are the intervals of single maps."
    if len({round(float(row["regressor"]), 9) for row in maps}) == 1:
        return f"A dot a map, in the order of the design; {red}{_adjusted(material)}"
    explained = "both less what the rest of the model explains (partial values)"
    return f"A dot a map over the regressor of interest, {explained}: the slope of the line is the effect, {red}"


def _adjusted(material: Material) -> str:
    if len(material.analysis["design"]["columns"]) == 1:
        return ""
    return " Maps are less what the rest of the model explains of them (partial values)."


CAPTIONS: dict[str, Callable[[Material, str, Sequence[Row], bool], str]] = {"first": _of_runs, "second": _of_maps}
"""Level -> what is drawn."""

"""Maps that another document makes: a row for each of its fits and contrasts."""

from __future__ import annotations

from glmspec.errors import InputError, Problem
from glmspec.plan.analysis import Made, Study
from glmspec.plan.locate.pattern import MAPS
from glmspec.plan.rows import Row
from glmspec.plan.runs.words import listed
from glmspec.spec.inputs import AnalysisMaps
from glmspec.spec.problems import suggestion


def made_elsewhere(maps: AnalysisMaps, other: Study) -> tuple[list[Row], dict[str, Made]]:
    """The rows, and what each row's map is made of, by what the row calls it.

    Each row is known by the names of its fit, and by its `contrast`.

    Raises
    ------
    InputError
        For a contrast that the other document does not have, or one without an effect.
    """
    problems = []
    known = {question.name: question for fit in other.fits for question in fit.questions}
    for index, name in enumerate(maps.contrast):
        here = (*MAPS, "contrast", index)
        if name not in known:
            hint = suggestion(name, known, f"contrasts of {maps.analysis}")
            problems.append(Problem("E313", f"`{maps.analysis}` has no contrast `{name}`", here, hint=hint))
        elif known[name].kind == "F":
            hint = "a second level is made of effects: name a t contrast"
            problems.append(Problem("E313", f"`{name}` is an F test, and has no effect map", here, hint=hint))
    if problems:
        raise InputError(tuple(problems))
    rows, made, lacking = [], {}, []
    for fit in other.fits:
        for name in maps.contrast:
            shown = ", ".join([*fit.fit.values(), name])
            if name not in {question.name for question in fit.questions}:
                lacking.append(shown)
                continue
            label = f"{maps.analysis}: {shown}"
            names = {**fit.fit, "contrast": name}
            rows.append(Row(label, (*MAPS, "analysis"), names))
            made[label] = Made(fit, name)
    if lacking:
        message = f"`{maps.analysis}` has no such contrast for {listed(lacking)}: no run there has a part in it"
        hint = "complete the data, or leave the subjects out in that document"
        raise InputError((Problem("E318", message, (*MAPS, "contrast"), hint=hint),))
    return rows, made

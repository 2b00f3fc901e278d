"""Answers about designs: what runs and maps are, and how well a model tells its columns apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glmspec.plan.names import run_title
from glmspec.plan.residuals import without_residuals
from glmspec.review.coverage.answers import MISSING, NOT_APPLICABLE, Answer, Ask, Subject, setting, shown
from glmspec.spec.formulas import parse_formula

READY_MADE = Answer("not applicable", "design matrices are ready-made")
Run = Mapping[str, Any]


def _matrices(subject: Subject) -> list[str]:
    """The ready-made matrices of a document all of whose runs have one."""
    runs = getattr(getattr(subject.document, "inputs", None), "runs", None)
    rows = runs if isinstance(runs, tuple) else (runs,)
    given = [row.design for row in rows if getattr(row, "design", None) is not None]
    return [entry.file for entry in given] if len(given) == len(rows) else []


def built(ask: Ask) -> Ask:
    """A question about designs that are made from events and tables, and not about ready-made matrices."""
    return lambda subject: READY_MADE if _matrices(subject) else ask(subject)


def ready_made(subject: Subject) -> Answer:
    """Where matrices come from that are not made from events."""
    files = _matrices(subject)
    named = getattr(getattr(subject.document, "design", None), "columns", None)
    columns = f"; columns {shown(named)}" if named else ""
    return Answer("set", f"{', '.join(dict.fromkeys(files))}{columns}") if files else NOT_APPLICABLE


def in_runs(value: Callable[[Run], str | None]) -> Ask:
    """Something of each run, once where it is the same in all; missing before they are known."""

    def ask(subject: Subject) -> Answer:
        if subject.facts is None:
            return MISSING
        runs: Sequence[Run] = subject.facts.get("runs", ())
        found = {run_title(str(run["name"])): told for run in runs if (told := value(run)) is not None}
        if not found:
            return MISSING if runs else NOT_APPLICABLE
        if len(found) == len(runs) and len(set(found.values())) == 1:
            return Answer("from the run", next(iter(found.values())))
        return Answer("from the run", "; ".join(f"{name}: {told}" for name, told in found.items()))

    return ask


def or_from_runs(path: str, value: Callable[[Run], str | None], otherwise: str) -> Ask:
    """A setting of the document, or else what the run found; ``otherwise`` is what leaving it out means."""

    def ask(subject: Subject) -> Answer:
        written = setting(path)(subject)
        if written.state != "missing":
            return written
        told = in_runs(value)(subject)
        return told if told.state == "from the run" else Answer("defaulted without a word", otherwise)

    return ask


def durations(run: Run) -> str | None:
    """Of the events of each condition, in s."""
    found = {name: sorted(set(events["durations"])) for name, events in run["conditions"].items()}
    told = {name: f"{shown(values[0])} to {shown(values[-1])}" if len(values) > 1 else shown(values)
            for name, values in found.items() if values}  # fmt: skip
    if len(set(told.values())) == 1:
        return f"{next(iter(told.values()))} s"
    return ", ".join(f"{name} {value} s" for name, value in told.items()) or None


def event_durations(subject: Subject) -> Answer:
    """Where the document says all of them, it does; else the events."""
    conditions = getattr(getattr(subject.document, "design", None), "conditions", None) or {}
    written = {name: entry.duration for name, entry in conditions.items() if entry.duration is not None}
    if conditions and len(written) == len(conditions):
        return Answer("set", ", ".join(f"{name}: {shown(value)}" for name, value in written.items()))
    told = in_runs(durations)(subject)
    return told if told.state != "missing" else Answer("defaulted without a word", "as the events say")


def modulators(subject: Subject) -> Answer:
    """Of each condition; conditions that are written without any have none."""
    conditions = getattr(getattr(subject.document, "design", None), "conditions", None)
    found = {name: entry.modulators for name, entry in (conditions or {}).items() if entry.modulators}
    if found:
        return Answer("set", "; ".join(f"{name}: {', '.join(entries)}" for name, entries in found.items()))
    return Answer("defaulted without a word" if conditions is None else "set", "none")


def orthogonalised(subject: Subject) -> Answer:
    """Modulators as the document says; derivatives always."""
    found = setting("design.orthogonalize")(subject)
    if found.state == "not applicable":
        return found
    derived = getattr(subject.document.design.hrf, "derivatives", ())  # type: ignore[attr-defined]
    more = "; derivatives: each to the columns of its condition before it" if derived else ""
    return Answer(found.state, f"modulators: {found.value}{more}")


ESTIMATORS = {
    "ols": "random effects: the variance between maps is estimated by ordinary least squares",
    "fixed-effects": "fixed effects: the variances of the maps are given",
}


def estimator(subject: Subject) -> Answer:
    """What is taken as random."""
    found = setting("design.estimator.model")(subject)
    return Answer(found.state, ESTIMATORS.get(found.value, found.value))


def runs_and_scans(subject: Subject) -> Answer:
    """How many runs, of how many scans each."""
    runs = (subject.facts or {}).get("runs", ())
    if not runs:
        return MISSING
    scans = {run["scans"] for run in runs}
    alike = f"{len(runs)} runs of {min(scans)} scans" if len(runs) > 1 else f"1 run of {min(scans)} scans"
    each = "; ".join(f"{run_title(str(run['name']))} of {run['scans']} scans" for run in runs)
    return Answer("from the run", alike if len(scans) == 1 else f"{len(runs)} runs: {each}")


def combining(subject: Subject) -> Answer:
    """How runs are combined, where there are several."""
    alone = len((subject.facts or {}).get("runs", ())) == 1
    return Answer("not applicable", "there is one run") if alone else setting("design.across_runs")(subject)


def of_designs(value: Callable[[Mapping[str, Any]], str | None]) -> Ask:
    """Something of the design of a group, or of that of each run."""

    def ask(subject: Subject) -> Answer:
        design = (subject.facts or {}).get("design")
        if design is not None:
            told = value(design)
            return MISSING if told is None else Answer("from the run", told)
        return in_runs(lambda run: value(run["design"]))(subject)

    return ask


def efficiencies(design: Mapping[str, Any]) -> str | None:
    """Of each contrast."""
    return ", ".join(f"{name}: {shown(value)}" for name, value in design["efficiency"].items()) or None


def told_apart(design: Mapping[str, Any]) -> str | None:
    """The condition number, and the largest variance inflation of a column that is weighed."""
    number = design["condition_number"]
    parts = [f"condition number {'infinite' if number is None else shown(number)}"]
    known = {name: value for name, value in design["vif"].items() if value is not None}
    if known:
        worst = max(known, key=lambda name: known[name])
        parts.append(f"largest variance inflation of a weighed column {shown(known[worst])} ({worst})")
    return ", ".join(parts)


def smoothness(key: str, unit: str) -> Ask:
    """What residuals say of it, for each model; not applicable where there are none, with the reason."""

    def told(found: object) -> str | None:
        if not isinstance(found, Mapping) or not found:
            return None
        value = found.get(key)
        return f"not known: {found.get('because')}" if value is None else f"{shown(value)} {unit}"

    def ask(subject: Subject) -> Answer:
        reason = without_residuals(subject.document)
        if reason:
            return Answer("not applicable", reason)
        facts = subject.facts or {}
        runs = facts.get("runs")
        answer = _of_group(told(facts.get("smoothness"))) if runs is None else in_runs(
            lambda run: told(run.get("smoothness")))(subject)  # fmt: skip
        return Answer("missing", answer.value) if "not known" in answer.value else answer

    return ask


def _of_group(told: str | None) -> Answer:
    return MISSING if told is None else Answer("from the run", told)


def units(subject: Subject) -> Answer:
    """Of a first level its scaling says them; maps have those that they came with."""
    level = subject.document.level  # type: ignore[attr-defined]
    if level == "second":
        return Answer("missing", "those of the maps, which no field names")
    return setting("design.scaling")(subject)


def per_cell(subject: Subject) -> Answer:
    """Maps of each group or cell; of a first level the events of each condition."""
    facts = subject.facts or {}
    if "rows" in facts:
        cells = Counter(
            ", ".join(value for key, value in row["names"].items() if key not in ("subject", "session", "run")) or "all"
            for row in facts["rows"]
        )
        groups = Counter(facts.get("groups") or ())
        return Answer("from the run", "; ".join(f"{key}: {number} maps" for key, number in (groups or cells).items()))
    if _matrices(subject):
        return READY_MADE
    return in_runs(_events)(subject)


def _events(run: Run) -> str | None:
    counts = [f"{name} {len(events['onsets'])} events" for name, events in run["conditions"].items()]
    return ", ".join(counts) or None


def repeated(subject: Subject) -> Answer:
    """How rows of one subject are told apart, where a subject has several."""
    rows = (subject.facts or {}).get("rows")
    if rows is not None:
        counts = Counter(row["names"].get("subject") for row in rows)
        if counts.most_common(1)[0][1] == 1 or set(counts) == {None}:
            return Answer("not applicable", "every subject has one map")
    document = subject.document
    formula = getattr(document.design, "formula", None)  # type: ignore[attr-defined]
    terms = parse_formula(formula).terms if formula else ()
    modelled = any(variable.name == "subject" for term in terms for variable in term)
    said = [f"subjects in the model: {formula}"] if modelled else []
    for name, entry in document.inference.items():
        blocks = getattr(getattr(entry, "exchangeability", None), "blocks", None)
        if blocks is not None:
            said.append(f"{name}: relabelled within {shown(blocks)}")
    return Answer("set", "; ".join(said)) if said else MISSING


def freedom(subject: Subject) -> Answer:
    """Of every contrast; one number where all have it."""
    contrasts = (subject.facts or {}).get("contrasts")
    if not contrasts:
        return MISSING
    found = {name: _freedom(entry) for name, entry in contrasts.items()}
    if len(set(found.values())) == 1:
        return Answer("from the run", next(iter(found.values())))
    return Answer("from the run", "; ".join(f"{name}: {told}" for name, told in found.items()))


def _freedom(contrast: Mapping[str, Any]) -> str:
    dof = contrast["dof"]
    if dof is None:
        return "differ from voxel to voxel" if contrast["scale"] == "t" else "infinitely many"
    if isinstance(dof, list):
        return " and ".join("infinitely many" if each is None else f"{each:g}" for each in dof)
    return f"{dof:g}"

"""Why a step would run: the fields of the document and the files that its key changed because of.

A field is to blame where the key is another one once that field alone is set back to what it was in the last run: the
plan itself is asked, so that no table of what depends on what could be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from glmspec.errors import GlmspecError
from glmspec.plan.explain import summary
from glmspec.plan.steps import FileInput, Plan, Step
from glmspec.review.deviations import path_of
from glmspec.review.differences import Difference, of_documents
from glmspec.spec.document import Document
from glmspec.spec.resolve import resolved_text, without_defaults
from glmspec.spec.source import Source, parse

Compiler = Callable[[Source], Plan]
Differences = tuple[Difference, ...]
Reverted = dict[str, tuple[Difference, set[str]]]
"""Path -> what changed there, and the keys of the plan with that set back."""


@dataclass(frozen=True)
class Blame:
    """Why one step would run."""

    label: str
    state: str
    fields: tuple[Difference, ...] = ()
    """Fields that its key depends on and that are not what they were."""
    files: tuple[str, ...] = ()
    """Input files, of this step and of those it builds on, that are new, changed or gone."""
    chain: tuple[tuple[str, str], ...] = ()
    """The steps on the way to it that changed, inputs first, each with what the plan says of it."""

    @property
    def data(self) -> dict[str, Any]:
        """For programs."""
        return {
            "step": self.label,
            "state": self.state,
            "fields": [found.data for found in self.fields],
            "files": list(self.files),
            "chain": [{"step": label, "state": state} for label, state in self.chain],
        }


def blame(
    plan: Plan, wanted: list[Step], states: Mapping[str, str], before: Mapping[str, Any], last: Document | None,
    compiler: Compiler,
) -> list[Blame]:  # fmt: skip
    """Why each of the steps would run.

    Parameters
    ----------
    plan : Plan
    wanted : list of Step
    states : mapping
        Key -> what the plan says of a step.
    before : mapping
        Label -> summary of the steps of the last run.
    last : Document or None
        The document of the last run, if there was one.
    compiler : function
        Plans another version of the document on the same data.
    """
    reverted: Reverted = {}
    if last is not None and any(states[step.key] != "reused" for step in wanted):
        reverted = _reverted(plan.study.document, of_documents(last, plan.study.document), compiler)
    return [_of_step(step, states, before, reverted) for step in wanted]


def _reverted(document: Document, found: Differences, compiler: Compiler) -> Reverted:
    """Each difference set back, alone or, where language and data do not let it, in the company that it needs."""
    reverted: Reverted = {}
    planned: dict[tuple[str, ...], set[str] | None] = {}
    for company in COMPANIES:
        remaining = tuple(one for one in found if one.path not in reverted)
        for one in remaining:
            together = company(one, remaining, found)
            paths = tuple(other.path for other in together)
            if paths not in planned:
                planned[paths] = _keys_with(document, together, compiler)
            if (keys := planned[paths]) is not None:
                reverted[one.path] = one, keys
    return reverted


def _of_step(
    step: Step,
    states: Mapping[str, str],
    before: Mapping[str, Any],
    reverted: Mapping[str, tuple[Difference, set[str]]],
) -> Blame:
    state = states[step.key]
    if state == "reused":
        return Blame(step.label, state)
    changed = [part for part in below(step) if states[part.key].startswith("changed")]
    files = dict.fromkeys(name for part in changed for name in _files(part, before))
    fields = tuple(found for found, keys in reverted.values() if step.key not in keys)
    chain = tuple((part.label, states[part.key]) for part in changed if part is not step)
    return Blame(step.label, state, fields, tuple(files), chain)


def below(step: Step) -> Iterator[Step]:
    """A step and all that it builds on, inputs first, each once."""
    seen: set[str] = set()

    def visit(part: Step) -> Iterator[Step]:
        if part.key not in seen:
            seen.add(part.key)
            for entry in part.inputs.values():
                if isinstance(entry, Step):
                    yield from visit(entry)
            yield part

    return visit(step)


def _files(step: Step, before: Mapping[str, Any]) -> Iterator[str]:
    """Files of a step that are not what they were."""
    known = before.get(step.label, {}).get("inputs", {})
    was = {entry[0]: entry[1] for entry in known.values()}
    files = {entry.path: entry.digest for entry in step.inputs.values() if isinstance(entry, FileInput)}
    yield from (name for name, digest in files.items() if was.get(name) != digest)
    labels = {name for entry in summary(step)["inputs"].values() for name in entry[:1]}
    yield from (f"{name} (gone)" for name in was if name not in labels)


def _beside(difference: Difference, found: Differences) -> Differences:
    """All that differs in the same section."""
    section = path_of(difference.path)[:-1]
    return tuple(other for other in found if path_of(other.path)[:-1] == section)


COMPANIES: tuple[Callable[[Difference, Differences, Differences], Differences], ...] = (
    lambda one, remaining, found: (one,),
    lambda one, remaining, found: _beside(one, found),  # settings of which one alone may stand there
    lambda one, remaining, found: remaining,  # a column and the contrast that weighs it
)
"""What a difference is set back with, from that, those that could not be set back yet, and all of them."""


def _keys_with(document: Document, found: Differences, compiler: Compiler) -> set[str] | None:
    """The keys of the plan with some fields as they were; None where the document cannot be planned so."""
    try:
        return {step.key for step in compiler(reverted_source(document, found)).steps}
    except GlmspecError:
        return None


def reverted_source(document: Document, found: Differences) -> Source:
    """The document with some fields set back."""
    source = without_defaults(parse(resolved_text(document), document.name))
    data = source.data
    for difference in found:
        data = _put(data, path_of(difference.path), _frozen(difference.before))
    return Source(document.name, "", data)


def _put(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """The data with another value at a path; without that key where the value is None."""
    head, rest = path[0], path[1:]
    if isinstance(head, int):
        return tuple(_put(entry, rest, value) if index == head else entry for index, entry in enumerate(data))
    if rest:
        return {**data, head: _put(data.get(head, {}), rest, value)}
    kept = {key: entry for key, entry in data.items() if key != head}
    return kept if value is None else {**data, head: value}


def _frozen(value: Any) -> Any:
    """JSON data as a source has them."""
    if isinstance(value, Mapping):
        return {key: _frozen(entry) for key, entry in value.items()}
    return tuple(_frozen(entry) for entry in value) if isinstance(value, list) else value

"""Which rows may be exchanged to test a contrast: as the document declares, or as its design allows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glmspec.core.derivation import IN_LARGE_SAMPLES, Derived, derive
from glmspec.core.exchangeability import Group, mixes, numbered, rows, whole, within
from glmspec.core.partition import Partition
from glmspec.errors import DesignError, DocPath, Problem
from glmspec.plan.designs import ContrastWeights, Numbers
from glmspec.plan.rows import Row, within_subject
from glmspec.spec.inference import Permutation, WholeBlocks
from glmspec.spec.problems import suggestion

Groups = Sequence[str] | None
"""The group of each row, where groups have variances of their own."""


def group_of(
    entry: Permutation, contrast: ContrastWeights, data: list[Row], cut: Partition, variances: Groups, here: DocPath
) -> tuple[Group, str]:
    """The group, and why it is the right one."""
    if entry.exchangeability.scheme == "auto":
        return _derived(entry, contrast, data, cut, variances, here)
    group = _declared(entry, data, here)
    mixing = variances is not None and mixes(group, variances)
    return group, "as the document declares" + (f"; {IN_LARGE_SAMPLES}" if mixing else "")


def _declared(entry: Permutation, data: list[Row], here: DocPath) -> Group:
    settings = entry.exchangeability
    assert settings.scheme != "auto"
    if settings.blocks is None:
        return rows(len(data), settings.scheme)
    labels = _labels(settings.blocks, data, (*here, "blocks"))
    if not isinstance(settings.blocks, WholeBlocks):
        return within(labels, settings.scheme)
    return _whole(settings.blocks, labels, settings.scheme, data, here)


def _derived(
    entry: Permutation, contrast: ContrastWeights, data: list[Row], cut: Partition, variances: Groups, here: DocPath
) -> tuple[Group, str]:
    """By design and contrast, narrowed to the blocks that are declared."""
    blocks = entry.exchangeability.blocks
    labels = None if blocks is None else _labels(blocks, data, (*here, "blocks"))
    found = derive(cut, subjects(data), _corresponding(data), variances)
    if not isinstance(found, Derived):
        message = f"what may be exchanged to test `{contrast.name}` cannot be derived: {found.because}"
        raise wrong("E404", message, here, "declare it, for example `exchangeability: {scheme: permute, blocks: ...}`")
    if blocks is None or labels is None:
        return found.group, found.because
    unlike = _unlike(found.group, labels, isinstance(blocks, WholeBlocks))
    if unlike:
        message = f"blocks of `{variable(blocks)}` do not fit `{contrast.name}`: {unlike}"
        hint = f"{found.because}. Leave `blocks` out, or declare the scheme as well"
        raise wrong("E404", message, (*here, "blocks"), hint)
    if isinstance(blocks, WholeBlocks):
        return _whole(blocks, labels, found.group.scheme, data, here), found.because
    return within(labels, found.group.scheme), found.because


def _unlike(group: Group, labels: Numbers, whole_blocks: bool) -> str:
    """Why declared blocks are not part of what the design allows; empty where they are."""
    if group.blocks == "within" and whole_blocks:
        return "rows are exchanged within each subject, and these blocks would move as wholes"
    if group.blocks == "within" and not _refines(labels, group.sets[group.unit]):
        return "rows of different subjects would be exchanged"
    if group.blocks == "whole" and not whole_blocks:
        return "subjects are exchanged with all their rows, and rows within these blocks would be exchanged alone"
    if group.blocks == "whole" and not _refines(group.unit, labels):
        return "they cut through the rows of a subject"
    return ""


def _refines(fine: Numbers, coarse: Numbers) -> bool:
    """Whether each block of one lies within a block of the other."""
    return len(np.unique(np.stack([fine, coarse]), axis=1).T) == len(np.unique(fine))


def _whole(blocks: WholeBlocks, labels: Numbers, scheme: str, data: list[Row], here: DocPath) -> Group:
    try:
        return whole(labels, scheme, _corresponding(data))  # type: ignore[arg-type]
    except ValueError as error:
        message = f"the blocks of `{blocks.whole}` do not fit: {error}"
        hint = "blocks that move as wholes have the same rows: complete the data, or flip signs only"
        raise wrong("E404", message, (*here, "blocks"), hint) from None


def _labels(blocks: str | WholeBlocks, data: list[Row], path: DocPath) -> Numbers:
    name = variable(blocks)
    values = [row.value(name) for row in data]
    lacking = [row.label for row, value in zip(data, values, strict=True) if value is None]
    if len(lacking) == len(data):
        known = sorted({key for row in data for key in (*row.names, *row.variables)})
        hint = suggestion(name, known, "captured names and variables")
        raise wrong("E404", f"no map has a `{name}` to make blocks of", path, hint)
    if lacking:
        raise wrong(
            "E404",
            f"`{name}` has no value for {lacking[0]}",
            path,
            "every map belongs to a block; `missing: {variable: exclude}` leaves such maps out",
        )
    return numbered([str(value) for value in values])


def variable(blocks: str | WholeBlocks) -> str:
    return blocks.whole if isinstance(blocks, WholeBlocks) else blocks


def subjects(data: list[Row]) -> list[str] | None:
    labels = [row.names.get("subject") for row in data]
    return None if None in labels else [str(label) for label in labels]


def _corresponding(data: list[Row]) -> list[str] | None:
    """Which rows of different subjects answer each other: those of the same condition, session, ..."""
    names = within_subject(data)
    return ["/".join(row.names[name] for name in names) for row in data] if names else None


def wrong(code: str, message: str, path: DocPath, hint: str) -> DesignError:
    return DesignError((Problem(code, message, path, hint=hint),))

"""What must not change a run's columns: the order of a table's columns, and what is not modelled."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from .written import WITH_CONFOUNDS, motion, outcome, write_run

EVENTS = {
    "onset": [4, 20, 30, 44, 60, 76],
    "duration": [2, 3, 2, 0, 2, 6],
    "trial_type": ["face", "house", "face", "house", "face", "house"],
    "gain": [1, 4, 2, 2, 6, 1],
    "note": ["a", None, "b", "c", "d", None],
}
DESIGN = "{{conditions: {{face: {{modulators: {{gain: {{}}}}}}, house: {{}}}}, confounds: [motion_*]{}}}"


def designed(events, confounds, unmodelled=()):
    """The run's model."""
    with tempfile.TemporaryDirectory() as folder:
        write_run(Path(folder) / "run-1", events, confounds=confounds)
        further = f", unmodelled: [{', '.join(unmodelled)}]" if unmodelled else ""
        return outcome(Path(folder), runs=WITH_CONFOUNDS, design=DESIGN.format(further)).model


WANTED = designed(EVENTS, motion())


@settings(max_examples=25, deadline=None)
@given(st.permutations(list(EVENTS)), st.booleans())
def test_the_order_of_columns_in_tables_is_no_matter(order, swapped):
    """But for that of confounds, which stand as in their table."""
    table = dict(reversed(motion().items())) if swapped else motion()
    model = designed({name: EVENTS[name] for name in order}, table)
    assert sorted(model.columns) == sorted(WANTED.columns)
    for name in WANTED.columns:
        np.testing.assert_array_equal(
            model.matrix[:, model.columns.index(name)], WANTED.matrix[:, WANTED.columns.index(name)]
        )


RESTS = st.lists(st.tuples(st.floats(0, 119), st.sampled_from(["rest", "fix", "n/a"])), max_size=6)


@settings(max_examples=25, deadline=None)
@given(RESTS, st.lists(st.floats(-5, 5), min_size=60, max_size=60))
def test_what_is_not_modelled_changes_nothing(rests, further):
    """Events of other types anywhere, overlapping ones too, and columns that nobody names."""
    names = dict.fromkeys(name for _, name in rests)
    lines = [dict(zip(EVENTS, row, strict=True)) for row in zip(*EVENTS.values(), strict=True)]
    lines += [{"onset": onset, "duration": 3, "trial_type": name, "gain": None, "note": None} for onset, name in rests]
    lines.sort(key=lambda line: float(line["onset"]))
    table = {name: [line[name] for line in lines] for name in EVENTS}
    model = designed(table, {**motion(), "further": further}, names)
    assert model.columns == WANTED.columns
    np.testing.assert_array_equal(model.matrix, WANTED.matrix)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 30), st.lists(st.integers(1, 60), max_size=5, unique=True))
def test_every_scan_that_is_censored_has_one_column_and_no_other_scan_does(discard, marked):
    """Whatever is discarded, numbers are those of the file."""
    with tempfile.TemporaryDirectory() as folder:
        fd = [1.0 if scan + 1 in marked else 0.0 for scan in range(60)]
        write_run(
            Path(folder) / "run-1", {"onset": [70], "duration": [6], "trial_type": ["face"]}, confounds={"fd": fd}
        )
        model = outcome(
            Path(folder),
            runs=WITH_CONFOUNDS,
            inputs=f"discard: {{initial: {discard}}}",
            design="{censor: [{confound: fd, above: 0.5}]}",
        ).model
    assert model.censored == tuple(sorted(scan for scan in marked if scan > discard))
    for scan in model.censored:
        column = model.matrix[:, model.columns.index(f"censored_{scan}")]
        assert column.nonzero()[0].tolist() == [scan - 1 - discard]

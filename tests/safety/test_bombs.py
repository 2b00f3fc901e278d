"""Small texts that would grow large: each is answered quickly and in little memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from glmspec.errors import DocumentError
from glmspec.spec.source import MOST_BYTES, read

from .strangers import changed, cheaply, codes, planned

CONTRAST = '"group[patient] - group[control]"'
FORMULA = '"1 + group + age"'


def aliases(levels: int = 9) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, levels)]
    return "\n".join(lines)


def test_an_alias_bomb_is_never_expanded() -> None:
    with cheaply():
        assert "E106" in codes(changed(add=aliases()))


@pytest.mark.parametrize(
    "nested",
    ["[" * 10_000 + "]" * 10_000, "{a: " * 10_000 + "1" + "}" * 10_000, "[" * 10_000, "{" * 10_000, "- " * 10_000],
    ids=["lists", "mappings", "open lists", "open mappings", "items"],
)
def test_deep_nesting(nested: str) -> None:
    with cheaply():
        assert codes(changed(add=f"title:\n  {nested}\n")) <= {"E102", "E108"}


def test_deep_indentation() -> None:
    deep = "".join(f"{' ' * level}a:\n" for level in range(1, 900))
    with cheaply():
        assert codes(changed(add=f"title:\n{deep}")) == {"E108"}


@pytest.mark.parametrize("text", [b"a: " + b"x" * 5_000_000, b"#" * 5_000_000, b"a: [" + b"1, " * 2_000_000])
def test_five_megabytes_are_not_even_read(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(text)
    with cheaply(), pytest.raises(DocumentError) as error:
        read(path)
    assert [problem.code for problem in error.value.problems] == ["E108"]


def test_an_endless_file_is_not_read_to_its_end() -> None:
    endless = Path("/dev/zero")
    if not endless.exists():
        pytest.skip("there is no endless file on this system")
    with cheaply(), pytest.raises(DocumentError) as error:
        read(endless)
    assert [problem.code for problem in error.value.problems] == ["E108"]


@pytest.mark.parametrize("number", ["9" * 100_000, "1e" + "9" * 100_000, "0." + "1" * 100_000, "-" + "9" * 5_000])
@pytest.mark.parametrize("place", ["smoothing_fwhm: {}\n  mask: mask", "dof: {}\n  mask: mask"])
def test_a_number_of_a_hundred_thousand_digits(number: str, place: str) -> None:
    with cheaply():
        assert codes(changed(("mask: mask", place.format(number)))) <= {"E203", "E205"}


@pytest.mark.parametrize(
    "weight",
    ["9" * 5_000, "1e999999999", "1e-999999999", "1/" + "9" * 3_000, "0." + "1" * 9_000],
)
def test_a_weight_of_many_digits(weight: str) -> None:
    with cheaply():
        assert codes(changed((CONTRAST, f'"{weight}*age"'))) <= {"E211"}


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 5_000 + "age" + ")" * 5_000, "-" * 15_000 + "age", "+".join(["age"] * 4_000), "age" + "/3" * 8_000,
        "3*" * 8_000 + "age", "a" * 25_000, "[" * 9_000, "`" * 9_999, ":".join(["age"] * 4_000), "(" * 9_999,
        "1e12*" * 3_000 + "age",
    ],
    ids=lambda text: text[:8],
)  # fmt: skip
def test_a_long_or_deep_expression(expression: str) -> None:
    with cheaply():
        found = codes(changed((CONTRAST, f'"{expression}"')))
    assert found <= {"E210", "E211", "E214"}


@pytest.mark.parametrize(
    "formula",
    [
        "*".join(f"v{index}" for index in range(40)), ":".join(f"(a{i} + b{i})" for i in range(40)),
        "(" * 9_000 + "age" + ")" * 9_000, "+".join(f"v{index}" for index in range(4_000)), "a" * 25_000,
        ":".join(["age"] * 6_000), "*".join(["age"] * 6_000), "*".join(f"(a{i}+b{i}+c{i})" for i in range(400)),
    ],
    ids=lambda text: text[:8],
)  # fmt: skip
def test_a_formula_whose_terms_multiply(formula: str) -> None:
    with cheaply():
        found = codes(changed((FORMULA, f'"{formula}"'), (CONTRAST, "intercept")))
    assert found <= {"E209"}


def test_a_formula_whose_levels_multiply(still_data: Path) -> None:
    text = changed((FORMULA, '"subject*age*site*score"'), (CONTRAST, "intercept"))
    with cheaply(10):
        assert planned(text, still_data) != []


@pytest.mark.parametrize("section", ["contrasts", "regions", "inference", "hypotheses"])
def test_thousands_of_entries(section: str) -> None:
    entries = "".join(f"  entry-{index}: 3\n" for index in range(3_000))
    there = f"{section}:\n"
    text = changed((there, there + entries)) if there in changed() else changed(add=there + entries)
    with cheaply(10):
        assert codes(text) != set()


def test_the_largest_document_is_large_enough() -> None:
    title = "x" * (MOST_BYTES - len(changed()) - 20)
    assert codes(changed(add=f"title: {title}\n")) == set()


@pytest.mark.parametrize(
    "pattern", ["*" * 300, "{subject}-" * 99, "{subject}*a" * 60 + ".nii", "*a" * 80 + "b", "{a}-{b}+{c}a{d}x"]
)
def test_a_pattern_that_could_match_in_countless_ways(pattern: str, data: Path) -> None:
    (data / "maps" / ("a" * 200 + "-")).touch()
    with cheaply():
        assert {problem.code for problem in planned(changed(("maps/{subject}.nii.gz", f"maps/{pattern}")), data)}

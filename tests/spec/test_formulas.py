"""The formula grammar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from glmspec.spec.formulas import MOST_TERMS, check_term, parse_formula

EXPANDED = {
    "1": "1",
    "group": "1 + group",
    "0 + group": "0 + group",
    "1 + group": "1 + group",
    "a*b": "1 + a + b + a:b",
    "a*b*c": "1 + a + b + c + a:b + a:c + b:c + a:b:c",
    "a:b": "1 + a:b",
    "(a + b):c": "1 + a:c + b:c",
    "(a + b)*c": "1 + a + b + c + a:c + b:c",
    "a + a": "1 + a",
    "a:b + b:a": "1 + a:b",
    "a:a": "1 + a",
    "a:b + c": "1 + c + a:b",
    "center(age)*group": "1 + center(age) + group + center(age):group",
    "age + center(age) + scale(age)": "1 + age + center(age) + scale(age)",
    "  a+\tb ": "1 + a + b",
}


@pytest.mark.parametrize(("text", "expected"), EXPANDED.items())
def test_a_formula_is_the_sum_of_its_terms(text: str, expected: str) -> None:
    assert str(parse_formula(text)) == expected


@pytest.mark.parametrize("text", EXPANDED)
def test_the_text_of_a_formula_reads_back_as_the_same_formula(text: str) -> None:
    once = parse_formula(text)
    assert parse_formula(str(once)) == once
    assert str(parse_formula(str(once))) == str(once)


def formulas() -> st.SearchStrategy[str]:
    leaf = st.sampled_from(["a", "b", "c", "center(d)", "`two words`"])

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            *(st.builds(form.format, inner, inner) for form in ("{} + {}", "({}):({})", "({})*({})", "({} + {})"))
        )

    return st.recursive(leaf, grown, max_leaves=6)


@given(formulas(), st.sampled_from(["", "1 + ", "0 + "]))
def test_any_formula_reads_back(text: str, constant: str) -> None:
    once = parse_formula(constant + text)
    assert once.intercept is (constant != "0 + ")
    assert parse_formula(str(once)) == once


@pytest.mark.parametrize("constant", ["1", "0"])
def test_the_constant_is_no_term(constant: str) -> None:
    with pytest.raises(PydanticCustomError):
        check_term(constant)


def test_a_term_is_one_product() -> None:
    assert check_term("a:b") == "a:b"
    with pytest.raises(PydanticCustomError):
        check_term("a*b")


def test_terms_are_counted_before_they_multiply() -> None:
    with pytest.raises(PydanticCustomError, match=f"more than {MOST_TERMS} terms"):
        parse_formula("*".join(f"v{index}" for index in range(60)))

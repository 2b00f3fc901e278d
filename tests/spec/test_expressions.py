"""The contrast grammar."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from glmspec.spec.expressions import is_wildcard, parse_expression

NAMES = ("a", "b", "c")


def weights(text: str) -> dict[str, Fraction]:
    return {str(term): weight for term, weight in parse_expression(text).items()}


def test_a_difference() -> None:
    assert weights("left - right") == {"left": 1, "right": -1}


def test_a_mean_weighs_each_by_the_double_nearest_to_a_third() -> None:
    found = weights("(a + b + c)/3")
    assert found == dict.fromkeys("abc", Fraction(1, 3))
    assert {float(weight) for weight in found.values()} == {1 / 3}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4*a - b - b", {"a": 4, "b": -2}),
        ("-a", {"a": -1}),
        ("--a", {"a": 1}),
        ("a*2/4", {"a": Fraction(1, 2)}),
        ("2*(a - (b - c))", {"a": 2, "b": -2, "c": 2}),
        ("0.1*a + .2*b + 1e-1*c", {"a": Fraction(1, 10), "b": Fraction(1, 5), "c": Fraction(1, 10)}),
        ("a + b - b", {"a": 1, "b": 0}),
        ("group[patient group] - group[01]", {"group[patient group]": 1, "group[01]": -1}),
        ("g[x]:t[y]:age - center(age)", {"g[x]:t[y]:age": 1, "center(age)": -1}),
        ("`2-back` - `a + b`", {"`2-back`": 1, "`a + b`": -1}),
        ("größe - 脳", {"größe": 1, "脳": -1}),
    ],
)
def test_what_an_expression_weighs(text: str, expected: dict[str, Fraction]) -> None:
    assert weights(text) == expected


def test_a_term_knows_where_it_stands() -> None:
    spans = {str(term): term.span for term in parse_expression("left - 2*group[a]:age")}
    assert spans == {"left": (0, 4), "group[a]:age": (9, 21)}


def expressions(depth: int = 4) -> st.SearchStrategy[str]:
    """Random linear expressions: sums of products of which one factor at most holds names."""
    number = st.sampled_from(["0", "1", "2", "3.5", ".25", "1e1", "7."])
    nonzero = st.sampled_from(["1", "2", "3.5", ".25"])
    leaf = st.sampled_from(NAMES)

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds("{} + {}".format, inner, inner),
            st.builds("({}) - ({})".format, inner, inner),
            st.builds("{} * ({})".format, number, inner),
            st.builds("({})*{}".format, inner, number),
            st.builds("({}) / {}".format, inner, nonzero),
            st.builds("-({})".format, inner),
        )

    return st.recursive(leaf, grown, max_leaves=2**depth)


class Vector(dict[str, Fraction]):
    """Weights that add and scale like the numbers of Python, which evaluates the same text."""

    def __add__(self, other: Vector) -> Vector:
        return Vector({name: self.get(name, 0) + other.get(name, 0) for name in {*self, *other}})

    def __mul__(self, factor: Fraction) -> Vector:
        return Vector({name: weight * factor for name, weight in self.items()})

    __rmul__ = __mul__

    def __neg__(self) -> Vector:
        return self * Fraction(-1)

    def __sub__(self, other: Vector) -> Vector:
        return self + -other

    def __truediv__(self, factor: Fraction) -> Vector:
        return self * (1 / factor)


def by_python(text: str) -> Vector:
    """The same text, evaluated by Python's own grammar over fractions."""
    import ast

    tree = ast.parse(text, mode="eval")

    class Exact(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.AST:
            exact = ast.Call(ast.Name("Fraction", ast.Load()), [ast.Constant(str(node.value))], [])
            return ast.copy_location(exact, node)

    code = compile(ast.fix_missing_locations(Exact().visit(tree)), "expression", "eval")
    return eval(code, {"Fraction": Fraction, **{name: Vector({name: Fraction(1)}) for name in NAMES}})


@given(expressions())
def test_an_expression_means_what_python_computes_with_fractions(text: str) -> None:
    expected = by_python(text)
    if any(expected.values()):
        found = weights(text)
        assert {name: weight for name, weight in found.items() if weight} == {
            name: weight for name, weight in expected.items() if weight
        }
    else:
        with pytest.raises(PydanticCustomError) as error:
            weights(text)
        assert error.value.type == "E211"


@pytest.mark.parametrize(
    ("text", "wildcard"),
    [
        ("face_delay_*", True), ("*", True), ("x?", True), ("gamble:*", True), ("2*a", False), ("a*2", False),
        ("a - b", False), ("face", False), ("a*b", True), ("group[a] * 2", False), (".5*a", False),
    ],
)  # fmt: skip
def test_a_row_is_a_wildcard_or_an_expression(text: str, wildcard: bool) -> None:
    assert is_wildcard(text) is wildcard

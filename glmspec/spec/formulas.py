"""The formula grammar: exactly `+ : * 0 1 ( )`, and center() and scale() on variables.

    sum   = item, {"+", item}
    item  = "0" | "1" | cross
    cross = inter, {"*", inter}          a*b is a + b + a:b
    inter = atom, {":", atom}
    atom  = variable | "(", sum, ")"

The result is a list of terms, each a set of variables; nothing is ever evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass

from glmspec.spec.expressions import DEEPEST, TRANSFORMS
from glmspec.spec.fields import PLAIN_WORD, fault
from glmspec.spec.tokens import Token, tokens

_CODE = "E209"
_OPERATORS = "+:*()"
MOST_TERMS = 200  # nested products multiply; a group design with more terms has no dof left


@dataclass(frozen=True)
class Variable:
    """A column of the data, as it is or centred or scaled."""

    name: str
    transform: str | None = None
    span: tuple[int, int] = (0, 0)

    def __str__(self) -> str:
        return f"{self.transform}({self.name})" if self.transform else self.name

    @property
    def written(self) -> str:
        """As it stands in a formula: a name that is no plain word in backticks."""
        name = self.name if PLAIN_WORD.fullmatch(self.name) else f"`{self.name}`"
        return f"{self.transform}({name})" if self.transform else name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Variable) and (self.name, self.transform) == (other.name, other.transform)

    def __hash__(self) -> int:
        return hash((self.name, self.transform))


FormulaTerm = tuple[Variable, ...]


@dataclass(frozen=True)
class Formula:
    """Terms by degree, then as written; whether the constant is there."""

    intercept: bool
    terms: tuple[FormulaTerm, ...]

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Each variable once, in order of appearance."""
        return tuple(dict.fromkeys(variable for term in self.terms for variable in term))

    def __str__(self) -> str:
        constant = "1" if self.intercept else "0"
        return " + ".join([constant, *(":".join(part.written for part in term) for term in self.terms)])


def parse_formula(text: str) -> Formula:
    """The terms of a formula.

    Raises
    ------
    PydanticCustomError
        E209, with the place of what is outside the grammar.
    """
    parser = _Parser(text)
    terms = parser.sum(0)
    if parser.now.kind != "end":
        raise parser.unexpected()
    if parser.constants == {"0", "1"}:
        raise fault(_CODE, "`0` and `1` contradict each other", hint="`1 +` keeps the constant, `0 +` removes it")
    unique = tuple(dict.fromkeys(tuple(_distinct(term)) for term in terms))
    distinct: dict[frozenset[Variable], FormulaTerm] = {}
    for term in unique:
        distinct.setdefault(frozenset(term), term)
    ordered = tuple(sorted(distinct.values(), key=len))
    intercept = "0" not in parser.constants
    if not ordered and not intercept:
        raise fault(_CODE, "the formula has no column at all", hint='write `formula: "1"` for a group mean')
    return Formula(intercept, ordered)


def check_formula(text: str) -> str:
    """The formula with its constant written out."""
    return str(parse_formula(text))


def check_term(text: str) -> str:
    """The text itself, if it is one term of a formula."""
    terms = parse_formula(text).terms
    if len(terms) != 1:
        raise fault(_CODE, f"`{text}` is not one term", hint="one term of the formula belongs here, like `group:task`")
    return text


def _distinct(term: FormulaTerm) -> FormulaTerm:
    return tuple(dict.fromkeys(term))


class _Parser:
    """Recursive descent over the tokens of one formula."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text, _CODE, _OPERATORS)
        self.at = 0
        self.constants: set[str] = set()

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    def take(self, operator: str) -> bool:
        found = self.now.kind == "operator" and self.now.text == operator
        self.at += found
        return found

    def sum(self, depth: int) -> list[FormulaTerm]:
        if depth > DEEPEST:
            raise fault(_CODE, f"parentheses stand deeper than {DEEPEST}")
        terms = self.item(depth)
        while self.take("+"):
            terms += self.item(depth)
        return self._few(terms)

    def item(self, depth: int) -> list[FormulaTerm]:
        token = self.now
        if token.kind == "number":
            if token.text not in ("0", "1") or depth:
                hint = "of numbers only `1` (keep the constant) and `0` (remove it) can stand here"
                raise fault(_CODE, f"`{token.text}` is no term", hint=hint, span=(token.start, token.end))
            self.at += 1
            self.constants.add(token.text)
            return []
        terms = self.interaction(depth)
        while self.take("*"):
            right = self.interaction(depth)
            terms = self._few(terms + right + [(*a, *b) for a in terms for b in right])
        return terms

    def interaction(self, depth: int) -> list[FormulaTerm]:
        terms = self.atom(depth)
        while self.take(":"):
            right = self.atom(depth)
            terms = self._few([(*a, *b) for a in terms for b in right])
        return terms

    def atom(self, depth: int) -> list[FormulaTerm]:
        if self.take("("):
            terms = self.sum(depth + 1)
            if not self.take(")"):
                raise self.unexpected("a parenthesis is not closed")
            return terms
        return [(self.variable(),)]

    def variable(self) -> Variable:
        token = self.now
        if token.kind not in ("name", "quoted"):
            raise self.unexpected()
        self.at += 1
        if self.now.kind != "operator" or self.now.text != "(" or token.kind == "quoted":
            return Variable(token.text, span=(token.start, token.end))
        if token.text not in TRANSFORMS:
            hint = "center() and scale() are the only functions; nothing in a document is code"
            raise fault(_CODE, f"`{token.text}()` is no function of formulas", hint=hint, span=(token.start, token.end))
        self.at += 1
        inner = self.now
        self.at += inner.kind in ("name", "quoted")
        if inner.kind not in ("name", "quoted") or not self.take(")"):
            hint = f"write `{token.text}(age)`; sums and products of variables belong into the table"
            raise fault(_CODE, f"`{token.text}()` takes one variable", hint=hint, span=(token.start, inner.end))
        return Variable(inner.text, token.text, (token.start, self.tokens[self.at - 1].end))

    def _few(self, terms: list[FormulaTerm]) -> list[FormulaTerm]:
        if len(terms) > MOST_TERMS:
            raise fault(_CODE, f"the formula has more than {MOST_TERMS} terms")
        return terms

    def unexpected(self, message: str = "") -> Exception:
        token = self.now
        if token.kind == "end":
            end = len(self.text)
            hint = "close it, or remove the one that opens" if message else "a variable is missing"
            return fault(_CODE, message or "the formula ends too early", hint=hint, span=(max(end - 1, 0), end))
        shown = f"[{token.text}]" if token.kind == "level" else token.text
        hint = "variables are joined by `+`, `:` and `*`; center() and scale() stand around one variable"
        return fault(_CODE, message or f"`{shown}` cannot stand here", hint=hint, span=(token.start, token.end))

"""The contrast grammar: names, numbers, `+ - * /` and parentheses; what it says must come out linear.

    sum     = product, {("+" | "-"), product}
    product = signed, {("*" | "/"), signed}
    signed  = {"+" | "-"}, atom
    atom    = number | term | "(", sum, ")"
    term    = part, {":", part} | quoted column
    part    = name, ["[", level, "]"] | ("center" | "scale"), "(", name, ")"

Numbers are kept as fractions, so that `(a + b + c)/3` weighs each by the double nearest to a third.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from glmspec.spec.fields import fault
from glmspec.spec.tokens import Token, tokens

TRANSFORMS = ("center", "scale")
DEEPEST = 50  # parentheses inside each other
LARGEST = Fraction(10) ** 12  # weights beyond this are a slip of the pen, and would overflow a variance


@dataclass(frozen=True)
class Part:
    """`name`, `name[level]` or `center(name)`."""

    name: str
    level: str | None = None
    transform: str | None = None

    def __str__(self) -> str:
        shown = f"{self.transform}({self.name})" if self.transform else self.name
        return shown if self.level is None else f"{shown}[{self.level}]"


@dataclass(frozen=True)
class Term:
    """What a contrast weighs: a raw column (`quoted`), or a level, a cell, a slope."""

    parts: tuple[Part, ...]
    quoted: bool = False
    span: tuple[int, int] = (0, 0)

    def __str__(self) -> str:
        return f"`{self.parts[0].name}`" if self.quoted else ":".join(map(str, self.parts))

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for the same term wherever it stands."""
        return (self.parts, self.quoted)


Linear = Mapping[Term, Fraction]
LONGEST_NUMBER = 100  # characters; a double has 17 digits
_CODE = "E210"
_OPERATORS = "+-*/:()"
_LINEAR = "a contrast is a weighted sum of names: `2*a - b/3`"


@dataclass(frozen=True)
class _Value:
    """A constant plus weighted terms."""

    constant: Fraction
    terms: dict[tuple[object, ...], tuple[Term, Fraction]]

    def scaled(self, factor: Fraction) -> _Value:
        return _Value(
            self.constant * factor, {key: (term, weight * factor) for key, (term, weight) in self.terms.items()}
        )

    def plus(self, other: _Value) -> _Value:
        terms = dict(self.terms)
        for key, (term, weight) in other.terms.items():
            terms[key] = (terms[key][0], terms[key][1] + weight) if key in terms else (term, weight)
        return _Value(self.constant + other.constant, terms)


def parse_expression(text: str) -> Linear:
    """The weighted terms of an expression; terms that cancel are kept with weight zero, so that names are checked.

    Raises
    ------
    PydanticCustomError
        With the code E210 for what is outside the grammar and E211 for what is not linear.
    """
    parser = _Parser(text)
    value = parser.sum(0)
    parser.expect_end()
    if value.constant:
        hint = (
            "every number multiplies or divides a name: `2*a`, `a/3`\n"
            "the constant of the model is `intercept`; a column like 2-back stands in backticks"
        )
        raise fault("E211", f"the number {_shown(value.constant)} stands on its own", hint=hint)
    if not any(weight for _, weight in value.terms.values()):
        raise fault("E211", "everything cancels: the contrast is zero", hint="weigh at least one name")
    return dict(value.terms.values())


def check_expression(text: str) -> str:
    """The text itself, if it is a linear expression."""
    parse_expression(text)
    return text


_WILDCARD = re.compile(r"[\w*?]+(?::[\w*?]+)*")


def is_wildcard(text: str) -> bool:
    """Whether a row of an F contrast is a wildcard like ``face_delay_*`` rather than an expression."""
    if "?" not in text and "*" not in text:
        return False
    if not _WILDCARD.fullmatch(text.strip()):
        return False
    return re.search(r"(?<![\w*?])[0-9.]+\*|\*[0-9.]+(?![\w*?])", text) is None


def check_row(text: str) -> str:
    """The text itself, if it is a wildcard or a linear expression."""
    return text if is_wildcard(text) else check_expression(text)


def _shown(number: Fraction) -> str:
    return f"{float(number):g}"


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text, _CODE, _OPERATORS)
        self.at = 0

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    def take(self, operators: str) -> str | None:
        """The operator that stands here, if it is one of these."""
        token = self.now
        if token.kind == "operator" and token.text in operators:
            self.at += 1
            return token.text
        return None

    def expect_end(self) -> None:
        if self.now.kind != "end":
            raise self._unexpected()

    def sum(self, depth: int) -> _Value:
        if depth > DEEPEST:
            raise fault(_CODE, f"parentheses stand deeper than {DEEPEST}", hint="write the expression out")
        value = self.product(depth)
        while sign := self.take("+-"):
            right = self.product(depth)
            value = value.plus(right if sign == "+" else right.scaled(Fraction(-1)))
        return value

    def product(self, depth: int) -> _Value:
        start = self.now.start
        value = self.signed(depth)
        while operator := self.take("*/"):
            right = self.signed(depth)
            span = (start, self.tokens[self.at - 1].end)
            value = _divided(value, right, span) if operator == "/" else _multiplied(value, right, span)
        return value

    def signed(self, depth: int) -> _Value:
        factor = Fraction(1)
        while sign := self.take("+-"):
            factor = -factor if sign == "-" else factor
        return self.atom(depth).scaled(factor)

    def atom(self, depth: int) -> _Value:
        token = self.now
        if token.kind == "number":
            self.at += 1
            return _Value(_number(token), {})
        if token.kind == "quoted":
            self.at += 1
            return _alone(Term((Part(token.text),), quoted=True, span=(token.start, token.end)))
        if token.kind == "name":
            return _alone(self.term())
        if self.take("("):
            value = self.sum(depth + 1)
            if not self.take(")"):
                raise self._unexpected("a parenthesis is not closed")
            return value
        raise self._unexpected()

    def term(self) -> Term:
        start = self.now.start
        parts = [self.part()]
        while self.take(":"):
            parts.append(self.part())
        return Term(tuple(parts), span=(start, self.tokens[self.at - 1].end))

    def part(self) -> Part:
        token = self.now
        if token.kind != "name":
            raise self._unexpected("a name belongs here")
        self.at += 1
        if token.text in TRANSFORMS and self.take("("):
            inner = self.now
            self.at += 1
            if inner.kind != "name" or not self.take(")"):
                raise fault(_CODE, f"`{token.text}()` takes one name", span=(token.start, inner.end))
            return Part(inner.text, transform=token.text)
        if self.now.kind == "operator" and self.now.text == "(":
            hint = "nothing in a document is code; multiply with `*`"
            raise fault(
                _CODE, f"`{token.text}(...)` is no part of a contrast", hint=hint, span=(token.start, token.end)
            )
        if self.now.kind == "level":
            self.at += 1
            return Part(token.text, level=self.tokens[self.at - 1].text)
        return Part(token.text)

    def _unexpected(self, message: str = "") -> Exception:
        token = self.now
        if token.kind == "end":
            span = (max(len(self.text) - 1, 0), len(self.text))
            hint = "close it, or remove the one that opens" if message else "a name or a number is missing"
            return fault(_CODE, message or "the expression ends too early", hint=hint, span=span)
        shown = {"quoted": f"`{token.text}`", "level": f"[{token.text}]"}.get(token.kind, token.text)
        hint = "an operator is missing, or one too many: names, numbers, + - * / and parentheses can stand here"
        if token.kind == "level":
            hint = "a level stands behind its factor: group[patient]; columns are named, never counted: `left - right`"
        return fault(_CODE, message or f"`{shown}` cannot stand here", hint=hint, span=(token.start, token.end))


def _alone(term: Term) -> _Value:
    return _Value(Fraction(0), {term.key: (term, Fraction(1))})


def _number(token: Token) -> Fraction:
    if len(token.text) > LONGEST_NUMBER:
        raise _disproportionate(token)
    exponent = re.search(r"[eE]([+-]?[0-9]+)$", token.text)
    if exponent and abs(int(exponent[1][:6])) > 12:
        raise _disproportionate(token)
    number = Fraction(token.text)
    if number > LARGEST:
        raise _disproportionate(token)
    return number


def _disproportionate(token: Token) -> Exception:
    message = f"the weight {token.text} is out of all proportion"
    return fault("E211", message, hint="weights lie between 1e-12 and 1e12", span=(token.start, token.end))


def _multiplied(left: _Value, right: _Value, span: tuple[int, int]) -> _Value:
    if left.terms and right.terms:
        raise fault("E211", "two names are multiplied: the contrast is not linear", _LINEAR, span=span)
    return left.scaled(right.constant) if left.terms else right.scaled(left.constant)


def _divided(left: _Value, right: _Value, span: tuple[int, int]) -> _Value:
    if right.terms:
        raise fault("E211", "division by a name: the contrast is not linear", _LINEAR, span=span)
    if not right.constant:
        raise fault("E211", "division by zero", _LINEAR, span=span)
    return left.scaled(1 / right.constant)

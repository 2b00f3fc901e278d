"""Contrasts as they are written: an expression, or a mapping with exactly one of five ways to say it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from glmspec.spec.expressions import check_expression, check_row
from glmspec.spec.fields import Label, Model, Text, exactly_one, fault
from glmspec.spec.formulas import check_term

Expression = Annotated[Text, AfterValidator(check_expression)]
RunExpression = Annotated[Text, AfterValidator(lambda text: text if text == "none" else check_expression(text))]
RowExpression = Annotated[Text, AfterValidator(check_row)]

TermText = Annotated[Text, AfterValidator(check_term)]

_F_ONLY = {"rows", "term"}


class Contrast(Model):
    """A question to the model."""

    test: Literal["t", "F"] | None = Field(None, description="t (one direction) or F (several rows jointly).")
    expression: Expression | None = Field(None, description="Names, numbers and + - * / ( ): `left - right`.")
    weights: dict[Label, float] | None = Field(None, description="Columns of the design and their weights.")
    rows: tuple[RowExpression, ...] | None = Field(None, description="F: expressions or wildcards, tested jointly.")
    term: TermText | None = Field(None, description="F: all differences of a term of the formula, like `group:task`.")
    runs: dict[Label, RunExpression] | None = Field(None, description="An expression, or none, for every run.")
    title: Text | None = Field(None, description="What the report calls it.")

    @property
    def kind(self) -> Literal["t", "F"]:
        """The test, as written or as its way of writing implies."""
        return self.test or ("F" if self.rows is not None or self.term is not None else "t")

    @property
    def way(self) -> str:
        """Which of the five ways it is written in."""
        return next(way for way in WAYS if getattr(self, way) is not None)

    def model_post_init(self, context: object) -> None:
        """One way at a time, and one that fits the test."""
        exactly_one(self, *WAYS)
        if self.test == "t" and self.way in _F_ONLY:
            hint = "write `test: F`, or an expression"
            raise fault("E205", f"`{self.way}` makes an F test, not a t test", hint, at=("test",))
        if self.rows == ():
            raise fault("E203", "`rows` is empty", hint="name at least one row", at=("rows",))
        if self.runs is not None and all(text == "none" for text in self.runs.values()):
            raise fault("E211", "no run has a part in this contrast", "say what it is in one at least", at=("runs",))
        if self.weights is not None and not any(self.weights.values()):
            raise fault("E211", "all weights are zero", hint="give at least one column a weight", at=("weights",))


WAYS = ("expression", "weights", "rows", "term", "runs")


def _widen(value: Any) -> Any:
    if isinstance(value, tuple | list):
        hint = "columns are weighed by name, never by position: `left - right`; several jointly: {test: F, rows: [...]}"
        raise fault("E203", "a list is no contrast", hint=hint)
    return value if isinstance(value, dict | Contrast) else {"expression": value}


AnyContrast = Annotated[Contrast, BeforeValidator(_widen, json_schema_input_type=str | Contrast)]

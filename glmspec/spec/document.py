"""The document: its sections at each level."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from glmspec.spec.contrasts import AnyContrast
from glmspec.spec.design import FirstLevelDesign, SecondLevelDesign
from glmspec.spec.fields import CaptureName, Model, Name, Slug, Text, one_or_many
from glmspec.spec.inference import Inference
from glmspec.spec.inputs import MapInputs, SecondLevelInputs
from glmspec.spec.regions import Region
from glmspec.spec.reporting import Report
from glmspec.spec.review import Deviation, Exclusion, Expectation, Hypothesis, Missing, Registration, Sample
from glmspec.spec.runs import FirstLevelInputs

Texts = Annotated[tuple[Text, ...], one_or_many(Text)]
Captures = Annotated[tuple[CaptureName, ...], one_or_many(CaptureName)]


def _version(value: Any) -> Any:
    return 1 if isinstance(value, int) and not isinstance(value, bool) and value == 1 else value


class Document(Model):
    """What every level has."""

    glmspec: Annotated[Literal[1], BeforeValidator(_version)] = Field(description="The version of this language: 1.")
    name: Slug = Field(description="Names every output: lower-case letters, digits and hyphens.")
    title: Text | None = Field(None, description="The title of the report.")
    description: Text | None = Field(None, description="What the analysis is about.")
    authors: Texts = Field((), description="Who wrote it.")
    references: Texts = Field((), description="Papers it builds on.")
    inference: dict[Name, Inference] = Field(
        {}, description="Name -> method; none for an analysis that only estimates."
    )
    regions: dict[Name, Region] = Field({}, description="Name -> region.")
    missing: Missing = Field(Missing(), description="What happens where something is not there.")  # type: ignore[call-arg]
    exclusions: tuple[Exclusion, ...] = Field((), description="Rules by which subjects are left out.")
    expect: tuple[Expectation, ...] = Field((), description="What must be true of data and design.")
    hypotheses: dict[Name, Hypothesis] = Field({}, description="Name -> hypothesis.")
    registration: Registration | None = Field(None, description="Where and when it was registered.")
    sample: Sample | None = Field(None, description="How many subjects, and why.")
    preprocessing: Text | None = Field(None, description="What was done to the data before.")
    deviations: tuple[Deviation, ...] = Field((), description="Departures from the registered document, with reasons.")
    report: Report = Field(Report(), description="How the results are shown.")  # type: ignore[call-arg]


class FirstLevelDocument(Document):
    """Rows are scans."""

    level: Literal["first"] = Field(description="first: rows are scans.")
    fit_per: Captures = Field(("subject",), description="Rows that share these names make one fit.")
    inputs: FirstLevelInputs = Field(description="Where runs, events and confounds are.")
    design: FirstLevelDesign = Field(FirstLevelDesign(), description="The model of a run.")  # type: ignore[call-arg]
    contrasts: dict[Name, AnyContrast] = Field(description="Name -> contrast.", min_length=1)


class SecondLevelDocument(Document):
    """Rows are maps."""

    level: Literal["second"] = Field(description="second: rows are maps.")
    fit_per: Captures = Field((), description="Rows that share these names make one fit.")
    inputs: SecondLevelInputs = Field(description="Where maps and variables are.")
    design: SecondLevelDesign = Field(description="The model over subjects.")
    contrasts: dict[Name, AnyContrast] = Field(description="Name -> contrast.", min_length=1)


class MapDocument(Document):
    """One statistic image, made elsewhere."""

    level: Literal["map"] = Field(description="map: one statistic image.")
    inputs: MapInputs = Field(description="Where the image is.")


AnyDocument = FirstLevelDocument | SecondLevelDocument | MapDocument

LEVELS: dict[str, type[Document]] = {
    "first": FirstLevelDocument,
    "second": SecondLevelDocument,
    "map": MapDocument,
}

RESERVED = frozenset({"interactions", "volume_times", "summarize", "grid", "coding"})
"""Keys that a later version will give a meaning."""

RESERVED_VALUES = frozenset({"mixed-effects", "sandwich", "random-field", "conjunction", "kernel", "available"})
"""Choices that a later version will give a meaning."""

"""Where the maps of a second level are, or a statistic image: one class a kind of input."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag

from glmspec.spec.fields import (
    CaptureName,
    DataPath,
    DataPattern,
    DocumentPath,
    Label,
    Model,
    Name,
    Text,
    exactly_one,
    fault,
    one_or_many,
)
from glmspec.spec.masks import MASK, SMOOTHING, ComputedGroupMask, GivenMask, GroupMask, Smoothing, seems_to_have

Dof = Annotated[float, Field(gt=0)]


class MapRow(Model):
    """One map by name; every further key is a name it is known by, like `subject`."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[CaptureName, Label] = Field(init=False)  # pydantic reads the type of further keys here

    map: DataPath = Field(description="The image.")
    variance: DataPath | None = Field(None, description="The image of its variance.")
    dof: Dof | None = Field(None, description="Degrees of freedom of that variance.")

    def model_post_init(self, context: object) -> None:
        """A setting that is misspelt must not become a name."""
        for name in self.names:
            meant = next((key for key in type(self).model_fields if _one_slip(name, key)), None)
            if meant:
                hint = f"did you mean `{meant}`? Further keys are names that the map is known by, like `subject`"
                raise fault("E201", f"`{name}` is too much like `{meant}` to be a name", hint, at=(name,))

    @property
    def names(self) -> dict[str, str]:
        """What the row is known by."""
        return dict(self.__pydantic_extra__ or {})


def _one_slip(name: str, meant: str) -> bool:
    """Whether a letter was left out or added, two were swapped, or in a long word one is another."""

    def shorter(word: str) -> set[str]:
        return {word[:index] + word[index + 1 :] for index in range(len(word))}

    if name.casefold() == meant or name in shorter(meant) or meant in shorter(name):
        return True
    differing = sum(a != b for a, b in zip(name, meant, strict=False)) if len(name) == len(meant) else len(meant)
    return (differing == 2 and sorted(name) == sorted(meant)) or (differing == 1 and len(meant) > 3)


class TableMaps(Model):
    """Maps listed in a table."""

    table: DataPath = Field(description="A .tsv or .csv with the column map, and variance and dof where needed.")


class StackMaps(Model):
    """One 4D image."""

    stack: DataPath = Field(description="A 4D image; `variables` has a row for each volume, in order.")


class AnalysisMaps(Model):
    """Maps that another document produces."""

    analysis: DocumentPath = Field(description="Another document, as seen from this one.")
    contrast: Annotated[tuple[Name, ...], one_or_many(Name)] = Field(description="Its contrast, or several.")

    def model_post_init(self, context: object) -> None:
        """Each contrast once: its maps would be rows twice."""
        for index, name in enumerate(self.contrast):
            if name in self.contrast[:index]:
                hint = "its maps would count twice: name each contrast once"
                raise fault("E207", f"the contrast `{name}` stands here twice", hint, at=("contrast", index))


class BidsMapsQuery(Model):
    """A query of BIDS derivatives."""

    root: DataPath = Field(description="The derivatives folder.")
    task: Label | None = Field(None, description="The task.")
    contrast: Label | None = Field(None, description="The contrast.")
    stat: Label | None = Field(None, description="The statistic: effect.")


class BidsMaps(Model):
    """Maps in BIDS derivatives."""

    bids: BidsMapsQuery = Field(description="What to look for in BIDS derivatives.")


_MAPS = {"table": TableMaps, "stack": StackMaps, "analysis": AnalysisMaps, "bids": BidsMaps}


def _maps_kind(value: Any) -> str | None:
    if isinstance(value, tuple | list):
        return "kind:rows"
    tag = next((tag for tag, model in _MAPS.items() if isinstance(value, model)), None) or seems_to_have(value, *_MAPS)
    if tag:
        return f"kind:{tag}"
    if isinstance(value, dict) and any(entry is not None for entry in value.values()):
        return None
    return "kind:pattern"


Maps = Annotated[
    Annotated[DataPattern, Tag("kind:pattern")]
    | Annotated[Annotated[tuple[MapRow, ...], Field(min_length=1)], Tag("kind:rows")]
    | Annotated[TableMaps, Tag("kind:table")]
    | Annotated[StackMaps, Tag("kind:stack")]
    | Annotated[AnalysisMaps, Tag("kind:analysis")]
    | Annotated[BidsMaps, Tag("kind:bids")],
    Discriminator(
        _maps_kind,
        custom_error_type="E205",
        custom_error_message="{text}",
        custom_error_context={
            "text": "these maps are none of the kinds of input",
            "hint": 'write a pattern in quotes, "maps/{subject}.nii.gz", or a key table, stack, analysis or bids',
        },
    ),
]


class SecondLevelInputs(Model):
    """Maps of many subjects."""

    maps: Maps = Field(description="A pattern with {subject}, rows, or a mapping with table, stack, analysis or bids.")
    variances: DataPattern | None = Field(None, description="Variance images beside the maps, by the same names.")
    dof: Dof | None = Field(None, description="Degrees of freedom of the variances.")
    variables: Annotated[tuple[DataPath, ...], one_or_many(DataPath)] = Field(
        (), description="Tables joined on every captured name that they have as a column."
    )
    select: dict[Label, Annotated[tuple[Label, ...], one_or_many(Label), Field(min_length=1)]] = Field(
        {}, description="The values of captured names or variables that the analysis is about."
    )
    space: Text | None = Field(None, description="The space of the maps, for tables and report.")
    mask: GroupMask = Field(ComputedGroupMask(compute="background"), description=MASK)
    smoothing_fwhm: Smoothing = Field(0.0, description=SMOOTHING)


class StatisticDof(Model):
    """Degrees of freedom of a t image."""

    dof: Dof = Field(description="Degrees of freedom.")


class RatioDof(Model):
    """Degrees of freedom of an F image."""

    dof: tuple[Dof, Dof] = Field(description="Degrees of freedom of numerator and denominator.")


class Scale(Model):
    """What the values of a statistic image are."""

    z: Literal[True] | None = Field(None, description="A z image: true.")
    t: StatisticDof | None = Field(None, description="A t image: {dof: 14}.")
    F: RatioDof | None = Field(None, description="An F image: {dof: [2, 40]}.")

    def model_post_init(self, context: object) -> None:
        """One scale at a time."""
        exactly_one(self, "z", "t", "F")


def _bare_scale(value: Any) -> Any:
    return {"z": True} if value == "z" else value


class MapInputs(Model):
    """One statistic image."""

    statistic: DataPath = Field(description="The image.")
    scale: Annotated[Scale, BeforeValidator(_bare_scale, json_schema_input_type=Literal["z"] | Scale)] = Field(
        description="z, or {t: {dof: 14}}, or {F: {dof: [2, 40]}}."
    )
    mask: GivenMask = Field(description="The voxels that were tested.")
    space: Text | None = Field(None, description="The space of the image, for tables and report.")

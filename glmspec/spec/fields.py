"""What the values of a document are made of: labels, names, paths, thresholds; and the base of every section."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from glmspec.errors import DocPath
from glmspec.spec.scalars import as_written

PATTERN_NAME = re.compile(r"\{([^{}]*)\}")
PLAIN_WORD = re.compile(r"[^\W\d]\w*")
"""A name that needs no quotes in a formula or contrast."""


class Model(BaseModel):
    """A part of a document: immutable, and every key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True, allow_inf_nan=False)


def fault(
    code: str, message: str, hint: str = "", span: tuple[int, int] | None = None, at: DocPath | None = None
) -> Exception:
    """An error for a validator to raise: pydantic collects it beside all others, with its path.

    ``span`` says which characters of the value are meant. ``at`` leads from a section to the part of it that is to
    blame; the empty path blames the key of the section itself.
    """
    return PydanticCustomError(code, "{text}", {"text": message, "hint": hint, "span": span, "at": at})


def _text(value: Any) -> Any:
    return as_written(value)


def _no_line_noise(value: str) -> str:
    if not value.strip():
        raise fault("E203", "this text is empty", hint="leave the key out, or write what belongs here")
    return value


_TEXT_SCHEMA = {"type": ["string", "number", "boolean"]}

Text = Annotated[str, BeforeValidator(_text), AfterValidator(_no_line_noise), WithJsonSchema(_TEXT_SCHEMA)]
"""Free text; a number stands for its characters."""

Label = Text
"""A subject, a level, a trial type, a column: never read as a number."""


def _checked(pattern: str, what: str) -> Callable[[str], str]:
    expression = re.compile(pattern)

    def check(value: str) -> str:
        if not expression.fullmatch(value):
            raise fault("E206", f"`{value}` cannot be a name here", hint=what)
        return value

    return check


_SLUG = "a name here has lower-case letters, digits and hyphens, and begins with a letter or digit, like `button-press`"
_NAME = "a name here has letters, digits and hyphens, and begins with a letter or digit, like `left-minus-right`"
_NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9-]*"
SLUG = "[a-z0-9][a-z0-9-]*"
LONGEST_NAME = 100  # file systems allow 255 bytes for a file name, which also holds the method and the statistic

Slug = Annotated[
    str,
    BeforeValidator(_text),
    Field(max_length=LONGEST_NAME),
    AfterValidator(_checked(SLUG, _SLUG)),
    WithJsonSchema({"type": ["string", "number"], "pattern": f"^{SLUG}$"}),
]
Name = Annotated[
    str,
    BeforeValidator(_text),
    Field(max_length=LONGEST_NAME),
    AfterValidator(_checked(_NAME_PATTERN, _NAME)),
    WithJsonSchema({"type": ["string", "number"], "pattern": f"^{_NAME_PATTERN}$"}),
]
CaptureName = Annotated[str, AfterValidator(_checked(r"[A-Za-z_]\w*", "a captured name is a word, like `subject`"))]


def _inside(folder: str, absolute: str, up: str) -> Callable[[str], str]:
    """A check that a path stays in a folder: no absolute path, no step up, no address; with a hint for each."""

    def check(value: str) -> str:
        if re.match(r"/|~|\\|[A-Za-z]:", value) or "://" in value:
            raise fault("E212", f"`{value}` is an absolute path", hint=absolute)
        if ".." in re.split(r"[/\\]", value):
            raise fault("E212", f"`{value}` leaves {folder}", hint=up)
        if "\\" in value:
            raise fault("E212", f"`{value}` has a backslash", hint="write `/` between folders on every system")
        return value

    return check


def _plain_path(value: str) -> str:
    if "{" in value or "}" in value or "*" in value:
        raise fault("E212", f"`{value}` is a pattern, and one file is meant here", hint="name the file")
    return value


def _pattern(value: str) -> str:
    rest = PATTERN_NAME.sub("", value)
    if "{" in rest or "}" in rest:
        raise fault("E212", f"the braces of `{value}` do not pair", hint="a captured name stands as {subject}")
    beside = re.search(r"(?:\*|\})(?=\{)", value)
    if beside:
        hint = "put the text between them that tells where one ends and the other begins"
        raise fault("E212", f"`{value}` does not say where a captured name begins", hint=hint)
    for name in PATTERN_NAME.findall(value):
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise fault("E212", f"`{{{name}}}` is no captured name", hint="a captured name is a word, like {subject}")
    return value


_in_data = _inside(
    "the data folder",
    "write the path as seen from the data folder (the document's own, or the one given with --data)",
    "start from a folder that holds all data, and name it with --data",
)
_beside_document = _inside(
    "the document's folder",
    "write the path as seen from the folder of this document",
    "a document names others in its own folder, or below it: move one of the two",
)
_path = (BeforeValidator(_text), AfterValidator(_no_line_noise), AfterValidator(_in_data))
DataPath = Annotated[str, *_path, AfterValidator(_plain_path)]
"""One file of the data folder."""
DocumentPath = Annotated[
    str,
    BeforeValidator(_text),
    AfterValidator(_no_line_noise),
    AfterValidator(_beside_document),
    AfterValidator(_plain_path),
]
"""Another document, as seen from the folder of this one."""
DataPattern = Annotated[str, *_path, AfterValidator(_pattern)]
"""Files of the data folder: `{subject}` captures a name, `*` matches anything but a slash."""


def captured_names(pattern: str) -> tuple[str, ...]:
    """The names a pattern captures, each once, in order."""
    return tuple(dict.fromkeys(PATTERN_NAME.findall(pattern)))


def _whole(value: Any) -> Any:
    """1e4 is a count as good as 10000."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


Count = Annotated[int, BeforeValidator(_whole)]
Probability = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]


def choice(*models: type[Model]) -> BeforeValidator:
    """Choices look alike: the bare word ``glover`` is ``{model: glover}``. One class a choice, its `model` the tag."""
    words = tuple(word for model in models for word in get_args(model.model_fields["model"].annotation))

    def widen(value: Any) -> Any:
        return {"model": value} if isinstance(value, str) else value

    written: Any = Literal[words]
    for model in models:
        written = written | model
    return BeforeValidator(widen, json_schema_input_type=written)


def one_or_many(item: Any) -> BeforeValidator:
    """A list, or a single entry that stands for a list of one."""

    def widen(value: Any) -> Any:
        return value if isinstance(value, tuple | list | None) else (value,)

    return BeforeValidator(widen, json_schema_input_type=item | tuple[item, ...])


class Threshold(Model):
    """A threshold that carries its scale: exactly one of p, z, t and F."""

    p: Probability | None = Field(None, description="A probability, of the declared alternative.")
    z: Positive | None = Field(None, description="A height on the z scale.")
    t: Positive | None = Field(None, description="A height of the t statistic.")
    F: Positive | None = Field(None, description="A height of the F statistic.")

    @property
    def scale(self) -> Literal["p", "z", "t", "F"]:
        """Which of the four was written."""
        return next(name for name in ("p", "z", "t", "F") if getattr(self, name) is not None)

    @property
    def height(self) -> float:
        """The number itself."""
        return float(getattr(self, self.scale))


def exactly_one(value: Any, *names: str) -> None:
    """Refuse a mapping that has none or several of ``names``."""
    given = [name for name in names if getattr(value, name) is not None]
    if len(given) != 1:
        listed = ", ".join(f"`{name}`" for name in names[:-1]) + f" and `{names[-1]}`"
        found = "none of them is here" if not given else "here are " + " and ".join(f"`{name}`" for name in given)
        raise fault("E205", f"exactly one of {listed} belongs here; {found}", at=tuple(given[1:2]))


def _scaled(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        shown = as_written(value)
        scale = "p" if 0 < value < 1 else "z"
        hint = f"write {{{scale}: {shown}}}; the scales are p, z, t and F"
        raise fault("E204", f"the bare number {shown} does not say its scale", hint=hint)
    return value


def _one_scale(value: Threshold) -> Threshold:
    exactly_one(value, "p", "z", "t", "F")
    return value


ScaledThreshold = Annotated[Threshold, BeforeValidator(_scaled), AfterValidator(_one_scale)]

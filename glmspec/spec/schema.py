"""The JSON Schema of the language, which editors complete from and show help with."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from glmspec.spec.document import FirstLevelDocument, MapDocument, SecondLevelDocument

_Any = Annotated[FirstLevelDocument | SecondLevelDocument | MapDocument, Field(discriminator="level")]


def schema() -> dict[str, Any]:
    """The schema of a document of version 1."""
    adapter: TypeAdapter[Any] = TypeAdapter(_Any)
    body = adapter.json_schema(mode="validation", union_format="any_of")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "glmspec document, version 1",
        **body,
    }


def schema_text() -> str:
    """The schema as it is committed."""
    return json.dumps(schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema_text(), "utf-8")

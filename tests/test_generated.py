"""Files that are made from the models are up to date."""

from __future__ import annotations

from pathlib import Path

from glmspec.spec.reference import reference_text
from glmspec.spec.schema import schema_text

ROOT = Path(__file__).parent.parent


def test_the_schema_is_up_to_date() -> None:
    """Else: python -m glmspec.spec.schema schemas/glmspec-1.json."""
    assert (ROOT / "schemas/glmspec-1.json").read_text("utf-8") == schema_text()


def test_the_reference_is_up_to_date() -> None:
    """Else: python -m glmspec.spec.reference docs/language.md."""
    assert (ROOT / "docs/language.md").read_text("utf-8") == reference_text()

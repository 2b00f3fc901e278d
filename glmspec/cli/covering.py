"""`glmspec check`: coverage as a table for a terminal, as data, and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from glmspec.cli.comparing import code
from glmspec.cli.printing import harmless
from glmspec.review.coverage.check import Coverage


def check_text(found: Sequence[Coverage]) -> str:
    """A block for each profile: its summary, then every question with state and value."""
    blocks = []
    for profile in found:
        states = max(len(answer.state) for _, answer in profile.answers)
        names = max(len(item.id) for item, _ in profile.answers)
        lines = [f"{profile.title}", f"  {profile.summary}"]
        lines += [
            harmless(f"  {answer.state:<{states}}  {item.id:<{names}}  {answer.value or item.question}")
            for item, answer in profile.answers
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def check_markdown(found: Sequence[Coverage]) -> str:
    """A table for each profile, to be pasted where a registration is written."""
    lines = []
    for profile in found:
        lines += [
            f"## {profile.title}",
            "",
            f"{profile.summary}.",
            "",
            "| question | state | answer |",
            "|---|---|---|",
        ]
        for item, answer in profile.answers:
            lines.append(f"| {item.question} | {answer.state} | {code(answer.value) if answer.value else ''} |")
        lines.append("")
    return "\n".join(lines).rstrip()

"""The verbs of the methods text in both tenses: what was done, and of an analysis that has not been run what will be.

Sentences take every verb that happens from here, so that neither tense is made from the other's words; what a document
says in words of its own is never touched.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verbs:
    """Each by its past form."""

    was: str
    were: str
    was_not: str
    had: str
    entered: str
    gave: str
    followed: str
    covered: str
    left: str


PAST = Verbs(
    was="was",
    were="were",
    was_not="was not",
    had="had",
    entered="entered",
    gave="gave",
    followed="followed",
    covered="covered",
    left="left",
)
FUTURE = Verbs(
    was="will be",
    were="will be",
    was_not="will not be",
    had="will have",
    entered="will enter",
    gave="will give",
    followed="will follow",
    covered="will cover",
    left="will leave",
)

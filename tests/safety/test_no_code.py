"""Nothing in a document is code: what looks like it is refused before anything is evaluated."""

from __future__ import annotations

from pathlib import Path

import pytest

from glmspec.spec.source import parse

from .strangers import changed, codes, planned

ATTACKS = [
    "__import__('os').system('touch {canary}')",
    "I(__import__('os').system('touch {canary}'))",
    "C(open('{canary}', 'w'))",
    "center(open('{canary}', 'w'))",
    "age.__class__.__base__.__subclasses__()",
    "exec(chr(111))",
    "{{age}}",
    "Q('age')",
    "@open('{canary}', 'w')",
    "lambda: 0",
    "[open('{canary}', 'w') for x in (1, 2)]",
    "age if open('{canary}', 'w') else age",
    "`open('{canary}', 'w')`",
    "age; open('{canary}', 'w')",
    "f'{{open}}'",
    "age ** 99999999",
    "bs(age, 3)",
    "$(touch {canary})",
]


def quoted(attack: str, canary: Path) -> str:
    return '"' + attack.format(canary=canary).replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_formula_does_not_run(attack: str, still_data: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    text = changed(('"1 + group + age"', quoted(attack, canary)), ('"group[patient] - group[control]"', "intercept"))
    problems = planned(text, still_data)
    assert {problem.code for problem in problems} <= {"E209", "E311"}
    assert problems
    assert not canary.exists()


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("way", ["{}", "{{expression: {}}}", "{{test: F, rows: [{}]}}", "{{test: F, term: {}}}"])
def test_a_contrast_does_not_run(attack: str, way: str, still_data: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    text = changed(('"group[patient] - group[control]"', way.format(quoted(attack, canary))))
    problems = planned(text, still_data)
    assert {problem.code for problem in problems} <= {"E209", "E210", "E211", "E214", "E216"}
    assert problems
    assert not canary.exists()


def test_names_from_tables_do_not_run(data: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    evil = f"__import__('os').system('touch {canary}')"
    lines = (data / "participants.tsv").read_text("utf-8").splitlines()
    lines[0] = lines[0].replace("group", evil)
    (data / "participants.tsv").write_text("\n".join(line.replace("patient", evil) for line in lines), "utf-8")
    text = changed(('"1 + group + age"', f'"1 + `{evil}` + age"'), ('"group[patient] - group[control]"', "age"))
    assert planned(text, data) == []
    assert not canary.exists()


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system", "!!python/name:os.system", "!!binary", "!<tag:x>", "!include", "!!map"]
)
def test_a_tag_builds_nothing(tag: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    assert codes(changed(add=f'title: {tag} ["touch {canary}"]\n')) == {"E107"}
    assert not canary.exists()


def test_a_key_cannot_carry_a_tag_either() -> None:
    assert "E107" in codes(changed(add="!!python/name:os.system title: x\n"))


def test_what_is_read_is_text_numbers_and_truth_values_only() -> None:
    source = parse("a: [1, 1.5, true, null, x, 2024-01-01, 1:30, 0x1F, =]\n", "stranger.yaml")
    kinds = {type(entry).__mro__[-2] for entry in source.data["a"]}
    assert kinds <= {int, float, str, type(None)}

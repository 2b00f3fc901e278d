"""Each layer imports only what stands to its right; nothing is imported inside a function to dodge a cycle."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "glmspec"
COMMON = {"errors", "codes", "resources", "temporary"}
MAY_IMPORT = {
    "cli": {
        "auditing",
        "registering",
        "rendering",
        "workflow",
        "demo",
        "reporting",
        "review",
        "execution",
        "plan",
        "spec",
        "images",
        "core",
        "cli",
    },
    "rendering": {"reporting", "execution", "plan"},
    "workflow": {"rendering", "reporting", "review", "execution", "plan", "spec", "images", "core"},
    "registering": {"workflow", "reporting", "review", "execution", "plan", "spec", "images", "core"},
    "auditing": {"workflow", "reporting", "review", "execution", "plan", "spec", "images", "core"},
    "demo": {"images", "core", "demo"},
    "reporting": {"review", "execution", "plan", "spec", "images", "core", "reporting"},
    "review": {"execution", "plan", "spec", "images", "core", "review"},
    "execution": {"plan", "spec", "images", "core", "execution"},
    "plan": {"spec", "images", "core", "plan"},
    "spec": {"spec"},
    "images": {"core", "images"},
    "core": {"core"},
}
FORBIDDEN = {
    "spec": {"numpy", "scipy", "nibabel", "pandas", "matplotlib", "formulaic"},
    "core": {"pydantic", "yaml", "nibabel", "pandas", "formulaic", "matplotlib", "typer", "rich", "jinja2"},
    "images": {"pydantic", "yaml", "pandas", "formulaic", "matplotlib"},
    "plan": {"nibabel", "matplotlib", "jinja2", "typer", "rich"},
    "execution": {"nibabel", "matplotlib", "jinja2", "typer", "rich", "pydantic"},
    "reporting": {"nibabel", "typer", "rich", "pandas"},
    "review": {"nibabel", "matplotlib", "jinja2", "typer", "rich", "pandas"},
    "cli": {"nibabel", "matplotlib"},
}
LAZY = {"cli"}
"""Commands import what they need when they run, so that `validate` starts without numpy."""


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def layer(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names] if node.module else []
    return []


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_stands_to_its_right(path: Path) -> None:
    own = layer(path)
    if own not in MAY_IMPORT:
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        for name in imported(node):
            parts = name.split(".")
            if parts[0] == "glmspec" and len(parts) > 1:
                other = parts[1]
                if own in ("cli", "workflow", "review") and name == "glmspec.__version__":
                    continue
                assert other in MAY_IMPORT[own] | COMMON, f"{own} imports {name}"
            else:
                assert parts[0] not in FORBIDDEN.get(own, set()), f"{own} imports {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_stand_at_the_top(path: Path) -> None:
    if layer(path) in LAZY:
        return
    tree = ast.parse(path.read_text("utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
            assert not inner, f"{function.name} imports inside"


def test_the_public_names_are_these() -> None:
    import glmspec

    assert glmspec.__all__ == ["Results", "compile", "errors", "load", "report", "run"]
    for name in glmspec.__all__:
        assert getattr(glmspec, name) is not None

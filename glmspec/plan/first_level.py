"""A first-level document and data -> its fits: runs with their designs and contrasts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from glmspec.core.fixed_effects import independent_rows
from glmspec.core.least_squares import prepare
from glmspec.errors import DocPath, GlmspecError, Problem, gathered
from glmspec.images.geometry import Grid, describe
from glmspec.plan.analysis import FirstLevel, ModelledRun, Study
from glmspec.plan.check import Check
from glmspec.plan.contrasts import contrast_text, estimability, resolve_contrast
from glmspec.plan.data import DataFolder
from glmspec.plan.designs import Question
from glmspec.plan.exclusions import by_name, named_outright, unknown_subjects
from glmspec.plan.fits import fits, folder
from glmspec.plan.images import Images, Wanted
from glmspec.plan.left_out import Exclusions, LeftOut
from glmspec.plan.rows import same
from glmspec.plan.runs import RunFiles, RunModel, located_runs, missing_runs, run_models
from glmspec.plan.runs.facts import told
from glmspec.plan.runs.words import listed
from glmspec.spec.checks import part
from glmspec.spec.contrasts import Contrast
from glmspec.spec.document import FirstLevelDocument
from glmspec.spec.masks import ThresholdedMask
from glmspec.spec.problems import suggestion
from glmspec.spec.runs import FirstLevelInputs
from glmspec.spec.source import Source


def first_level(
    document: FirstLevelDocument, source: Source, data: DataFolder, problems: list[Problem], other: Study | None
) -> Study | None:
    """The fits of a document, or None where something is wrong; ``problems`` then says what."""
    return _Compiler(document, source, data, problems).study()


@dataclass
class _Compiler:
    """Goes as far as the parts that are right allow, and collects what is wrong."""

    document: FirstLevelDocument
    source: Source
    data: DataFolder
    problems: list[Problem]
    checks: list[Check] = field(default_factory=list)
    in_runs: dict[Problem, tuple[str, list[str]]] = field(default_factory=dict)
    """Problems of contrasts, with their hint and the runs in which they occur."""
    exclusions: Exclusions = field(default_factory=Exclusions)

    def study(self) -> Study | None:
        inputs: FirstLevelInputs | None = getattr(self.document, "inputs", None)
        if inputs is None or any(problem.code == "E221" for problem in self.problems):
            return None
        images = Images(self.document, self.data, self.problems, subject="the scans")
        fit_per = getattr(self.document, "fit_per", ("subject",))
        written = "fit_per" in self.document.model_fields_set
        excluded = named_outright(part(self.document, "exclusions"))
        runs = located_runs(inputs, self.data, self.problems, self.checks, fit_per=fit_per, excluded=excluded)
        runs = self._staying(runs)
        models = run_models(self.document, runs, self.data, self.problems, self.checks)
        groups = fits(models, fit_per, written, self.problems) if models else []
        self._runs_by_name(models)
        alone = len(groups) == 1
        found = [self._fit(names, folder(names, alone), group, images) for names, group in groups]
        self._tell_of_runs()
        if self.problems or not found:
            return None
        checks = () if alone else tuple(self.checks)
        return Study(self.source, self.document, self.data.root, tuple(fit for fit in found if fit), checks)

    def _staying(self, located: list[RunFiles]) -> list[RunFiles]:
        """The runs of subjects that no rule names, and that have every run or may lack some."""
        rules = part(self.document, "exclusions")
        subjects = _subjects(located)
        if located:
            told = unknown_subjects(rules, subjects, "the runs")
            selected = bool(self.document.inputs.select)  # who is not selected is known to nobody here
            self.problems += [problem for problem in told if problem.on == "key" or not selected]
        entries = [by_name(rule, subjects) if rule.subjects else LeftOut(rule.rule, "declared") for rule in rules]
        out = {name for entry in entries for name in entry.excluded}
        ruled = [run for run in located if run.names.get("subject") not in out]
        if located and not ruled:
            hint = "\n".join(entry.check.text for entry in entries if entry.excluded)
            self.problems.append(Problem("E327", "no run is left to analyse", ("exclusions",), hint=hint, on="key"))
        runs = missing_runs(ruled, self.document, self.problems, self.checks)
        lost = tuple(name for name in _subjects(ruled) if name not in _subjects(runs))
        if lost:
            entries.append(LeftOut("for lack of a run that others have", "missing", lost, len(subjects)))
        left = len(subjects) - len(_subjects(runs))
        self.exclusions = Exclusions(tuple(entries), left, len(subjects))
        self.checks += [entry.check for entry in entries if entry.kind != "missing"]  # that is told already
        self.checks += self.exclusions.in_all
        return runs

    def _fit(self, names: dict[str, str], place: str, models: list[RunModel], shared: Images) -> FirstLevel | None:
        """A subject: its own grid, its runs, and what they come to together."""
        own_facts = [fact for model in models for fact in model.facts]
        checks = list(self.checks) if not place else told(own_facts, len(models))
        runs = [model.run for model in models]
        own = Images(self.document, self.data, self.problems, subject="the scans", digests=dict(shared.digests))
        grid = own.grid([Wanted(run.bold, run.origin, None) for run in runs])
        mask = self.document.inputs.mask
        if isinstance(mask, ThresholdedMask):
            own.mask(mask.image, grid, ("inputs", "mask", "image"))
        for run in runs:
            if run.mask is not None:
                with gathered(self.problems):
                    own.on_grid(run.mask, grid, run.origin)
        own.regions_and_background(grid)
        modelled = [self._modelled(model) for model in models]
        questions = self._questions(modelled, checks)
        if self.problems or grid is None:
            return None
        for name, origin in [file for run in runs for file in run.files]:
            own.digest(name, origin)
        checks.insert(0, Check("Scans", "ok", _in_words(modelled, grid)))
        return FirstLevel(
            self.source,
            self.document,
            self.data.root,
            names,
            place,
            grid,
            own.digests,
            tuple(checks),
            questions,
            tuple(modelled),
            exclusions=self.exclusions,
        )

    def _modelled(self, model: RunModel) -> ModelledRun:
        """A run, and the contrasts in it."""
        prepared = prepare(model.matrix)
        weights = {}
        for name, contrast in part(self.document, "contrasts").items():
            asked = _in_run(contrast, model.run.name)
            told = any(problem.path[:2] == ("contrasts", name) for problem in self.problems)
            if asked is None or told:
                continue
            try:
                weights[name] = resolve_contrast(name, asked, model)
                wrong = tuple(estimability(weights[name], model.design, prepared))
            except GlmspecError as error:
                wrong = error.problems
            for problem in wrong:
                self._of_run(problem, model.run, contrast)
        return ModelledRun(model, weights)

    def _of_run(self, problem: Problem, run: RunFiles, contrast: Contrast) -> None:
        """Remember a contrast's problem in one run, so that the same in several runs is told once."""
        path = problem.path
        if contrast.runs is not None:
            path = (*path[:2], "runs", next(key for key in contrast.runs if _same_run(key, run.name)))
        key = replace(problem, path=path, hint="")
        self.in_runs.setdefault(key, (problem.hint, []))[1].append(run.title)

    def _tell_of_runs(self) -> None:
        for problem, (hint, runs) in self.in_runs.items():
            of = f"in {listed(dict.fromkeys(runs))}"
            self.problems.append(replace(problem, label=f"{problem.label} {of}".strip(), hint=hint))

    def _questions(self, runs: list[ModelledRun], checks: list[Check]) -> tuple[Question, ...]:
        """What is asked of all runs together; degrees of freedom of the runs add."""
        found = []
        for name, contrast in part(self.document, "contrasts").items():
            asked = [run for run in runs if name in run.weights]
            here: DocPath = ("contrasts", name)
            if not asked:
                checks.append(
                    Check("Contrast", "warning", f"{name}: no run has a part in it, so that it is not there.")
                )
                continue
            rows = {tuple(independent_rows(run.weights[name].weights)) for run in asked}
            if len(rows) > 1:
                message = f"`{name}` has other rows in some runs than in others, so that they cannot be combined"
                hint = "name the rows outright, so that they are the same in every run"
                self.problems.append(Problem("E406", message, here, hint=hint))
                continue
            dof = float(sum(run.design.dof for run in asked))
            kind = contrast.kind
            both = (dof,) if kind == "t" else (float(len(next(iter(rows)))), dof)
            found.append(Question(name, kind, contrast_text(contrast), contrast.title or name, here, both))
            if len(asked) < len(runs):
                text = f"{name}: {len(asked)} of {len(runs)} runs have a part in it."
                checks.append(Check("Contrast", "note", text))
        return tuple(found)

    def _runs_by_name(self, models: list[RunModel]) -> None:
        """Where a contrast says what it is in each run, every run is listed, and no other."""
        names = list(dict.fromkeys(model.run.name for model in models))
        for name, contrast in part(self.document, "contrasts").items():
            given = {same("run", key): key for key in contrast.runs or {}}
            here: DocPath = ("contrasts", name, "runs")
            known = {same("run", run) for run in names}
            for key in [given[key] for key in given if key not in known]:
                hint = suggestion(key, names, "runs")
                self.problems.append(Problem("E208", f"there is no run `{key}`", (*here, key), hint=hint, on="key"))
            lacking = [run for run in names if contrast.runs is not None and same("run", run) not in given]
            if lacking:
                message = f"`{name}` does not say what it is in {listed(lacking)}"
                hint = "list every run; `none` where the contrast has no part in it"
                self.problems.append(Problem("E208", message, here, hint=hint, on="key"))


def _in_run(contrast: Contrast, run: str) -> Contrast | None:
    """The contrast as it is in a run; None where it has no part in it."""
    if contrast.runs is None:
        return contrast
    given = {same("run", key): text for key, text in contrast.runs.items()}
    text = given.get(same("run", run), "none")
    return None if text == "none" else contrast.model_copy(update={"expression": text, "runs": None})


def _in_words(runs: list[ModelledRun], grid: Grid) -> str:
    scans = listed(f"{run.model.scans} in {run.title}" for run in runs)
    return f"{scans}, on one grid of {describe(grid)}."


def _same_run(one: str, other: str) -> bool:
    return same("run", one) == same("run", other)


def _subjects(runs: list[RunFiles]) -> list[str]:
    """Subjects of runs, each once."""
    return list(dict.fromkeys(run.names["subject"] for run in runs if "subject" in run.names))

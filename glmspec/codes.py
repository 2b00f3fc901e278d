"""Every problem by its code: what it means, why it matters, how to mend it. `glmspec explain CODE` prints it."""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """A kind of problem."""

    title: str
    cause: str
    cure: str


CODES: dict[str, Code] = {
    "E100": Code(
        "The document cannot be read",
        "There is no file of that name, it is a folder, or its permissions keep it closed.",
        "Check the path. `glmspec init my-analysis.yaml` writes a document to start from.",
    ),
    "E101": Code(
        "The document is not UTF-8",
        "A byte stands where no character of UTF-8 begins. Some editors save text as Latin-1 or UTF-16.",
        "Save the file again with the encoding UTF-8.",
    ),
    "E102": Code(
        "The text is not YAML, or not the YAML that was meant",
        "Some values mean something to YAML: one that begins with a brace is a mapping, with `*` an alias, with a "
        "backtick an error; brackets end a word inside `{...}`.",
        'Put the value into quotes: maps: "{subject}.nii.gz". Inside {...}: {expression: "group[a] - group[b]"}.',
    ),
    "E103": Code(
        "A tab is used for indentation",
        "YAML indents with spaces only, because editors disagree on the width of a tab.",
        "Replace each tab by two spaces; most editors can do it for the whole file.",
    ),
    "E104": Code(
        "The document is empty", "There is nothing in it but space and comments.", "Begin with `glmspec init`."
    ),
    "E105": Code(
        "A key is repeated",
        "YAML would let the last one win in silence, and a reviewer might read the first.",
        "Keep one of the two.",
    ),
    "E106": Code(
        "Anchors, aliases and merge keys are refused",
        "They let a document say a thing elsewhere than where it stands, and a few lines can expand to gigabytes.",
        "Write the value out where it is needed.",
    ),
    "E107": Code(
        "Tags are refused",
        "A tag such as `!!python/object` asks a reader to build objects; nothing in a document is code.",
        "Remove it. Put text that looks like a number into quotes.",
    ),
    "E108": Code(
        "The document is too large or too deep",
        "Limits keep hostile text from using up the machine.",
        "Move tables into files.",
    ),
    "E109": Code(
        "The document is not a mapping",
        "A document is a mapping of sections: glmspec, name, level, inputs, ...",
        "Begin with `glmspec init`.",
    ),
    "E110": Code("The file holds several documents", "`---` begins another document.", "Keep one document a file."),
    "E201": Code(
        "A key is not known",
        "A misspelt key that was ignored would change the analysis in silence, so every unknown key is an error.",
        "Use the name that is suggested. `glmspec schema` lists every key with a sentence of help.",
    ),
    "E202": Code(
        "A key is missing",
        "What has no sensible default must be written.",
        "Add the key; the message says what belongs there.",
    ),
    "E203": Code(
        "A value cannot stand here",
        "It is of the wrong kind, out of range, or not one of the choices.",
        "The message says what is allowed. Numbers stand without quotes; only true and false are truth values.",
    ),
    "E204": Code(
        "A number does not carry its scale or unit",
        "3.1 may be a z or a t, and 10 may be voxels or mm3; papers have been retracted for less.",
        "Write {p: 0.001}, {z: 3.1}, {t: 2.5} or {F: 4}; {voxels: 10} or {mm3: 270}.",
    ),
    "E205": Code(
        "Settings contradict each other",
        "Exactly one of several settings belongs here, or one has no use here.",
        "Keep the one that is meant.",
    ),
    "E206": Code(
        "A name has characters that cannot name a file or a column",
        "Names become parts of file names on every system.",
        "Use letters, digits and hyphens, beginning with a letter or digit. The document's own name is in lower case.",
    ),
    "E207": Code(
        "Two names are too alike",
        "In the names of output files hyphens are dropped, and some systems do not tell upper from lower case. "
        "In a list of names, each stands once.",
        "Rename one of them.",
    ),
    "E208": Code(
        "A name is not there",
        "The document refers to a contrast, region, inference, factor or column that is not there.",
        "Use the name that is suggested, or add what is missing.",
    ),
    "E209": Code(
        "The formula is outside the grammar",
        "Formulas have + : * 0 1 ( ), and center() and scale() on variables; nothing else, because nothing in a "
        "document is code.",
        "Transform variables in the table instead, where everyone can see them.",
    ),
    "E210": Code(
        "The contrast is outside the grammar",
        "Contrasts have names, numbers, + - * / and parentheses.",
        'A raw column whose name is no plain word stands in backticks, inside YAML quotes: "`2-back` - rest".',
    ),
    "E211": Code(
        "The contrast is not linear, or is zero",
        "A contrast is a weighted sum of columns.",
        "Every number multiplies or divides a name; the weights must not all cancel.",
    ),
    "E212": Code(
        "The path cannot stand in a document",
        "Paths start at the data folder and stay inside it, so that a document runs on every machine and touches "
        "nothing else.",
        "Write the path as seen from the data folder, and name that folder with --data.",
    ),
    "E213": Code(
        "An F has no direction",
        "An F is tested in its upper tail; `greater` and `less` mean nothing for it.",
        "Give F contrasts an inference of their own, or leave the alternative out.",
    ),
    "E214": Code(
        "A contrast uses a name that is not in the design",
        "The name is misspelt, or the column is not part of the model.",
        "`glmspec plan` prints the columns. Raw columns stand in backticks, levels in brackets: group[patient].",
    ),
    "E215": Code(
        "A factor has no such level", "Levels are compared character by character.", "Use the level that is suggested."
    ),
    "E216": Code(
        "A name is used as what it is not",
        "A factor has levels and no slope; a number has a slope and no levels; a term must be part of the formula.",
        "Write group[patient] for a level, age for a slope, {test: F, term: group} for all differences.",
    ),
    "E217": Code(
        "A threshold has the scale of another statistic",
        "A height in t cannot be applied to an F.",
        "Name the contrasts, or write the threshold as p or z.",
    ),
    "E220": Code(
        "Reserved for a later version", "The name has a meaning in a version to come.", "Leave it out for now."
    ),
    "E221": Code(
        "Valid, but not there yet",
        "The language knows it, this version cannot run it; nothing is accepted and ignored.",
        "Leave it out, or wait for a later version.",
    ),
    "E222": Code(
        "The lock cannot be read",
        "A lock is what was registered, as `glmspec lock` wrote it. One that was edited, cut short or merged by hand "
        "no longer says what that was: the sha256 in it is that of its document.",
        "Take it from version control again. To register anew, `glmspec lock --force` writes another one.",
    ),
    "E223": Code(
        "A deviation carries no rationale",
        "With --locked an analysis is what was registered. What departs from it and can change a number, a p-value or "
        "a claim needs a reason that readers can judge.",
        "Undo the change, or write it down: deviations: [{path: design.drift.high_pass, rationale: why}]. A path "
        "covers all that stands below it.",
    ),
    "E224": Code(
        "Another lock is there already",
        "A lock is written once. Replacing it would lose what was registered.",
        "`glmspec diff LOCK DOC` tells what differs. To register anew before any data are seen, use --force.",
    ),
    "E225": Code(
        "There is no lock",
        "--locked holds an analysis to its lock, `NAME.lock.yaml` beside the document or where `registration: {lock: "
        "...}` says.",
        "Write one with `glmspec lock`, or run without --locked.",
    ),
    "E226": Code(
        "The command is not complete",
        "`glmspec diff` takes two documents, locks or results folders; `glmspec verify --recompute` needs the data "
        "folder, because results do not say where on a machine their data were.",
        "`glmspec diff NAME.lock.yaml NAME.yaml`; `glmspec verify results/NAME --recompute --data DIR`.",
    ),
    "E301": Code(
        "The image cannot be read", "It is no NIfTI image, or the file cannot be opened.", "Images are .nii or .nii.gz."
    ),
    "E302": Code(
        "The header does not fit the file",
        "The header promises more, or less, than the file holds.",
        "Copy or convert the image again.",
    ),
    "E303": Code(
        "The affine is unusable",
        "It holds NaN, or maps different voxels to one place.",
        "Convert the image again from its source.",
    ),
    "E304": Code("The type of the image is not supported", "Maps hold real numbers.", "Convert the image."),
    "E305": Code("The image is damaged", "It ends too early or fails its checksum.", "Copy the file again."),
    "E306": Code(
        "A file is missing",
        "There is no file at that path.",
        "Paths start at the document's folder, or at the one given with --data.",
    ),
    "E307": Code(
        "A pattern matches nothing",
        "No file fits. A capture such as {subject} is letters, digits, + and -; it holds no underscore, dot or slash.",
        "Compare the pattern with the names that are listed.",
    ),
    "E308": Code(
        "Two files for one row",
        "All captured names together identify a row, a map or a run, and two files share them.",
        "Capture the part in which they differ, or name a more particular pattern.",
    ),
    "E309": Code(
        "An image does not fit",
        "All images of an analysis share one grid: shape and affine. Nothing is resampled in silence.",
        "Resample the image before, with the tool of your choice, and say so in `preprocessing`.",
    ),
    "E310": Code(
        "A table does not fit",
        "Tables are UTF-8 with a unique header, tabs in .tsv and commas in .csv; `n/a` and empty are missing.",
        "The message names the table, the line and the column.",
    ),
    "E311": Code(
        "A variable is missing",
        "A variable of the formula, or of a rule by which subjects are left out, is unknown, or has no value for some "
        "map. Nothing is dropped in silence.",
        "Fill it in, leave the rows out by `select`, or write `missing: {variable: exclude}`.",
    ),
    "E312": Code(
        "A map has no line in a table",
        "Every map needs its variables.",
        "Add the line, leave the map out by `select`, or write `missing: {variable: exclude}`.",
    ),
    "E313": Code(
        "No row has that name or value",
        "A setting asks for names or values of the data, such as `select`, `fit_per`, `variance_groups` or the "
        "subjects of `exclusions`, and none is called so.",
        "Use the one that is suggested.",
    ),
    "E314": Code(
        "Voxels of the mask are NaN",
        "A statistic over NaN is NaN; averaging over fewer maps in silence would change the degrees of freedom.",
        "Write `missing: {voxel: exclude}`, or give a smaller mask.",
    ),
    "E315": Code(
        "A path leaves the data folder",
        "A link leads outside; a stranger's document must not read what it was not given.",
        "Name a folder with --data that holds everything.",
    ),
    "E316": Code(
        "No voxel is left",
        "The mask, or a region inside it, holds no voxel.",
        "Check the mask, its threshold, the region's coordinates, and whether the maps overlap.",
    ),
    "E317": Code(
        "A variable is not what the formula needs",
        "Text where a number is needed, a single level, or levels that are not declared.",
        "The message names the variable.",
    ),
    "E318": Code(
        "Some subjects lack what others have",
        "A condition, a session or a run that varies within subjects should be there for each. Nothing is dropped in "
        "silence.",
        "Complete the data, leave the subjects out, or say under `missing` what is meant.",
    ),
    "E319": Code(
        "The repetition time is not known",
        "The header names no unit of time, no time, or one that no scan takes; some software writes 1 there whatever "
        "the data are.",
        "Write it in seconds, as `repetition_time: 2.0` under `inputs`.",
    ),
    "E320": Code(
        "The results folder is damaged", "Its index cannot be read.", "Run the document again; finished steps are kept."
    ),
    "E321": Code(
        "A condition has no events",
        "A trial type, or a value of `where`, is misspelt; or a run lacks a condition that the document or other runs "
        "have. A column of zeros would be dropped in silence by other software.",
        "Use the name that is suggested, complete the events, or say with `missing: {condition: ...}` what is meant.",
    ),
    "E322": Code(
        "Events belong to no condition",
        "Events that are left out go into the baseline, so that every condition is compared with them.",
        "Make them a condition, or name their trial type under `unmodelled`.",
    ),
    "E323": Code(
        "A ready-made matrix does not fit",
        "The file cannot be read, or its rows, columns or names are not those of the run and the document.",
        "The message gives both numbers. Arrays are saved with numpy.savez; Python objects are never read.",
    ),
    "E324": Code(
        "A column says nothing",
        "It is the same in every scan, so that it is zero or a copy of the constant: a modulator that does not vary in "
        "the run, a confound that stays as it is, events that no scan hears.",
        "Leave it out. {any: ...} leaves out such confounds and counts them.",
    ),
    "E325": Code(
        "What the maps need beside them is not there",
        "Fixed effects need a variance for every map; maps of another document need that document to be right.",
        "Name the variances, or run `glmspec plan` on the other document and mend what it says.",
    ),
    "E326": Code(
        "The scans cannot be scaled",
        "Percent signal and grand-mean scaling divide by a mean; data that were centred before have none.",
        "Write `design: {scaling: none}`, or give the scans as they were before centring.",
    ),
    "E327": Code(
        "Nothing is left to analyse",
        "Rules of `exclusions` and missing data leave every map or run out.",
        "The message counts what each of them takes: give a rule another bound, or complete the data.",
    ),
    "E328": Code(
        "A sidecar cannot be read",
        "The JSON file beside a run's images says when scans are taken (`RepetitionTime`, `StartTime`). This one is no "
        "JSON object, or its times are no numbers of seconds.",
        "Mend it, or take it away; the document can say `repetition_time` and `slice_time_reference` itself.",
    ),
    "E329": Code(
        "No voxel of a run varies",
        "Scans that are all alike leave nothing to test, and maps without a single value would look like ones without "
        "an effect.",
        "Check that the images are those that are meant, were written whole, and that the mask lies on them.",
    ),
    "E330": Code(
        "An image cannot be what it is said to be",
        "Variances and F are never negative: the image holds effects, or a t or z.",
        "Name the right image, or correct the scale.",
    ),
    "E331": Code(
        "A report cannot be redacted",
        "`glmspec report --redact` replaces the names of subjects. A name such as `101` that is also a number of the "
        "report cannot be told from it, and a report with some of its names left in would be worse than none.",
        "Give subjects labels with a letter or a leading zero (`sub-{subject}` in the pattern does not help: the label "
        "is what the braces capture), or remove the names from the free text of the document.",
    ),
    "E401": Code(
        "A contrast is not estimable",
        "The design is rank-deficient: some columns are sums of others, and the contrast asks for what they share. "
        "Software that takes a pseudo-inverse returns a number here that depends on its implementation.",
        "Weigh the columns so that the shared part cancels (differences of levels usually do), or take a column out.",
    ),
    "E402": Code("Two columns have one name", "A contrast could not say which one it means.", "Rename one of them."),
    "E403": Code(
        "No degrees of freedom are left",
        "There are as many independent columns as maps or scans, or too few scans for the order of the noise, so "
        "nothing is left to estimate the noise from.",
        "Add maps or scans, or take columns out.",
    ),
    "E404": Code(
        "What may be exchanged is not clear",
        "A permutation test exchanges what the null hypothesis makes alike. The design does not tell what that is, or "
        "the blocks that are declared do not fit it.",
        "Follow the hint, or declare the scheme and the blocks: {scheme: permute, blocks: site}.",
    ),
    "E405": Code(
        "The relabellings do not suffice, or are too many",
        "A p value is a share of the relabellings, so a handful of them cannot reach a small alpha; and `all` may be "
        "more than any machine goes through. Clusters are formed by a height above zero.",
        "The message gives the smallest p that can be reached. Ask for more permutations, or collect more data.",
    ),
    "E406": Code(
        "A contrast is not the same question in every run",
        "Runs are combined row by row: rows that a run does not have, or has twice, cannot be.",
        "Name the rows outright instead of by a wildcard, or say what the contrast is in each run.",
    ),
    "E407": Code(
        "An expectation is not met",
        "The document says under `expect` what must be true of data and design, and that it stops where it is not.",
        "Mend the data or the design. Changing the expectation, or `otherwise: report`, is a decision to be explained.",
    ),
    "E408": Code(
        "Contrasts cannot share one maximum",
        "With `family: all-contrasts` the largest statistic of all contrasts is taken in every relabelling, so that a "
        "relabelling must be the same for all of them. Their null hypotheses allow different ones.",
        "Give them entries of their own, each at a part of alpha, or declare scheme and blocks that hold for all.",
    ),
    "E501": Code(
        "A step failed",
        "This is a defect of glmspec.",
        "Please report it with the message. What was finished is kept, and the next run goes on from there.",
    ),
    "E502": Code(
        "Another run writes into the folder",
        "Two runs into one folder would mix their files.",
        "Wait, or choose another folder with -o.",
    ),
    "E503": Code(
        "Too little memory", "A step needs more than --memory allows.", "Raise --memory. Results do not depend on it."
    ),
    "E504": Code(
        "A folder cannot be written",
        "The disk is full, or the folder is read-only.",
        "Free some space, or choose another folder with -o or --store. What was finished is kept.",
    ),
    "E506": Code(
        "A file of somebody else's is in the way",
        "A result would replace a file that glmspec did not write, or an input of the analysis.",
        "Choose another folder with -o, or move the file.",
    ),
    "E505": Code(
        "A link stands in the results folder",
        "Results are never written through a link: it could lead anywhere.",
        "Remove the link, or choose another folder.",
    ),
    "W201": Code(
        "A contrast is tested one-sided in both directions",
        "Two one-sided tests at alpha, of a contrast and of its negative, find something by chance in twice alpha of "
        "the cases. Reviewers ask for one two-sided test.",
        "Keep one of the two contrasts, with `alternative: two-sided`; positive and negative clusters stay apart.",
    ),
    "W202": Code(
        "Several contrasts are tested without any correction",
        "Each of them has false positives in alpha of its voxels, and nothing holds them down over contrasts.",
        "Add an inference with a correction; keep the uncorrected one for display. Permutation with `family: "
        "all-contrasts` corrects over contrasts as well.",
    ),
    "W203": Code(
        "A lenient threshold forms clusters that are kept by their size",
        "A minimum size is no correction. The more lenient the threshold, the larger are the clusters of mere noise: "
        "at p 0.01 most of them pass customary sizes.",
        "Form clusters at p 0.001 or less, or use `method: permutation` with `control: cluster-size`.",
    ),
    "W204": Code(
        "A region is the result of an analysis",
        "Tests within voxels that were selected for their effect in the same data find that effect again, also where "
        "there is none: the analysis is circular (Kriegeskorte et al. 2009).",
        "Define regions by an atlas, coordinates of earlier work, or other subjects or runs. Where the data are "
        "independent, say so in the description.",
    ),
    "W401": Code(
        "Columns of the design tell nearly the same",
        "A variance inflation factor of ten says that nine tenths of a column are told by the others. What is left "
        "decides the estimate, which is right and imprecise.",
        "Center variables, space events apart, or leave out what tells the same. `glmspec plan` prints the columns.",
    ),
    "W402": Code(
        "The design is as slow as the drift model",
        "Drift columns explain what varies slowly. Where conditions alternate as slowly, they take the effect with "
        "them: here the variance of a contrast at least doubles.",
        "Lower `high_pass`, or write a longer `period`: at least twice the time in which conditions come round.",
    ),
    "W403": Code(
        "Few degrees of freedom are left",
        "Variances are estimated from what the design leaves over. With fewer than ten degrees of freedom a standard "
        "deviation is known to a factor of 2.5 only: t is high where it came out small, and must be 4.3 instead of 3.1 "
        "at p 0.001.",
        "Leave out columns that are not needed, or collect more data.",
    ),
    "W404": Code(
        "There are few relabellings",
        "p of a permutation test is a multiple of one over their number: 5 subjects have 32 sign flips, so that no p "
        "is below 0.031.",
        "Ask for more permutations where there are more; else the number of subjects is the limit.",
    ),
    "E507": Code(
        "An executor is not there",
        "--executor names who computes: local, or dask with the optional package dask.distributed.",
        "Write one of these names, and for dask: pip install 'glmspec[dask]'. Results do not depend on it.",
    ),
    "E508": Code(
        "A cluster does not compute",
        "The scheduler at the address does not answer, or its workers die at a task again and again.",
        "Start it and check the address, or give the workers more memory. What was finished is kept.",
    ),
}

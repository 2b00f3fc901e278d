"""The works that a methods text may cite: one row a work."""

from __future__ import annotations

from dataclasses import dataclass

OTHERS = "others"
"""What stands in BibTeX for authors beyond those that are named."""


@dataclass(frozen=True)
class Work:
    """A paper. ``mark`` is how the text cites it, ``authors`` are ``Family, Initials``; not every paper has a DOI."""

    mark: str
    authors: tuple[str, ...]
    year: int
    title: str
    journal: str
    volume: int
    pages: str
    doi: str

    @property
    def text(self) -> str:
        """As a list of references has it."""
        doi = f" doi:{self.doi}" if self.doi else ""
        authors = ", ".join("et al." if name == OTHERS else name for name in self.authors)
        return f"{authors} ({self.year}). {self.title}. {self.journal} {self.volume}, {self.pages}.{doi}"

    @property
    def key(self) -> str:
        """``benjamini1995``."""
        return f"{self.authors[0].split(',')[0].lower()}{self.year}"

    @property
    def bibtex(self) -> str:
        """An entry to copy; the title in braces keeps its capitals."""
        fields = {
            "author": " and ".join(self.authors),
            "title": f"{{{self.title}}}",
            "journal": self.journal.replace("&", r"\&"),
            "year": str(self.year),
            "volume": str(self.volume),
            "pages": self.pages.replace("-", "--"),
            "doi": self.doi,
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        return "\n".join([f"@article{{{self.key},", *lines, "}"])


WORKS = (
    Work(
        "Abraham et al. 2014",
        (
            "Abraham, A.",
            "Pedregosa, F.",
            "Eickenberg, M.",
            "Gervais, P.",
            "Mueller, A.",
            "Kossaifi, J.",
            "Gramfort, A.",
            "Thirion, B.",
            "Varoquaux, G.",
        ),
        2014,
        "Machine learning for neuroimaging with scikit-learn",
        "Frontiers in Neuroinformatics",
        8,
        "14",
        "10.3389/fninf.2014.00014",
    ),
    Work(
        "Benjamini and Hochberg (1995",
        ("Benjamini, Y.", "Hochberg, Y."),
        1995,
        "Controlling the false discovery rate: a practical and powerful approach to multiple testing",
        "Journal of the Royal Statistical Society B",
        57,
        "289-300",
        "10.1111/j.2517-6161.1995.tb02031.x",
    ),
    Work(
        "Benjamini and Yekutieli (2001",
        ("Benjamini, Y.", "Yekutieli, D."),
        2001,
        "The control of the false discovery rate in multiple testing under dependency",
        "Annals of Statistics",
        29,
        "1165-1188",
        "10.1214/aos/1013699998",
    ),
    Work(
        "Forman et al. 1995",
        ("Forman, S. D.", "Cohen, J. D.", "Fitzgerald, M.", "Eddy, W. F.", "Mintun, M. A.", "Noll, D. C."),
        1995,
        "Improved assessment of significant activation in functional magnetic resonance imaging (fMRI): use of a "
        "cluster-size threshold",
        "Magnetic Resonance in Medicine",
        33,
        "636-647",
        "10.1002/mrm.1910330508",
    ),
    Work(
        "Freedman and Lane (1983",
        ("Freedman, D.", "Lane, D."),
        1983,
        "A nonstochastic interpretation of reported significance levels",
        "Journal of Business & Economic Statistics",
        1,
        "292-298",
        "10.1080/07350015.1983.10509354",
    ),
    Work(
        "Friston et al. 1998",
        ("Friston, K. J.", "Fletcher, P.", "Josephs, O.", "Holmes, A.", "Rugg, M. D.", "Turner, R."),
        1998,
        "Event-related fMRI: characterizing differential responses",
        "NeuroImage",
        7,
        "30-40",
        "10.1006/nimg.1997.0306",
    ),
    Work(
        "Glover 1999",
        ("Glover, G. H.",),
        1999,
        "Deconvolution of impulse response in event-related BOLD fMRI",
        "NeuroImage",
        9,
        "416-429",
        "10.1006/nimg.1998.0419",
    ),
    Work(
        "Goeman et al. 2019",
        ("Goeman, J. J.", "Meijer, R. J.", "Krebs, T. J. P.", "Solari, A."),
        2019,
        "Simultaneous control of all false discovery proportions in large-scale multiple hypothesis testing",
        "Biometrika",
        106,
        "841-856",
        "10.1093/biomet/asz041",
    ),
    Work(
        "Harris et al. 2020",
        ("Harris, C. R.", "Millman, K. J.", "van der Walt, S. J.", OTHERS),
        2020,
        "Array programming with NumPy",
        "Nature",
        585,
        "357-362",
        "10.1038/s41586-020-2649-2",
    ),
    Work(
        "Holm 1979",
        ("Holm, S.",),
        1979,
        "A simple sequentially rejective multiple test procedure",
        "Scandinavian Journal of Statistics",
        6,
        "65-70",
        "",
    ),
    Work(
        "Nichols and Holmes 2002",
        ("Nichols, T. E.", "Holmes, A. P."),
        2002,
        "Nonparametric permutation tests for functional neuroimaging: a primer with examples",
        "Human Brain Mapping",
        15,
        "1-25",
        "10.1002/hbm.1058",
    ),
    Work(
        "Phipson and Smyth 2010",
        ("Phipson, B.", "Smyth, G. K."),
        2010,
        "Permutation P-values should never be zero: calculating exact P-values when permutations are randomly drawn",
        "Statistical Applications in Genetics and Molecular Biology",
        9,
        "39",
        "10.2202/1544-6115.1585",
    ),
    Work(
        "Rosenblatt et al. 2018",
        ("Rosenblatt, J. D.", "Finos, L.", "Weeda, W. D.", "Solari, A.", "Goeman, J. J."),
        2018,
        "All-Resolutions Inference for brain imaging",
        "NeuroImage",
        181,
        "786-796",
        "10.1016/j.neuroimage.2018.07.060",
    ),
    Work(
        "Satterthwaite 1946",
        ("Satterthwaite, F. E.",),
        1946,
        "An approximate distribution of estimates of variance components",
        "Biometrics Bulletin",
        2,
        "110-114",
        "10.2307/3002019",
    ),
    Work(
        "Simes (1986",
        ("Simes, R. J.",),
        1986,
        "An improved Bonferroni procedure for multiple tests of significance",
        "Biometrika",
        73,
        "751-754",
        "10.1093/biomet/73.3.751",
    ),
    Work(
        "Smith and Nichols 2009",
        ("Smith, S. M.", "Nichols, T. E."),
        2009,
        "Threshold-free cluster enhancement: addressing problems of smoothing, threshold dependence and localisation "
        "in cluster inference",
        "NeuroImage",
        44,
        "83-98",
        "10.1016/j.neuroimage.2008.03.061",
    ),
    Work(
        "Virtanen et al. 2020",
        ("Virtanen, P.", "Gommers, R.", "Oliphant, T. E.", OTHERS),
        2020,
        "SciPy 1.0: fundamental algorithms for scientific computing in Python",
        "Nature Methods",
        17,
        "261-272",
        "10.1038/s41592-019-0686-2",
    ),
    Work(
        "Welch 1947",
        ("Welch, B. L.",),
        1947,
        "The generalization of 'Student's' problem when several different population variances are involved",
        "Biometrika",
        34,
        "28-35",
        "10.1093/biomet/34.1-2.28",
    ),
    Work(
        "Winkler et al. 2014",
        ("Winkler, A. M.", "Ridgway, G. R.", "Webster, M. A.", "Smith, S. M.", "Nichols, T. E."),
        2014,
        "Permutation inference for the general linear model",
        "NeuroImage",
        92,
        "381-397",
        "10.1016/j.neuroimage.2014.01.060",
    ),
)
"""In alphabetical order of their first authors."""


def cited(text: str) -> list[Work]:
    """The works that a text cites, in alphabetical order."""
    return [work for work in WORKS if work.mark in text]

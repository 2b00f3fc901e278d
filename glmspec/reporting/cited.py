"""The works that a methods text cites, in full."""

from __future__ import annotations

from collections.abc import Iterable

WORKS = {
    "Benjamini and Hochberg": (
        "Benjamini, Y., Hochberg, Y. (1995). Controlling the false discovery rate: a practical and powerful approach "
        "to multiple testing. Journal of the Royal Statistical Society B 57, 289-300. "
        "doi:10.1111/j.2517-6161.1995.tb02031.x"
    ),
    "Benjamini and Yekutieli": (
        "Benjamini, Y., Yekutieli, D. (2001). The control of the false discovery rate in multiple testing under "
        "dependency. Annals of Statistics 29, 1165-1188. doi:10.1214/aos/1013699998"
    ),
    "Freedman and Lane (1983": (
        "Freedman, D., Lane, D. (1983). A nonstochastic interpretation of reported significance levels. Journal of "
        "Business & Economic Statistics 1, 292-298. doi:10.1080/07350015.1983.10509354"
    ),
    "Friston et al. 1998": (
        "Friston, K. J., Fletcher, P., Josephs, O., Holmes, A., Rugg, M. D., Turner, R. (1998). Event-related fMRI: "
        "characterizing differential responses. NeuroImage 7, 30-40. doi:10.1006/nimg.1997.0306"
    ),
    "Glover 1999": (
        "Glover, G. H. (1999). Deconvolution of impulse response in event-related BOLD fMRI. NeuroImage 9, 416-429. "
        "doi:10.1006/nimg.1998.0419"
    ),
    "Goeman et al. 2019": (
        "Goeman, J. J., Meijer, R. J., Krebs, T. J. P., Solari, A. (2019). Simultaneous control of all false discovery "
        "proportions in large-scale multiple hypothesis testing. Biometrika 106, 841-856. doi:10.1093/biomet/asz041"
    ),
    "Holm's procedure": (
        "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of "
        "Statistics 6, 65-70."
    ),
    "Rosenblatt et al. 2018": (
        "Rosenblatt, J. D., Finos, L., Weeda, W. D., Solari, A., Goeman, J. J. (2018). All-Resolutions Inference for "
        "brain imaging. NeuroImage 181, 786-796. doi:10.1016/j.neuroimage.2018.07.060"
    ),
    "Satterthwaite 1946": (
        "Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. Biometrics "
        "Bulletin 2, 110-114. doi:10.2307/3002019"
    ),
    "Welch 1947": (
        "Welch, B. L. (1947). The generalization of 'Student's' problem when several different population variances "
        "are involved. Biometrika 34, 28-35. doi:10.1093/biomet/34.1-2.28"
    ),
    "Winkler et al. 2014": (
        "Winkler, A. M., Ridgway, G. R., Webster, M. A., Smith, S. M., Nichols, T. E. (2014). Permutation inference "
        "for the general linear model. NeuroImage 92, 381-397. doi:10.1016/j.neuroimage.2014.01.060"
    ),
}
"""How the text cites a work -> the work."""


def cited(texts: Iterable[str]) -> list[str]:
    """The works that are cited in some text, in alphabetical order."""
    whole = "\n".join(texts)
    return [work for mark, work in WORKS.items() if mark in whole]

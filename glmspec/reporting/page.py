"""A rendered report, as the Python API gives it: a path, and in a notebook the page itself."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

HEIGHT = "85vh"
"""Of the page in a notebook, which scrolls inside."""
BASE = '<base href="about:srcdoc">'


@dataclass(frozen=True)
class Report:
    """An HTML file; wherever a path is asked for, it is one."""

    path: Path

    def __fspath__(self) -> str:
        """For ``open`` and ``Path``."""
        return str(self.path)

    def __str__(self) -> str:
        """The path."""
        return str(self.path)

    @property
    def html(self) -> str:
        """The whole page."""
        return self.path.read_text("utf-8")

    def _repr_html_(self) -> str:
        """The page in a frame of its own: neither its styles nor its script reach the notebook.

        Without ``allow-same-origin`` the frame has an origin of its own. Links to pages beside this one need the file.
        """
        # Without a base, a frame of this kind takes links within the page for links within the notebook.
        page = self.html.replace("<head>", f"<head>{BASE}", 1)
        allowed = "allow-scripts allow-downloads"
        style = f"width: 100%; height: {HEIGHT}; border: 1px solid #8a939d; border-radius: 6px"
        where = escape(str(self.path))
        return (
            f'<iframe title="{where}" sandbox="{allowed}" style="{style}" srcdoc="{escape(page)}"></iframe>'
            f"<p><code>{where}</code></p>"
        )

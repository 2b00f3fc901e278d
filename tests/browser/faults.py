"""What must hold of a page in a browser, as functions that list what does not; and ways to break each of them."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

PLACE = "document.querySelector('main')"
BOTTOM = 2.0
"""Points by which texts on one line may differ in height."""

Faults = list[Any]
Check = Callable[[Any], Faults]


def asks(page: Any) -> Faults:
    """Requests for anything but the page itself."""
    own = page.url.split("#")[0]
    return [url for url in page.requested if not url.startswith(("data:", "blob:", own))]


def says(page: Any) -> Faults:
    """Messages on the console, errors and dialogs."""
    return list(page.said)


def overflows(page: Any) -> Faults:
    """How far the page scrolls sideways."""
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [over] if over > 0 else []


def keeps_readers_out(page: Any) -> Faults:
    """What axe finds."""
    found = Axe().run(page).response["violations"]
    return [(rule["id"], node["html"][:200]) for rule in found for node in rule["nodes"]]


def injected(page: Any) -> Faults:
    """Elements and attributes that are none of ours."""
    return page.evaluate(
        """() => [...document.querySelectorAll('img, iframe, object, form, b')].map(node => node.outerHTML).concat(
          [...document.querySelectorAll('*')].filter(node => [...node.attributes].some(({ name, value }) =>
            name.startsWith('on') || /^\\s*javascript:/i.test(value))).map(node => node.outerHTML.slice(0, 200)))"""
    )


def undecoded(page: Any) -> Faults:
    """Pictures that are none."""
    return page.evaluate(
        """async () => (await Promise.all([...document.querySelectorAll('image')].map(async node => {
          const picture = new Image(); picture.src = node.getAttribute('href');
          return picture.decode().then(() => '', () => node.outerHTML.slice(0, 80)) }))).filter(Boolean)"""
    )


def pictureless(page: Any) -> Faults:
    """Open contrasts in which neither pictures nor viewer are seen."""
    return page.evaluate(
        """() => [...document.querySelectorAll('details.contrast[open]')].filter(fold =>
          ![...fold.querySelectorAll('figure.picture svg, figure.picture canvas')].some(node =>
            node.getBoundingClientRect().width > 100)).map(fold => fold.textContent.slice(0, 40))"""
    )


def nameless(page: Any) -> Faults:
    """Names of contrasts that are not to be seen."""
    heads = page.locator("details.contrast h3").all()
    return [head.text_content() for head in heads if not head.is_visible()] or ([] if heads else ["no contrast"])


def unprinted(page: Any) -> Faults:
    """Names of contrasts that are on no sheet of paper."""
    text = _plain("".join(sheet.extract_text() for sheet in _sheets(page)))
    names = [_plain(head.text_content()) for head in page.locator("details.contrast h3").all()]
    return [name for name in names if name not in text] or ([] if names else ["no contrast"])


def alone(page: Any) -> Faults:
    """Headings below which nothing stands on their sheet."""
    heads = {_plain(text) for text in page.locator("h2, h3, h4, summary").all_text_contents()}
    return [text for sheet in _sheets(page) for text in _lowest(sheet) if text and any(text in head for head in heads)]


def _sheets(page: Any) -> Any:
    return PdfReader(io.BytesIO(page.pdf())).pages


def _lowest(sheet: Any) -> list[str]:
    """The lowest line of a sheet, if all of it is bold: only headings are."""
    found: list[tuple[float, str, bool]] = []

    def visit(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        if text.strip():
            found.append((tm[5] * cm[3] + cm[5], text, "Bold" in str((font or {}).get("/BaseFont", ""))))

    sheet.extract_text(visitor_text=visit)
    if not found:
        return []
    lowest = min(height for height, _, _ in found)
    line = [(text, bold) for height, text, bold in found if height <= lowest + BOTTOM]
    return [_plain("".join(text for text, _ in line))] if any(bold for _, bold in line) else []


def _plain(text: str | None) -> str:
    """Text without spaces and ligatures, which a printed page has others of."""
    return "".join(unicodedata.normalize("NFKC", text or "").split())


def adding(html: str) -> str:
    """A script that adds something to the page, and gives back how to take it away again."""
    return f"() => {{ {PLACE}.insertAdjacentHTML('beforeend', {html!r}) }}"


BREAKS: dict[Check, str] = {
    overflows: adding("<div style='width: 4000px'>wide</div>"),
    keeps_readers_out: adding("<button type='button'></button>"),
    injected: adding("<b>bold</b>"),
    undecoded: adding("<svg><image href='data:image/png;base64,AAAA'/></svg>"),
    pictureless: adding("<style>details.contrast .folded { display: none !important }</style>"),
    nameless: adding("<style>details.contrast h3 { display: none !important }</style>"),
    unprinted: adding("<style>@media print { section { display: none !important } }</style>"),
    alone: adding("<style>@media print { h2 + * { break-before: page !important } h2 { break-after: auto } }</style>"),
}
"""Check -> what makes it find something."""

"""HTML elements that escape whatever they are given: a dataset folder is somebody else's text."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

#: Longer texts are cut: a value of a hostile file must not fill the page.
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Markup:
    """A text that is HTML already. Only this module makes it."""

    text: str


Content: TypeAlias = "str | int | float | Markup | Iterable[Content] | None"


def element(tag: str, /, *content: Content, **attributes: str | int | bool | None) -> Markup:
    """`<tag attributes>content</tag>`, escaped; `class_` stands for class, and an attribute of None is left out."""
    parts = [tag]
    for key, value in attributes.items():
        attribute = key.rstrip("_").replace("_", "-")
        if value is True:
            parts.append(attribute)
        elif value is not None and value is not False:
            parts.append(f'{attribute}="{html.escape(str(value), quote=True)}"')
    opened = f"<{' '.join(parts)}>"
    return Markup(opened if tag in ("img", "meta", "br") else f"{opened}{_inner(content)}</{tag}>")


def table(header: Sequence[Content], rows: Iterable[Sequence[Content]], *, numbers_from: int | None = None) -> Markup:
    """A table that scrolls sideways where it is too wide; columns from `numbers_from` on are numbers."""

    def line(cells: Sequence[Content], kind: str) -> Markup:
        return element(
            "tr",
            *(
                element(
                    kind,
                    cell,
                    scope="col" if kind == "th" else None,
                    class_="number" if numbers_from is not None and column >= numbers_from else None,
                )
                for column, cell in enumerate(cells)
            ),
        )

    head = element("thead", line(header, "th"))
    body = element("tbody", *(line(row, "td") for row in rows))
    return element("div", element("table", head, body), class_="wide", tabindex=0)


def picture(source: str, alt: str, width: int) -> Markup:
    """A picture that the page itself holds; `alt` says what it shows, `width` in CSS pixels is the most it takes."""
    return element("img", src=source, alt=alt, width=width)


def page(title: str, style: str, *content: Content) -> str:
    """A whole document that asks the network for nothing, and is not allowed to."""
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Markup(style)),
    )
    return f"<!DOCTYPE html>\n{element('html', head, element('body', *content), lang='en').text}\n"


def _inner(content: Content) -> str:
    if content is None:
        return ""
    if isinstance(content, Markup):
        return content.text
    if isinstance(content, str | int | float):
        text = str(content)
        # A lone surrogate, which JSON may hold, cannot be written as UTF-8.
        text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        return html.escape(text.encode("utf-8", "replace").decode("utf-8"))
    return "".join(_inner(part) for part in content)

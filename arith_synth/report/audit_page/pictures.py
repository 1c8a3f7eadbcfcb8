"""What all pictures of the page share: colours, markers, type, and how they become part of the page.

Colours are those of Okabe and Ito, which stay apart under every kind of colour blindness; every test split has its own
marker too. matplotlib is imported when a picture is drawn, and not before.
"""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from arith_synth.errors import MissingExtraError

#: Split -> colour and marker; further splits take the spare ones in turn.
LOOKS = {
    "train": ("#56B4E9", "."),
    "validation": ("#7F7F7F", "x"),
    "test": ("#000000", "o"),
    "test_semantic": ("#E69F00", "^"),
    "test_syntactic": ("#D55E00", "s"),
    "test_both": ("#882255", "D"),
    "test_uniform": ("#009E73", "v"),
    "test_new_inputs": ("#CC79A7", "P"),
    "train_syntactic_excluded": ("#D55E00", "+"),
    "train_semantic_excluded": ("#E69F00", "x"),
}
_SPARE = (("#0072B2", "p"), ("#CC79A7", "*"), ("#009E73", "h"))
#: Pixels of a picture for each CSS pixel.
_SHARPNESS = 1.5
_CSS_DPI = 100
_STYLE: Mapping[Any, Any] = {
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
}


def look(split: str) -> tuple[str, str]:
    """Colour and marker of a split, by its name alone."""
    return LOOKS[split] if split in LOOKS else _SPARE[sum(map(ord, split)) % len(_SPARE)]


@contextmanager
def drawing(width: int, height: int) -> Iterator[Any]:
    """A matplotlib figure of so many CSS pixels, to be drawn on and given to `data_uri`.

    Raises MissingExtraError when there is no matplotlib.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError(
            "the pictures need matplotlib; install it with: pip install 'arith-synth[eval]'"
        ) from None
    with matplotlib.rc_context(dict(_STYLE)):
        yield Figure(figsize=(width / _CSS_DPI, height / _CSS_DPI), layout="constrained")


def data_uri(figure: Any) -> str:
    """The figure as a PNG inside of an address."""
    png = BytesIO()
    figure.savefig(png, format="png", dpi=_CSS_DPI * _SHARPNESS, metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode("ascii")

"""Typographic signs and their plain ones. Letters and digits of other scripts are no signs, and stay refused."""

from arith_synth.grammar import Grammar

#: Full-width signs are what models write in Chinese and Japanese; a non-breaking hyphen is one of their favourites.
SIGNS: dict[str, str] = {
    **dict.fromkeys("×·⋅∙∗＊", "*"),
    **dict.fromkeys("÷∕⁄／", "/"),
    **dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}\N{HYPHEN}\N{NON-BREAKING HYPHEN}－", "-"),
    "＋": "+",
    "＜": "<",
    "（": "(",
    "）": ")",
    "，": ",",
    **dict.fromkeys(
        "\N{NO-BREAK SPACE}\N{EN SPACE}\N{EM SPACE}\N{THIN SPACE}\N{HAIR SPACE}\N{NARROW NO-BREAK SPACE}"
        "\N{IDEOGRAPHIC SPACE}",
        " ",
    ),
}

_TABLE = str.maketrans(SIGNS)


def plain_signs(text: str, grammar: Grammar) -> str | None:
    """One line with plain signs."""
    return None if "\n" in text else text.translate(_TABLE)

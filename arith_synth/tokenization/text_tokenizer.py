"""The tokenizer of the text task: the tokens of the grammar, then numbers and the words and marks of the prompt.

A program has the same ids here as in `build_tokenizer`. In decoded text each token brings the space before it, if it
has one: decoding a prompt and decoding its completion, and joining the two texts, is decoding the two together.
"""

import re

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from arith_synth.grammar import Grammar
from arith_synth.grammar.prompts import prompt
from arith_synth.tokenization.tokenizer import (
    calls_of,
    opening_parentheses,
    vocabulary_of,
    with_special_tokens,
)

#: Positions of a text model, which its tokenizer names too: room for 16 examples whose outputs have numerators and
#: denominators of 19 digits, and for the longest program that is read. Nothing is cut off that no caller asks to cut.
MAX_TEXT_TOKENS = 1024

#: The texts of user and assistant as they are, and the end of each answer. The spaces before an answer stand outside
#: its markers: transformers finds the tokens of an answer by its first character, and no token has that space.
CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{%- set content = message['content'] -%}"
    "{%- if message['role'] == 'assistant' -%}"
    "{%- set answer = content.lstrip(' ') -%}"
    "{{- content[: content | length - answer | length] -}}"
    "{% generation %}{{- answer + eos_token -}}{% endgeneration %}"
    "{%- else -%}{{- content -}}{%- endif -%}"
    "{%- endfor -%}"
)

# The head of a line of examples and the tail of its signature are one token each: a prompt has 17 of both.
_LINE_HEAD, _SIGNATURE_TAIL = r"\nf\(", r"\) ="
_NAME = r"[A-Za-z_][A-Za-z_0-9]*"
# A sign or a fraction bar is part of a number when no space parts them; in programs there are always spaces.
_NUMBER = r"(?:(?<![A-Za-z_0-9)])-)?[0-9]+(?:/[0-9]+)?"
_PIECE = rf"{_LINE_HEAD}|{_SIGNATURE_TAIL}|{_NAME}|{_NUMBER}|\n|[^\sA-Za-z_0-9]"

# The tokens that follow the text before them without a space.
_CLOSE = r"##|[),.\n]|<(?:pad|bos|eos|example)>"
# A prompt begins with them. No program does, even where a variable has the name of the first.
_FIRST_WORDS = r"Find an\b"
#: A longer word is unknown: the search for pieces is cubic in its length.
_MAX_WORD_CHARACTERS = 100


def text_vocabulary_of(grammar: Grammar) -> dict[str, int]:
    """Token -> id: `vocabulary_of(grammar)`, then pieces of numbers, then what else the prompts of the grammar say.

    `##34` continues a number, whose pieces have two digits from the left. As with `vocabulary_of`, ids are for ever.
    """
    starts = [str(number) for number in range(100)]
    continued = ["##" + str(digit) for digit in range(10)] + [f"##{number:02}" for number in range(100)]
    words = re.findall(_PIECE, prompt(grammar, (), ()))
    tokens = dict.fromkeys([*vocabulary_of(grammar), *starts, *continued, "-", "##/", *words, "\n", "=", "undef"])
    return {token: id_ for id_, token in enumerate(tokens)}


def build_text_tokenizer(grammar: Grammar) -> PreTrainedTokenizerFast:
    """The tokenizer of prompts and completions: decoding inverts encoding on the columns, and on one after the other.

    An unknown word, or a number of more than 100 characters, is `<unk>`. Nothing is added around a text, and it pads on
    the left. The chat template passes texts through, with `<eos>` after an answer.
    """
    longest = max(map(len, grammar.symbols))
    backend = Tokenizer(
        models.WordPiece(
            text_vocabulary_of(grammar),
            unk_token="<unk>",
            continuing_subword_prefix="##",
            max_input_chars_per_word=max(longest, _MAX_WORD_CHARACTERS),
        )
    )
    # Pieces are kept and what lies between them goes: no character but a space lies there.
    backend.pre_tokenizer = pre_tokenizers.Split(Regex(_PIECE), behavior="removed", invert=True)
    backend.decoder = decoders.Sequence(
        [
            decoders.Replace(Regex(rf"\A(?!{_CLOSE})"), " "),
            decoders.Replace(Regex(r"\A##"), ""),
            decoders.Fuse(),
            *opening_parentheses(("f", *calls_of(grammar))),
            # At the beginning of a text, or of the next turn after a special token.
            decoders.Replace(Regex(rf"(?<![^>]) (?={_FIRST_WORDS})"), ""),
        ]
    )
    tokenizer = with_special_tokens(backend, model_max_length=MAX_TEXT_TOKENS)
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer

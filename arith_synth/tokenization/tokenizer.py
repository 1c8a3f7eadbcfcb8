"""A word-level tokenizer built from a grammar: one token for each symbol, so a program is as long as its tree."""

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from arith_synth.grammar import Grammar
from arith_synth.grammar.operators import OPERATORS

#: In the order of their ids. `<example>` is the placeholder that an example embedding replaces.
SPECIAL_TOKENS = ("<pad>", "<bos>", "<eos>", "<unk>", "<example>")
EXAMPLE_TOKEN = "<example>"
#: Positions of a multimodal model, which its tokenizer names too: what stands for the examples, and a program.
MAX_TOKENS = 128

# A name, a number, or any single other character.
_SYMBOL = r"[A-Za-z_][A-Za-z_0-9]*|[0-9]+|[^\sA-Za-z_0-9]"


def vocabulary_of(grammar: Grammar) -> dict[str, int]:
    """Token -> id: special tokens, the symbols of the grammar in their order, the marks of its infix notation.

    Ids are part of every saved model: to change their order is to orphan those models.
    """
    return {token: id_ for id_, token in enumerate((*SPECIAL_TOKENS, *grammar.symbols, *grammar.infix_marks))}


def build_tokenizer(grammar: Grammar) -> PreTrainedTokenizerFast:
    """The tokenizer of a grammar: decoding inverts encoding on canonical infix and on prefix programs.

    Nothing is added around a text: where a program begins and ends is for the collator to say. It pads on
    the left, as generation needs.
    """
    backend = Tokenizer(models.WordLevel(vocabulary_of(grammar), unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Split(Regex(_SYMBOL), behavior="isolated"),
        ]
    )
    backend.decoder = decoders.Sequence(
        [
            decoders.WordPiece(prefix="##", cleanup=False),  # the decoder that puts one space between tokens
            decoders.Fuse(),
            decoders.Replace(" )", ")"),
            decoders.Replace(" ,", ","),
            *opening_parentheses(calls_of(grammar)),
        ]
    )
    return with_special_tokens(backend, model_max_length=MAX_TOKENS)


def calls_of(grammar: Grammar) -> tuple[str, ...]:
    """The symbols that a parenthesis follows without a space, as in `min(a, b)`."""
    return tuple(symbol for symbol in grammar.operators if OPERATORS[symbol].notation == "call")


def opening_parentheses(calls: tuple[str, ...]) -> list[decoders.Decoder]:
    """Decoders of a fused text that remove the space after '(', and that before it where it belongs to a call."""
    return [
        decoders.Replace("( ", "("),
        *(decoders.Replace(Regex(rf"\b{call} \("), f"{call}(") for call in calls),
    ]


def with_special_tokens(backend: Tokenizer, **settings: object) -> PreTrainedTokenizerFast:
    """The tokenizer of transformers around a backend that has `SPECIAL_TOKENS`; `settings` go to its constructor."""
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        extra_special_tokens=[EXAMPLE_TOKEN],
        padding_side="left",
        clean_up_tokenization_spaces=False,
        model_input_names=["input_ids", "attention_mask"],
        **settings,
    )

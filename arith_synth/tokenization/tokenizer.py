"""A word-level tokenizer built from a grammar: one token for each symbol, so a program is as long as its tree."""

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from arith_synth.grammar import Grammar

#: In the order of their ids. `<example>` is the placeholder that an example embedding replaces.
SPECIAL_TOKENS = ("<pad>", "<bos>", "<eos>", "<unk>", "<example>")
EXAMPLE_TOKEN = "<example>"
_PARENTHESES = ("(", ")")

# A name, a number, or any single other character.
_SYMBOL = r"[A-Za-z_][A-Za-z_0-9]*|[0-9]+|[^\sA-Za-z_0-9]"


def vocabulary_of(grammar: Grammar) -> dict[str, int]:
    """Token -> id: special tokens, the symbols of the grammar in their order, parentheses.

    Ids are part of every saved model: to change their order is to orphan those models.
    """
    return {token: id_ for id_, token in enumerate((*SPECIAL_TOKENS, *grammar.symbols, *_PARENTHESES))}


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
            decoders.Replace("( ", "("),
            decoders.Replace(" )", ")"),
        ]
    )
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
    )

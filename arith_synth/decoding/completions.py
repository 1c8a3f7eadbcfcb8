"""From token ids to the completions that are scored."""

from functools import lru_cache

import torch
from torch import Tensor
from transformers import PretrainedConfig, PreTrainedTokenizerFast

from arith_synth.errors import ParseError
from arith_synth.grammar import Grammar, to_infix
from arith_synth.modeling import ArithSynthConfig, grammar_of
from arith_synth.tokenization import build_text_tokenizer, build_tokenizer, read_program

#: Text models answer prompts that ask for infix.
_OF_TEXT = "infix"


class CompletionReader:
    """Reads the tokens of a model of this package, of either family, as canonical infix.

    Raises UsageError for the config of another model.
    """

    def __init__(self, config: PretrainedConfig) -> None:
        is_multimodal = isinstance(config, ArithSynthConfig)
        self._grammar: Grammar = grammar_of(config)
        self._notation: str = config.notation if is_multimodal else _OF_TEXT
        build = build_tokenizer if is_multimodal else build_text_tokenizer
        self._tokenizer: PreTrainedTokenizerFast = build(self._grammar)
        self._eos = self._tokenizer.eos_token_id
        self._read = lru_cache(maxsize=1 << 16)(self._uncached)

    def read(self, tokens: Tensor) -> list[tuple[str, ...]]:
        """The completions of each task: int64[task, n_samples, new] -> n_samples texts for each task.

        Tokens that are no program stay as they are, behind the name of the notation in angle brackets: so the text
        parses as infix neither by intention nor by accident.
        """
        tokens = torch.as_tensor(tokens).cpu()
        return [tuple(self._read(tuple(sample)) for sample in task) for task in tokens.tolist()]

    def _uncached(self, ids: tuple[int, ...]) -> str:
        program = ids[: ids.index(self._eos)] if self._eos in ids else ids
        text = str(self._tokenizer.decode(list(program), skip_special_tokens=False)).strip()
        try:
            return to_infix(read_program(text, self._notation, self._grammar))
        except ParseError:
            return f"<{self._notation}> {text}"

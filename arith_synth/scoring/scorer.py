"""The verdict on one completion: parsed, consistent, correct, and how it relates to the target."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from arith_synth.errors import MetricError, ParseError
from arith_synth.grammar import MAX_CHARACTERS, Expression, Grammar, parse_infix, size, to_infix
from arith_synth.scoring.pairs import Pairs, leaf_pairs, n_agreeing, output_pairs
from arith_synth.scoring.tasks import Point, Task
from arith_synth.semantics.fingerprints import fingerprint_of

#: A test of a program's form, given by the caller: is it in the region that training held out?
Region = Callable[[Expression], bool]

#: Parsed programs, and programs with their outputs, that a scorer remembers; both bound its memory.
_N_PROGRAMS_KEPT = 1 << 15
_N_OUTPUTS_KEPT = 1 << 11
#: Around a completion it means nothing, and models end their answers with it.
_WHITE_SPACE = " \t\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a completion earned on a task.

    `parsed`: it is a program within the limits of length (else `reason` says why not). `consistent`: all shown
    outputs are right. `correct`: all shown and held-out outputs are right, exactly; `undef` where the target is
    defined is wrong. `equivalent`: algebraically equal to the target (same fingerprint). `exact_match`: the same
    tree as the target. `in_region`: correct, and of the held-out form itself (None when no region was given).
    `size_ratio`: leaves of a correct completion / leaves of the target (None when it is not correct).
    """

    parsed: bool
    reason: str | None
    consistent: bool
    correct: bool
    equivalent: bool
    exact_match: bool
    in_region: bool | None
    size_ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Program:
    expression: Expression
    canonical: str
    size: int
    fingerprint: str | None


class Scorer:
    """Scores completions of one grammar, and remembers the programs that it has met."""

    def __init__(self, grammar: Grammar, in_region: Region | None = None):
        self.grammar = grammar
        self._in_region = in_region
        self._program = lru_cache(maxsize=_N_PROGRAMS_KEPT)(self._read)
        self._leaves = lru_cache(maxsize=64)(lambda points: leaf_pairs(grammar, points))
        self._outputs = lru_cache(maxsize=_N_OUTPUTS_KEPT)(self._execute)

    @property
    def has_region(self) -> bool:
        """Whether answers of the held-out form are counted."""
        return self._in_region is not None

    def verdict(self, task: Task, completion: str) -> Verdict:
        """The verdict on one completion: infix, white space around it ignored.

        MetricError when the task holds no outputs out, or is of a grammar with other variables.
        """
        if not task.heldout_outputs:
            raise MetricError(f"task {task.task_id!r} holds no outputs out (a training task?); score a test split")
        completion = completion.strip(_WHITE_SPACE)
        # A text that is too long is refused by the parser, and must not be kept.
        program = self._program(completion) if len(completion) <= MAX_CHARACTERS else self._read(completion)
        if isinstance(program, str):
            return Verdict(
                parsed=False,
                reason=program,
                consistent=False,
                correct=False,
                equivalent=False,
                exact_match=False,
                in_region=None if self._in_region is None else False,
                size_ratio=None,
            )
        n_shown = len(task.outputs)
        if len(task.inputs[0]) != len(self.grammar.variables):
            raise MetricError(
                f"task {task.task_id!r} has inputs of {len(task.inputs[0])} coordinates, and grammar "
                f"{self.grammar.name} has {len(self.grammar.variables)} variables; give the grammar of its dataset"
            )
        outputs = self._outputs(completion, task.inputs, task.heldout_inputs)
        consistent = n_agreeing(outputs, task.outputs) == n_shown
        correct = consistent and n_agreeing(outputs, task.heldout_outputs, n_shown) == len(task.heldout_outputs)
        return Verdict(
            parsed=True,
            reason=None,
            consistent=consistent,
            correct=correct,
            equivalent=program.fingerprint == task.fingerprint,
            exact_match=program.canonical == task.program,
            in_region=None if self._in_region is None else correct and self._in_region(program.expression),
            size_ratio=program.size / task.size if correct else None,
        )

    def _read(self, completion: str) -> _Program | str:
        """The program, or the reason why the text is none."""
        try:
            expression = parse_infix(completion, self.grammar)
        except ParseError as error:
            return str(error)
        return _Program(
            expression=expression,
            canonical=to_infix(expression),
            size=size(expression),
            fingerprint=fingerprint_of(expression, self.grammar),
        )

    def _execute(self, completion: str, inputs: tuple[Point, ...], heldout_inputs: tuple[Point, ...]) -> Pairs:
        program = self._program(completion)
        assert isinstance(program, _Program)  # only a text that parses is executed
        return output_pairs(program.expression, self._leaves(inputs + heldout_inputs))


def score_completion(task: Task, completion: str, grammar: Grammar, in_region: Region | None = None) -> Verdict:
    """The verdict on one completion of a task; for many, `score_predictions` is faster."""
    return Scorer(grammar, in_region).verdict(task, completion)

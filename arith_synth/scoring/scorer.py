"""The verdict on one completion: parsed, consistent, correct, and how it relates to the target."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache

from arith_synth.errors import MetricError, ParseError
from arith_synth.grammar import MAX_CHARACTERS, Expression, Grammar, size, to_infix
from arith_synth.scoring.extraction import read_completion
from arith_synth.scoring.pairs import Pairs, behaviour_of, leaf_pairs, n_agreeing, output_pairs
from arith_synth.scoring.tasks import Point, Task
from arith_synth.scoring.training_targets import TrainingTargets
from arith_synth.semantics.fingerprints import fingerprint_of

#: A test of a program's form, given by the caller: is it in the region that training held out?
Region = Callable[[Expression], bool]

#: Parsed programs, and programs with their outputs, that a scorer remembers; both bound its memory.
_N_PROGRAMS_KEPT = 1 << 15
_N_OUTPUTS_KEPT = 1 << 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a completion earned on a task.

    `parsed`: it is a program within the limits of length (else `reason` says why not). `consistent`: all shown
    outputs are right. `correct`: all shown and held-out outputs are right, exactly; `undef` where the target is
    defined is wrong. `equivalent`: of the target's class, which means that it has the same fingerprint: a claim about
    residues, no proof. Programs of two classes may share one, by chance (`fingerprints.collision_bound_of`) or because
    their difference is a multiple of the prime, as that of `x` and of `x` doubled 61 times: such a program is
    `equivalent` and not `correct`. `exact_match`: the same
    tree as the target. `in_region`: correct, and of the held-out form itself (None when no region was given).
    `size_ratio`: leaves of a correct completion / leaves of the target (None when it is not correct).
    `copied`, `copied_nearest`: wrong, and the same tree as a training target, or as that of the training task with the
    nearest outputs (None when no training targets were given, or not which are nearest). `rule`: of extraction, that
    found the program in the completion (None when the completion is the program). `behaviour`: equal for two answers
    of one task exactly when they are programs with equal outputs on the shown inputs; None when it is no program.
    """

    parsed: bool
    reason: str | None
    consistent: bool
    correct: bool
    equivalent: bool
    exact_match: bool
    in_region: bool | None
    size_ratio: float | None
    copied: bool | None = None
    copied_nearest: bool | None = None
    rule: str | None = None
    behaviour: Hashable = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Program:
    expression: Expression
    canonical: str
    size: int
    fingerprint: str | None
    rule: str | None


class Scorer:
    """Scores completions of one grammar, and remembers the programs that it has met.

    `in_region` tests a program for the form that training held out; `training` tells which wrong answers are copies;
    `strict` reads a completion as it stands, without the rules of extraction.
    """

    def __init__(
        self,
        grammar: Grammar,
        in_region: Region | None = None,
        *,
        training: TrainingTargets | None = None,
        strict: bool = False,
    ):
        self.grammar = grammar
        self.strict = strict
        self.training = training
        self._nearest = training if training is not None and training.knows_nearest else None
        self._in_region = in_region
        self._program = lru_cache(maxsize=_N_PROGRAMS_KEPT)(self._read)
        self._leaves = lru_cache(maxsize=64)(lambda points: leaf_pairs(grammar, points))
        self._outputs = lru_cache(maxsize=_N_OUTPUTS_KEPT)(self._execute)

    @property
    def has_region(self) -> bool:
        """Whether answers of the held-out form are counted."""
        return self._in_region is not None

    def verdict(self, task: Task, completion: str) -> Verdict:
        """The verdict on one completion.

        MetricError when the task holds no outputs out, or is of a grammar with other variables.
        """
        if not task.heldout_outputs:
            raise MetricError(f"task {task.task_id!r} holds no outputs out (a training task?); score a test split")
        # A long text is answered once, and must not be kept.
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
                copied=None if self.training is None else False,
                copied_nearest=None if self._nearest is None else False,
            )
        n_shown = len(task.outputs)
        if len(task.inputs[0]) != len(self.grammar.variables):
            raise MetricError(
                f"task {task.task_id!r} has inputs of {len(task.inputs[0])} coordinates, and grammar "
                f"{self.grammar.name} has {len(self.grammar.variables)} variables; give the grammar of its dataset"
            )
        outputs = self._outputs(program.expression, task.inputs, task.heldout_inputs)
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
            copied=None if self.training is None else not correct and self.training.holds(program.canonical),
            copied_nearest=None
            if self._nearest is None
            else not correct and self._nearest.is_nearest(task, program.canonical),
            rule=program.rule,
            behaviour=behaviour_of(outputs, n_shown),
        )

    def _read(self, completion: str) -> _Program | str:
        """The program, or the reason why the text means none."""
        try:
            read = read_completion(completion, self.grammar, strict=self.strict)
        except ParseError as error:
            return str(error)
        return _Program(
            expression=read.expression,
            canonical=to_infix(read.expression),
            size=size(read.expression),
            fingerprint=fingerprint_of(read.expression, self.grammar),
            rule=read.rule,
        )

    def _execute(self, program: Expression, inputs: tuple[Point, ...], heldout_inputs: tuple[Point, ...]) -> Pairs:
        return output_pairs(program, self._leaves(inputs + heldout_inputs))


def score_completion(task: Task, completion: str, grammar: Grammar, in_region: Region | None = None) -> Verdict:
    """The verdict on one completion of a task; for many, `score_predictions` is faster."""
    return Scorer(grammar, in_region).verdict(task, completion)

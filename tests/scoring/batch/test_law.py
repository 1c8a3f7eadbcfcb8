"""The law of the batch path: its outcomes are those of the plain path, whatever the completions are."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import expressions

from arith_synth.grammar import NAMED_GRAMMARS, Grammar, parse_infix, strahler_number, to_infix
from arith_synth.scoring import TrainingTargets

#: A fixture that only names functions does not change between examples.
LAW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def spaced(tokens: list[str], gaps: list[str]) -> str:
    return "".join(gap + token for gap, token in zip(gaps, tokens, strict=False))


def token_lists(grammar: Grammar) -> st.SearchStrategy[list[str]]:
    """Tokens of programs, some of them lost, repeated or exchanged, and any tokens in any order."""
    known = [*grammar.symbols, *grammar.infix_marks]
    texts = expressions(grammar, max_leaves=12).map(to_infix)
    tokens = texts.map(lambda text: text.replace("(", " ( ").replace(")", " ) ").replace(",", " , ").split())

    def damaged(of_program: list[str]) -> st.SearchStrategy[list[str]]:
        places = st.integers(0, len(of_program) - 1)
        return st.one_of(
            places.map(lambda place: of_program[:place] + of_program[place + 1 :]),
            places.map(lambda place: [*of_program[:place], of_program[place], *of_program[place:]]),
            st.builds(
                lambda place, token: [*of_program[:place], token, *of_program[place + 1 :]],
                places,
                st.sampled_from([*known, "-", "4711", "x1", "**", "//", "×", "é", "\n"]),
            ),
            st.just(["(", *of_program, ")"]),
        )

    return st.one_of(tokens, tokens.flatmap(damaged), st.lists(st.sampled_from(known), max_size=12))


def answers(grammar: Grammar) -> st.SearchStrategy[str]:
    """Programs as one may write them, what is nearly one, and what is none."""
    gaps = st.lists(st.sampled_from(["", " ", "\t", "  "]), min_size=60, max_size=60)
    programs = expressions(grammar, max_leaves=40).map(to_infix)
    return st.one_of(
        programs,
        st.builds(spaced, token_lists(grammar), gaps),
        token_lists(grammar).map(" ".join),
        st.builds("{}{}{}".format, st.sampled_from(["\n", "answer: ", "```\n", "f(x, y) = "]), programs, st.just("\n")),
        programs.map(lambda text: text.replace(" ", "").replace("*", "×")),
        st.text(max_size=30),
        st.sampled_from(["", " ", "(" * 128 + "x" + ")" * 128, "x" + " " * 255, "x" + " " * 256, "x\0", "x +\n y"]),
    )


def grammars_with(n_answers: int) -> st.SearchStrategy[tuple]:
    """A grammar, two targets, and completions for each."""
    return st.sampled_from(list(NAMED_GRAMMARS.values())).flatmap(
        lambda grammar: st.tuples(
            st.just(grammar),
            st.lists(expressions(grammar, max_leaves=6), min_size=2, max_size=2),
            st.lists(st.lists(answers(grammar), min_size=1, max_size=n_answers), min_size=2, max_size=2),
        )
    )


@given(grammars_with(8), st.booleans())
@LAW
def test_both_paths_give_the_same_outcomes(make, score_by_both, drawn, strict):
    grammar, targets, completions = drawn
    tasks = [make(target, grammar, index) for index, target in enumerate(targets)]
    training = TrainingTargets(
        programs=frozenset({to_infix(targets[0]), "x", "y + 1"}), nearest={tasks[1].task_id: "x"}
    )
    # The targets are among the completions, repeated, so that there is something right and something copied.
    completions = [[*given, to_infix(targets[0]), "x", given[0], to_infix(targets[0])] for given in completions]
    scored = score_by_both(
        tasks,
        completions,
        grammar,
        strict=strict,
        training=training,
        in_region=lambda program: strahler_number(program) >= 2,
    )
    assert scored.batch == scored.plain
    assert [outcome.reasons for outcome in scored.batch] == [outcome.reasons for outcome in scored.plain]


@given(st.data())
@LAW
def test_without_region_and_training_there_are_no_counts_of_them(make, score_by_both, data):
    grammar = NAMED_GRAMMARS["xy3"]
    task = make(data.draw(expressions(grammar, max_leaves=4)), grammar)
    completions = [data.draw(st.lists(answers(grammar), min_size=1, max_size=4))]
    scored = score_by_both([task], completions, grammar)
    assert scored.batch == scored.plain
    assert scored.batch[0].n_in_region is scored.batch[0].n_copied is scored.batch[0].n_copied_nearest is None


@given(st.lists(st.sampled_from(["x + 1", "1 + x", "x + y", "y + x", "junk", "x / (y - y)", "x - x"]), min_size=1))
@LAW
def test_the_order_of_samples_decides_what_is_first_in_both_paths(make, score_by_both, completions):
    grammar = NAMED_GRAMMARS["xy3"]
    # Right on the shown inputs alone, so that consistent answers are wrong or right by what is held out.
    honest = make(parse_infix("x + 1", grammar), grammar)
    task = make(parse_infix("x + 1", grammar), grammar, 1, heldout_outputs=("7/9", *honest.heldout_outputs[1:]))
    scored = score_by_both([honest, task], [completions, completions], grammar)
    assert scored.batch == scored.plain
    assert scored.n_left == 0

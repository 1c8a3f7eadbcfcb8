"""Named errors: what a user may catch, and with which status a command ends."""

import pickle

import pytest

from arith_synth import errors
from arith_synth.errors import ArithSynthError, GrammarError, UnknownNameError, UsageError

NAMED = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, ArithSynthError)]
named_errors = pytest.mark.parametrize("error", NAMED, ids=lambda error: error.__name__)


@named_errors
def test_the_text_of_an_error_is_its_message(error):
    assert str(error("no such config 'x'; choose one of a, b")) == "no such config 'x'; choose one of a, b"


@named_errors
def test_an_error_without_a_message_has_an_empty_text(error):
    assert str(error()) == ""


@named_errors
def test_errors_pass_between_processes(error):
    again = pickle.loads(pickle.dumps(error("what to do next")))
    assert type(again) is error
    assert str(again) == "what to do next"


@named_errors
def test_an_error_ends_a_command_with_1_or_2(error):
    assert error.exit_status in (1, 2)


@named_errors
def test_a_wrong_call_ends_with_2(error):
    assert not issubclass(error, UsageError) or error.exit_status == 2


@pytest.mark.parametrize(
    ("error", "builtin", "status"),
    [
        (errors.UsageError, ValueError, 2),
        (errors.GrammarError, ValueError, 2),
        (errors.UnknownNameError, KeyError, 2),
        (errors.ParseError, ValueError, 1),
        (errors.CapacityError, MemoryError, 1),
        (errors.SplitError, Exception, 1),
        (errors.DatasetError, Exception, 1),
        (errors.CheckpointError, Exception, 1),
        (errors.DeviceError, ValueError, 2),
        (errors.MetricError, ValueError, 1),
        (errors.MissingExtraError, ImportError, 2),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_an_error_is_its_builtin_and_has_its_status(error, builtin, status):
    assert issubclass(error, builtin)
    assert issubclass(error, ArithSynthError)
    assert error.exit_status == status


@named_errors
def test_every_error_says_what_it_means(error):
    assert error.__doc__


def test_an_unknown_name_is_not_shown_as_its_repr():
    assert str(UnknownNameError("unknown split 'x'; see --help")) == "unknown split 'x'; see --help"


def test_a_grammar_error_is_a_wrong_call():
    assert issubclass(GrammarError, UsageError)

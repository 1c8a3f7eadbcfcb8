"""What the targets are called as texts, and how tasks are written that are measured but not trained on."""

import numpy as np
from strategies import XY3

from arith_synth.grammar import parse_prefix, to_infix
from arith_synth.grammar.patterns import STRAHLER
from arith_synth.modeling import IGNORED_LABEL, config_for
from arith_synth.semantics.program_texts import infix_texts
from arith_synth.spaces.pattern_states import lies_in
from arith_synth.tokenization import build_tokenizer
from arith_synth.training.data import DataOptions, evaluation_tasks, open_training_data
from arith_synth.training.data.columns import split_columns


def test_the_programs_of_a_split_are_what_its_batches_teach(folder):
    tokenizer, config = build_tokenizer(XY3), config_for("nano", XY3)
    for targets in ("published", "canonical"):
        data = open_training_data(folder, DataOptions(config="random", targets=targets, batch_size=50), config)
        labels = data.batch(0).labels
        taught = {
            to_infix(parse_prefix(tokenizer.decode(row[(row != IGNORED_LABEL) & (row != tokenizer.eos_token_id)]), XY3))
            for row in labels
        }
        assert taught <= data.programs()
        published = set(folder.read("random", "train", ["program"]).column("program").to_pylist())
        assert (data.programs() == published) == (targets == "published")


def test_a_task_that_is_not_trained_on_is_written_as_if_it_were(folder):
    config = config_for("nano", XY3)
    data = open_training_data(folder, DataOptions(config="random", targets="canonical", batch_size=50), config)
    for split in ("train", "validation"):
        columns = split_columns(folder, "random", split, XY3)
        written = infix_texts(data.rewritten(columns.codes, columns.fingerprints), XY3).to_list()
        assert (set(written) <= data.programs()) == (split == "train")
        tokens = evaluation_tasks(folder, "random", split, config, rewritten=data.rewritten).examples.tokens
        assert not np.array_equal(tokens, evaluation_tasks(folder, "random", split, config).examples.tokens)


def test_an_unseen_task_that_has_no_form_for_this_arm_stays_as_published(folder):
    config = config_for("nano", XY3)
    options = DataOptions(config="support_shift_control", split="train_syntactic_excluded", targets="canonical")
    data = open_training_data(folder, options, config)
    columns = split_columns(folder, "support_shift_control", "validation", XY3)
    written = data.rewritten(columns.codes, columns.fingerprints)
    is_novel = lies_in(written, XY3, STRAHLER)
    assert is_novel.any()
    assert not is_novel.all()
    assert np.array_equal(written[is_novel], columns.codes[is_novel])
    assert lies_in(np.asarray(columns.codes), XY3, STRAHLER)[is_novel].all()

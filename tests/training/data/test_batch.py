import numpy as np
import torch
from strategies import XY3

from arith_synth.grammar import parse_prefix
from arith_synth.modeling import IGNORED_LABEL, config_for, example_features, text_config_for
from arith_synth.semantics.programs import encode_programs
from arith_synth.tokenization import build_text_tokenizer
from arith_synth.training.data import Examples, batch_of, collate, evaluation_tasks
from arith_synth.training.data.tasks import tokens_for


def examples_of(texts, config, inputs=None):
    codes = encode_programs([parse_prefix(text, XY3) for text in texts], XY3)
    shape = (len(texts), 16)
    return Examples(
        tokens=tokens_for(codes, config),
        numerators=np.ones(shape, dtype=np.int64),
        denominators=np.ones(shape, dtype=np.int64),
        inputs=inputs,
    )


def test_what_is_read_at_a_place_never_holds_the_token_wanted_there():
    """The inputs are the placeholders, then the labels one place later; what is ignored is padding."""
    config = config_for("nano", XY3)
    batch = batch_of(examples_of(["* + x 1 y", "x"], config), config)
    input_ids, n = batch.inputs["input_ids"], config.n_prefix
    assert batch.labels.tolist() == [[12, 10, 5, 7, 6, 2], [5, 2, *[IGNORED_LABEL] * 4]]
    assert (input_ids[:, :n] == config.example_token_id).all()
    assert torch.equal(input_ids[0, n:], batch.labels[0, :-1])
    assert input_ids[1, n:].tolist() == [5, 2, *[config.pad_token_id] * 3]


def test_a_model_that_reads_inputs_gets_their_features_behind_those_of_the_outputs():
    config = config_for("nano", XY3, reads_inputs=True)
    points = np.arange(64, dtype=np.int64).reshape(2, 16, 2)
    features = batch_of(examples_of(["x", "y"], config, points), config).inputs["features"]
    assert features.shape == (2, 16, config.n_example_features)
    inputs = torch.from_numpy(points)
    expected = example_features(inputs, torch.ones_like(inputs)).flatten(-2)
    assert torch.allclose(features[..., config.n_features :], expected, atol=1e-6)


def test_tensors_go_to_the_model_as_exact_outputs():
    config = config_for("nano", XY3, reads_inputs=True)
    points = np.zeros((2, 16, 2), dtype=np.int64)
    batch = batch_of(examples_of(["x", "y"], config, points).on(torch.device("cpu")), config)
    assert set(batch.inputs) == {"input_ids", "numerators", "denominators", "example_inputs"}


def test_a_batch_can_be_cut_into_micro_batches():
    config = config_for("nano", XY3)
    batch = batch_of(examples_of(["x", "y", "+ x y"], config), config)
    parts = [batch[:2], batch[2:]]
    assert [len(part) for part in parts] == [2, 1]
    assert torch.equal(torch.cat([part.labels for part in parts]), batch.labels)
    assert sum(part.n_wanted for part in parts) == batch.n_wanted == 2 + 2 + 4


def test_a_text_row_is_the_prompt_the_program_and_the_end(folder):
    config, tokenizer = text_config_for("nano", XY3), build_text_tokenizer(XY3)
    tasks = evaluation_tasks(folder, "random", "test", config, limit=20)
    batch = collate(tasks, slice(None), config)
    rows = folder.read("random", "test", ["prompt", "completion"]).to_pylist()[:20]
    n_wanted = batch.labels.shape[1]
    for index, row in enumerate(rows):
        prompt, program = (tokenizer(row[name], add_special_tokens=False)["input_ids"] for name in row)
        whole = [*prompt, *program, config.eos_token_id]
        read = batch.inputs["input_ids"][index]
        padded = [*whole, *[config.pad_token_id] * len(read)]
        assert read.tolist() == padded[: len(read)]
        assert batch.inputs["attention_mask"][index].tolist() == [int(t < len(whole)) for t in range(len(read))]
        # The logits at place t are scored against token t + 1.
        wanted = torch.full((len(read),), IGNORED_LABEL)
        wanted[len(prompt) - 1 : len(whole) - 1] = torch.tensor(whole[len(prompt) :])
        assert torch.equal(batch.labels[index], wanted[-n_wanted:])
        assert (wanted[:-n_wanted] == IGNORED_LABEL).all()

"""docs/models.md shows what the presets are."""

from pathlib import Path

import pytest

from arith_synth.errors import UsageError
from arith_synth.experiments.model_table import BEGIN, COMMAND, END, GRAMMAR, model_table, page_with
from arith_synth.modeling import PRESETS, ArithSynthForProgramSynthesis, config_for, text_model_for

PAGE = Path(__file__).parents[2] / "docs" / "models.md"


def rows_of(preset):
    """Family -> cells of the row, as numbers where they are some."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in model_table().splitlines()]
    return {cells[1]: cells for cells in rows if cells[0] == f"`{preset}`"}


def n_parameters(model):
    return sum(parameter.numel() for parameter in model.parameters())


def test_the_page_is_up_to_date():
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with(page), f"run: {COMMAND}"


def test_every_preset_and_family_has_a_row():
    for preset in PRESETS:
        assert rows_of(preset).keys() == {"multimodal", "text"}


def test_parameters_are_those_of_models_that_have_memory():
    rows = rows_of("nano")
    assert rows["multimodal"][2] == f"{n_parameters(ArithSynthForProgramSynthesis(config_for('nano', GRAMMAR))):,}"
    assert rows["text"][2] == f"{n_parameters(text_model_for('nano', GRAMMAR)):,}"


def test_the_stated_bytes_are_those_of_the_file_but_for_its_head(tmp_path):
    ArithSynthForProgramSynthesis(config_for("nano", GRAMMAR)).save_pretrained(tmp_path)
    stated = int(rows_of("nano")["multimodal"][4].replace(",", ""))
    assert 0 < (tmp_path / "model.safetensors").stat().st_size - stated < 10_000


def test_nano_is_as_small_as_promised():
    assert int(rows_of("nano")["multimodal"][2].replace(",", "")) <= 500_000


def test_a_page_without_the_marks_is_refused():
    assert page_with(f"a\n{BEGIN}\nold\n{END}\nb").startswith("a\n")
    with pytest.raises(UsageError, match="must hold the lines"):
        page_with(f"a\n{BEGIN}\n")

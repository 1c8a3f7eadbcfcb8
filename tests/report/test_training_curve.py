"""The figure of a run: what it shows follows from the log, and its bytes from that alone."""

import itertools
import json

import matplotlib
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from arith_synth.errors import MetricError
from arith_synth.report.drawing import STYLE
from arith_synth.report.training_curve import draw_training_curve, training_figure
from arith_synth.report.training_log import read_training_log

RUN = {
    "config": {
        "preset": "nano", "config": "support_shift_control", "split": "train_semantic_excluded", "seed": 3,
        "batch_size": 256, "n_validation": 500, "n_monitor": 200,
    },
    "n_tasks": 40_000,
}  # fmt: skip


def at(step, event, **values):
    return {"event": event, "step": step, "examples": 256 * step, "seconds": 0.11 * step, **values}


def batches(n_steps=1_000):
    return [at(step, "train", loss=0.3 + 200 / (100 + step), scale=1.0) for step in range(20, n_steps + 1, 20)]


def validations(n_steps=1_000, accuracy=True):
    for step in range(100, n_steps + 1, 100):
        score = {"validation_accuracy": step / (2 * n_steps)} if accuracy else {}
        yield at(step, "validation", validation_loss=0.6 + 150 / step, **score)


def monitored(n_steps=1_000):
    for step in range(100, n_steps + 1, 100):
        share = step / n_steps
        yield at(
            step, "monitor", seen_loss=0.2, unseen_loss=0.9, seen_accuracy=share, unseen_accuracy=share / 2,
            copied=1 - share, copied_wrong=None, n_monitor=200,
        )  # fmt: skip


DONE = at(1_000, "done", loss=0.4, validation_loss=0.7, validation_accuracy=0.5, examples_per_s=99.0)
WHOLE = [*batches(), *validations(), *monitored(), DONE]


@pytest.fixture
def folder_of(tmp_path):
    def write(lines, run=RUN, tail=""):
        (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + tail)
        if run is not None:
            (tmp_path / "run.json").write_text(json.dumps(run))
        return tmp_path

    return write


def drawn(folder, run=RUN):
    with matplotlib.rc_context(STYLE):
        figure = training_figure(read_training_log(folder), run)
        FigureCanvasAgg(figure).draw()
    return figure


def panels(figure):
    """The labels of the lines in each panel, from the top; the axis of seconds has none."""
    handles = [axes.get_legend_handles_labels()[1] for axes in figure.axes]
    return [labels for labels in handles if labels]


def values(figure, label):
    return next(
        list(line.get_ydata()) for axes in figure.axes for line in axes.get_lines() if line.get_label() == label
    )


def texts(figure):
    """All that is written in a figure; matplotlib keeps labels of ticks outside of an axis, and does not draw them."""
    yield from figure.texts
    for axes in figure.axes:
        yield from axes.get_legend().get_texts() if axes.get_legend() else ()
        for axis in (axes.xaxis, axes.yaxis):
            low, high = axis.get_view_interval()
            shown = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            written = [axis.label, *(label for tick in shown for label in (tick.label1, tick.label2))]
            yield from (text for text in written if text.get_visible() and text.get_text())


def test_a_png_and_an_svg_are_written(folder_of):
    png, svg = draw_training_curve(folder_of(WHOLE))
    assert (png.name, svg.name) == ("curve.png", "curve.svg")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in svg.read_bytes()


def test_a_repeated_figure_has_the_same_bytes_and_no_date(folder_of):
    folder = folder_of(WHOLE)
    first = [path.read_bytes() for path in draw_training_curve(folder)]
    assert [path.read_bytes() for path in draw_training_curve(folder)] == first
    assert b"<dc:date>" not in first[1]


@pytest.mark.parametrize(
    ("lines", "n_panels"),
    [
        (batches(), 1),
        ([*batches(), *validations(accuracy=False)], 1),
        ([*batches(), *validations()], 2),
        ([*batches(), *monitored()], 2),
        (WHOLE, 3),
    ],
)
def test_there_is_a_panel_for_what_was_measured_and_no_other(folder_of, lines, n_panels):
    assert len(panels(drawn(folder_of(lines)))) == n_panels


def test_the_monitor_shows_seen_and_unseen_tasks_and_copies_in_percent(folder_of):
    figure = drawn(folder_of(WHOLE))
    assert values(figure, "accuracy on seen tasks") == pytest.approx([10 * step for step in range(1, 11)])
    assert values(figure, "accuracy on unseen tasks") == pytest.approx([5 * step for step in range(1, 11)])
    assert values(figure, "exact copies") == pytest.approx([100 - 10 * step for step in range(1, 11)])


def test_a_run_on_a_stream_shows_unseen_tasks_alone(folder_of):
    names = ("seen_loss", "seen_accuracy", "copied", "copied_wrong")
    lines = [{name: line[name] for name in line if name not in names} for line in monitored()]
    run = {"config": RUN["config"] | {"data_source": "stream"}, "n_tasks": None}
    figure = drawn(folder_of([*batches(), *lines], run), run)
    assert panels(figure)[-1] == ["accuracy on unseen tasks"]
    assert any("a stream without end" in text.get_text() for text in texts(figure))
    assert not any("Seen:" in text.get_text() for text in texts(figure))


def test_the_last_validation_is_that_of_the_end(folder_of):
    assert values(drawn(folder_of(WHOLE)), "validation loss")[-1] == 0.7
    assert values(drawn(folder_of([*validations(), DONE])), "accuracy on validation tasks")[-1] == 50


def test_every_line_has_its_own_colour_and_marker_within_its_panel(folder_of):
    for axes in drawn(folder_of(WHOLE)).axes:
        lines = [line for line in axes.get_lines() if not line.get_label().startswith("_")]
        assert len({line.get_color() for line in lines}) == len(lines)
        assert len({(line.get_marker(), line.get_linestyle()) for line in lines}) == len(lines)


def test_every_axis_names_its_unit_and_the_caption_says_n(folder_of):
    shown = " ".join(text.get_text().replace("\n", " ") for text in texts(drawn(folder_of(WHOLE))))
    for words in (
        "loss (nats a token)", "execution accuracy (%)", "share of tasks (%)", "training examples (thousands)",
        "training time (seconds)", "n = 40,000 training tasks", "n = 500 tasks", "n = 200",
        "nano on support_shift_control/train_semantic_excluded",
    ):  # fmt: skip
        assert words in shown


@pytest.mark.parametrize("n_steps", [1, 200, 90_000])
@pytest.mark.parametrize("tail", [[], list(validations()), [*validations(), *monitored()]], ids=len)
def test_no_two_texts_overlap_and_none_is_cut_off(folder_of, n_steps, tail):
    lines = [*batches(max(n_steps, 20))[: max(1, n_steps // 20)], *tail]
    figure = drawn(folder_of(lines))
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
    for (one, box), (other, another) in itertools.combinations(boxes, 2):
        assert not box.padded(-1).overlaps(another.padded(-1)), (one, other)
    width, height = figure.canvas.get_width_height()
    for text, box in boxes:
        assert 0 <= box.x0 <= box.x1 <= width, text
        assert 0 <= box.y0 <= box.y1 <= height, text


def test_a_last_line_that_was_cut_off_changes_nothing(folder_of):
    whole = [path.read_bytes() for path in draw_training_curve(folder_of(WHOLE))]
    assert [path.read_bytes() for path in draw_training_curve(folder_of(WHOLE, tail='{"event": "tr'))] == whole


@pytest.mark.parametrize("line", [DONE, batches()[0], at(1, "done", loss=2.5, validation_loss=None)])
def test_one_line_is_enough(folder_of, line):
    assert draw_training_curve(folder_of([line]))[0].stat().st_size > 0


def test_a_run_that_has_not_ended_has_a_figure_too(folder_of):
    folder = folder_of(batches(), run=None)
    assert draw_training_curve(folder)[0].stat().st_size > 0
    assert any("unfinished" in text.get_text() for text in texts(drawn(folder, run={})))


@pytest.mark.parametrize(
    ("lines", "tail", "message"),
    [
        ([], "", "no whole line"),
        ([], '{"event": "train"', "no whole line"),
        ([at(1, "note")], "", "no loss yet"),
        ([batches()[0]], "{broken\n", "line 2: not valid JSON"),
        ([{"event": "train"}], "", "line 1: examples is no number"),
        ([at(1, "train", loss="low")], "", "line 1: loss is no number"),
        ([{"step": 1}], "", "line 1: says no event"),
        ([at(1, "train", loss=1.0) | {"step": "one"}], "", "line 1: step is no number"),
    ],
)
def test_what_cannot_be_drawn_is_one_line_that_names_the_place(folder_of, lines, tail, message):
    with pytest.raises(MetricError, match=message) as raised:
        draw_training_curve(folder_of(lines, tail=tail))
    assert "\n" not in str(raised.value)


def test_a_folder_without_a_log_is_named(tmp_path):
    with pytest.raises(MetricError, match="no file .*log.jsonl"):
        draw_training_curve(tmp_path / "nowhere")


@pytest.mark.parametrize(("last", "scale"), [(0.4, "linear"), (0.02, "log")])
def test_losses_that_fall_far_are_drawn_by_powers(folder_of, last, scale):
    lines = [at(20, "train", loss=2.0, scale=1.0), at(40, "train", loss=last, scale=1.0)]
    panel = drawn(folder_of(lines)).axes[0]
    assert panel.get_yscale() == scale
    assert (panel.get_ylim()[0] == 0) == (scale == "linear")

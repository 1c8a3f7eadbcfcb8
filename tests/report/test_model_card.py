"""The card of a model says what the files of its run and its evaluations say, and its code runs."""

import json
import re
import shlex
import shutil
import warnings
from dataclasses import asdict

import pytest
import tyro
import yaml
from huggingface_hub import ModelCard, parse_eval_result_entries
from strategies import XY3

from arith_synth import cli, load_dataset
from arith_synth.data.card.benchmark import benchmark
from arith_synth.data.folder import open_dataset
from arith_synth.data.loading import HUB_ID
from arith_synth.errors import MetricError
from arith_synth.evaluation import EvaluationConfig, evaluate
from arith_synth.grammar import NAMED_GRAMMARS, grammar_named, parse_infix
from arith_synth.report.model_card import model_card
from arith_synth.report.model_runs import ModelRun
from arith_synth.report.model_snippets import snippet
from arith_synth.report.tables import percent, percent_interval
from arith_synth.report.training_curve import draw_training_curve
from arith_synth.semantics.execution import outputs_of
from arith_synth.training import TrainingConfig, train


def read(folder, name="run.json"):
    return json.loads((folder / name).read_text())


def section(text, title):
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


@pytest.fixture(scope="module")
def run(small_dataset, tmp_path_factory):
    """A model that was really trained, for a few steps."""
    output = tmp_path_factory.mktemp("card") / "run"
    train(
        TrainingConfig(
            data=small_dataset, config="support_shift", max_steps=12, batch_size=32, n_validation=20,
            log_every_steps=2, output=output,
        )
    )  # fmt: skip
    return output


def evaluated(run, small_dataset, output, **options):
    evaluate(EvaluationConfig(model=run, data=small_dataset, config="support_shift", output=output, **options))
    return output


@pytest.fixture(scope="module")
def scored(run, small_dataset):
    return evaluated(run, small_dataset, run.parent / "scores", splits="test,test_syntactic")


@pytest.fixture(scope="module")
def text(run, scored):
    return model_card(run, [scored])


@pytest.fixture
def copied(run, scored, tmp_path):
    """Copies of the run and of its evaluation, to be damaged."""
    for folder in (run, scored):
        shutil.copytree(folder, tmp_path / folder.name)
    return tmp_path / run.name, tmp_path / scored.name


def test_the_hub_reads_the_header(text):
    data = ModelCard(text).data
    assert (data.library_name, data.license, data.datasets) == ("transformers", "apache-2.0", [HUB_ID])
    assert data.model_name == "arith-synth nano, support_shift/train, seed 0"
    assert "program-synthesis" in data.tags


def test_the_header_has_every_score_as_the_evaluation_wrote_it(text, scored):
    results = {result.dataset_split: result for result in ModelCard(text).data.eval_results}
    scores = read(scored)["scores"]
    assert results.keys() == scores.keys()
    for split, score in scores.items():
        assert results[split].metric_value == score["execution_accuracy"]
        assert results[split].metric_type == "execution_accuracy"
        assert (
            f"n = {score['n']}, 95 % interval {percent_interval(score['interval_95'])} %" in results[split].metric_name
        )
        assert (results[split].dataset_type, results[split].dataset_config) == (HUB_ID, "support_shift")
        assert results[split].dataset_args["data_version"] == read(scored)["data"]["version"]


def test_the_table_of_scores_has_n_and_an_interval_in_each_row(text, scored):
    for split, score in read(scored)["scores"].items():
        (row,) = re.findall(rf"\| `support_shift` \| `{split}` \|.*", section(text, "Scores"))
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[2] == "one, greedy"
        assert int(cells[3]) == score["n"]
        assert cells[4] == percent(score["execution_accuracy"])
        assert cells[5] == percent_interval(score["interval_95"])


def test_every_field_of_the_architecture_is_there(text, run):
    fields = read(run, "config.json")
    table = section(text, "Architecture")
    assert [name for name in fields if name != "grammar" and f"| `{name}` |" not in table] == []
    assert f"| parameters | {read(run)['model']['n_parameters']:,} |" in table


def test_data_and_budget_are_those_of_the_run(text, run):
    record = read(run)
    data, budget = section(text, "Data"), section(text, "Training")
    for split, checksum in record["data"]["checksums"].items():
        assert f"| checksum of `{split}` | `{checksum}` |" in data
    assert f"| data version | {record['data']['version']} |" in data
    assert f"| training tasks | {record['n_tasks']:,} |" in data
    assert f"| optimizer steps | {record['step']:,} |" in budget
    assert f"| training examples | {record['examples']:,} |" in budget
    assert f"| seconds of training, measurements included | {record['seconds']:.4g} |" in budget
    assert f"n_cores {record['hardware']['n_cores']}" in budget
    assert record["hardware"]["processor"].split()[0] in budget


def test_every_option_is_there_but_those_that_name_places(text, run):
    options = read(run)["config"]
    listed = re.findall(r"\| `(\w+)` \|", section(text, "Training"))
    assert set(options) - set(listed) == {"data", "output", "resume", "json"}
    assert str(run) not in text


def test_it_forbids_comparing_two_tests_within_one_arm(text):
    assert "Do not compare two tests within one arm" in section(text, "Limits")


def printed_by_the_code_of(text, run, place, monkeypatch, capsys):
    """What the card's own Python prints, run in the model's folder, where it leaves everything as it was."""
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    shutil.copytree(run, place)
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    monkeypatch.chdir(place)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries, and none of ours
        exec(code, {})
    assert {path: path.stat().st_mtime_ns for path in place.rglob("*")} == before
    return capsys.readouterr().out


def test_the_code_of_the_card_runs(text, run, tmp_path, monkeypatch, capsys):
    printed = printed_by_the_code_of(text, run, tmp_path / "model", monkeypatch, capsys)
    assert set(printed.split()) <= {*"xy123+-*/", "<example>"}


def test_the_code_of_the_card_has_a_task_of_the_dataset_in_it(text, small_dataset):
    """Its outputs are what its program gives at the inputs of a published task."""
    program, n_shown = re.search(r"# What (.*) gives at the first (\d+) inputs", text).groups()
    (outputs,) = re.findall(r'in "(.*)"\.split\(\)', text)
    task = load_dataset("support_shift", "test", data_dir=small_dataset)[0]
    assert int(n_shown) == len(task["inputs"])
    assert outputs.split() == outputs_of(parse_infix(program, XY3), XY3, task["inputs"])


@pytest.mark.parametrize("name", NAMED_GRAMMARS)
def test_every_grammar_has_a_task_that_is_defined_everywhere(run, name):
    grammar = asdict(grammar_named(name))
    config = read(run, "config.json") | {"grammar": grammar, "reads_inputs": True}
    code = snippet(ModelRun(folder=run, record=read(run), model_config=config, scores=[]), 10)
    assert "undef" not in code.replace("undefined", "")
    compile(code, "card", "exec")


def test_a_config_without_a_grammar_makes_no_card(copied, capsys):
    model, _ = copied
    config = read(model, "config.json") | {"grammar": None}
    (model / "config.json").write_text(json.dumps(config))
    with pytest.raises(MetricError, match="names no grammar"):
        model_card(model, [])


def test_a_text_model_has_a_card_whose_code_reads_the_prompt(small_dataset, tmp_path, monkeypatch, capsys):
    run = tmp_path / "run"
    train(
        TrainingConfig(
            data=small_dataset, config="random", family="text", max_steps=2, batch_size=4, n_validation=4, n_monitor=0,
            curve=False, output=run,
        )
    )  # fmt: skip
    scores = tmp_path / "scores"
    evaluate(EvaluationConfig(model=run, data=small_dataset, config="random", max_new_tokens=8, output=scores))
    text = model_card(run, [scores])
    data = ModelCard(text).data
    assert (data.pipeline_tag, "text" in data.tags) == ("text-generation", True)
    assert "the column `prompt`" in text
    assert "pipeline" not in text.replace("pipeline_tag", "")
    assert printed_by_the_code_of(text, run, tmp_path / "model", monkeypatch, capsys).endswith("\n")


@pytest.mark.parametrize("options", [{"panels": "resampled"}, {"encoder": "tokens", "n_shown": 6}])
def test_the_code_of_an_ablation_gives_the_model_what_it_reads(options, small_dataset, tmp_path, monkeypatch, capsys):
    run = tmp_path / "run"
    train(
        TrainingConfig(
            data=small_dataset, config="random", max_steps=2, batch_size=4, n_validation=0, n_monitor=0, curve=False,
            output=run, **options,
        )
    )  # fmt: skip
    text = model_card(run, [])
    assert ("inputs and exact outputs" in text) == ("panels" in options)
    assert '`pipeline("text-generation")` is not for it' in text
    assert printed_by_the_code_of(text, run, tmp_path / "model", monkeypatch, capsys).endswith("\n")


def test_the_same_files_give_the_same_card(text, run, scored):
    assert model_card(run, [scored]) == text


def test_a_model_without_scores_says_so(run):
    text = model_card(run, [])
    assert "Not evaluated yet." in section(text, "Scores")
    assert ModelCard(text).data.eval_results is None


def test_sampled_answers_are_told_from_greedy_ones(run, scored, small_dataset):
    sampled = evaluated(run, small_dataset, run.parent / "sampled", samples=2, temperature=0.8)
    text = model_card(run, [scored, sampled])
    assert "| 2, temperature 0.8, top-p 1.0 |" in text
    assert len(ModelCard(text).data.eval_results) == 3


def test_the_curve_is_shown_where_there_is_one(copied):
    model, scores = copied
    for path in model.glob("curve.*"):
        path.unlink()
    assert "curve.png" not in model_card(model, [scores])
    draw_training_curve(model)
    assert "![Training curve](curve.png)" in model_card(model, [scores])


def test_tasks_that_were_seen_in_training_are_confessed(copied):
    model, scores = copied
    record = read(scores)
    (scores / "run.json").write_text(json.dumps(record | {"seen_in_training": {"test": 3}}))
    limits = section(model_card(model, [scores]), "Limits")
    assert "seen the classes of some tasks above in training: 3 of support_shift/test" in limits
    assert "could not be told which tasks of support_shift/test_syntactic" in limits


def test_a_test_of_another_config_is_said_to_measure_no_shift(copied):
    model, scores = copied
    assert "measure no shift" not in model_card(model, [scores])
    for folder, part in ((model, "config"), (scores, "training")):
        record = read(folder)
        record[part]["config"] = "random"
        (folder / "run.json").write_text(json.dumps(record))
    limits = section(model_card(model, [scores]), "Limits")
    assert "trained on `random` and tested on `support_shift`" in limits


def test_the_command_writes_the_card_beside_the_model(copied, capsys):
    model, scores = copied
    assert cli.main(["model-card", str(model), "--evaluation", str(scores), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    results = [str(file) for file in (model / ".eval_results").glob("*")]
    assert said == {"output": str(model / "README.md"), "n_evaluations": 1, "eval_results": results}
    assert (model / "README.md").read_text() == model_card(model, [scores])


def entries_of(folder):
    """What the Hub's own parser reads of the scores beside a card."""
    rows = yaml.safe_load((folder / ".eval_results" / "arith-synth.yaml").read_text(encoding="utf-8"))
    return {entry.task_id: entry for entry in parse_eval_result_entries(rows)}


def test_the_hub_reads_the_scores_beside_the_card(copied):
    model, scores = copied
    assert cli.main(["model-card", str(model), "--evaluation", str(scores)]) == 0
    entries, record = entries_of(model), read(scores)
    assert entries.keys() == {"support_shift_test", "support_shift_test_syntactic"}
    for split, score in record["scores"].items():
        entry = entries[f"support_shift_{split}"]
        assert (entry.dataset_id, entry.value) == (HUB_ID, score["execution_accuracy"])
        assert entry.date == record["date"]
        assert entry.verify_token is None
        for part in (
            f"n = {score['n']:,}",
            percent_interval(score["interval_95"]),
            "one greedy completion",
            "max_size 4",
        ):
            assert part in entry.notes


def test_results_name_tasks_that_the_dataset_registers(copied, small_dataset):
    model, scores = copied
    cli.main(["model-card", str(model), "--evaluation", str(scores)])
    registered = {task["id"] for task in yaml.safe_load(benchmark(open_dataset(small_dataset).build))["tasks"]}
    assert entries_of(model).keys() <= registered


def test_a_run_that_says_no_date_gives_results_without_one(copied):
    model, scores = copied
    record = read(scores)
    del record["date"]
    (scores / "run.json").write_text(json.dumps(record))
    cli.main(["model-card", str(model), "--evaluation", str(scores)])
    assert {entry.date for entry in entries_of(model).values()} == {None}


def test_only_whole_tests_answered_greedily_are_results_for_the_hub(copied):
    model, scores = copied
    cli.main(["model-card", str(model), "--evaluation", str(scores)])
    record = read(scores)
    for key in ({"lite": True}, {"decoding": record["key"]["decoding"] | {"n_samples": 2, "temperature": 0.8}}):
        (scores / "run.json").write_text(json.dumps(record | {"key": record["key"] | key}))
        assert cli.main(["model-card", str(model), "--evaluation", str(scores)]) == 0
        assert not (model / ".eval_results" / "arith-synth.yaml").exists()  # those of before are gone too


def test_the_commands_that_make_the_model_again_say_its_options(text, run, scored):
    (block,) = re.findall(r"```\n(.*?)```", section(text, "How to reproduce"), flags=re.DOTALL)
    lines = block.replace("\\\n", " ").strip().splitlines()
    commands = {command: options for command, (options, _) in cli.COMMANDS.items()}
    build, again, asked = (tyro.extras.subcommand_cli_from_dict(commands, args=shlex.split(line)[1:]) for line in lines)
    assert (build.grammar, build.max_size) == ("xy3", 4)
    for options, record in ((again, read(run)), (asked, read(scored))):
        for name, value in record["config"].items():
            if name not in ("model", "data", "output", "resume", "json"):
                assert getattr(options, name) == value, name
    assert (again.data, asked.data) == (build.out, build.out)
    assert asked.model == str(again.output)


def test_copies_and_several_answers_have_columns_where_they_are_known(copied):
    model, scores = copied
    record = read(scores)
    for split, score in record["scores"].items():
        score |= {
            "copied": {"share": 0.25, "n_wrong": 8},
            "pass@10": 0.5,
            "first_consistent": 0.75,
            "n_completions": 10,
        }
        score["copied"] |= {"n_wrong": 0, "share": None} if split == "test" else {}
    (scores / "run.json").write_text(json.dumps(record))
    rows = re.findall(r"\| `support_shift` .*", section(model_card(model, [scores]), "Scores"))
    assert [row.split("|")[-4:-1] for row in rows] == [
        [" 50.0 (k = 10) ", " 75.0 ", " – "],
        [" 50.0 (k = 10) ", " 75.0 ", " 25.0 "],
    ]


def test_scores_of_versions_that_counted_no_copies_make_a_card(copied):
    model, scores = copied
    record = read(scores)
    for score in record["scores"].values():
        for name in [*score]:
            if name not in ("n", "execution_accuracy", "interval_95", "parsed", "consistent"):
                del score[name]
    (scores / "run.json").write_text(json.dumps(record))
    assert "copies" not in section(model_card(model, [scores]), "Scores")


def other_weights(model, scores):
    with (model / "model.safetensors").open("ab") as file:
        file.write(b"\0")


def other_seed(model, scores):
    record = read(model)
    (model / "run.json").write_text(json.dumps(record | {"seed": 1}))


def other_config(model, scores):
    config = read(model, "config.json") | {"rms_norm_eps": 0.5}
    (model / "config.json").write_text(json.dumps(config))


def no_weights(model, scores):
    (model / "model.safetensors").unlink()


def unfinished(model, scores):
    (model / "run.json").unlink()


def no_evaluation(model, scores):
    shutil.copy(model / "run.json", scores / "run.json")


def torn(model, scores):
    (scores / "run.json").write_text((scores / "run.json").read_text()[:-50])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (other_weights, r"another model than .*\(weights or config.json\)"),
        (other_config, r"another model than .*\(weights or config.json\)"),
        (other_seed, r"another model than .*\(seed\)"),
        (no_weights, "no model.safetensors"),
        (unfinished, "has no run.json; name the folder of one training"),
        (no_evaluation, "is of kind 'training'; name the folder of one evaluation"),
        (torn, "not valid JSON"),
    ],
)
def test_files_that_do_not_belong_together_make_no_card(copied, damage, message, capsys):
    model, scores = copied
    damage(model, scores)
    with pytest.raises(MetricError, match=message) as raised:
        model_card(model, [scores])
    assert "\n" not in str(raised.value)
    assert cli.main(["model-card", str(model), "--evaluation", str(scores)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not (model / "README.md").exists()


def test_a_split_that_is_scored_twice_is_refused(run, scored):
    with pytest.raises(MetricError, match="two evaluations score support_shift/test in the same way"):
        model_card(run, [scored, scored])

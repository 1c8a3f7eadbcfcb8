"""The card of a trained model, generated from what its run and its evaluations have written: no number is typed."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from arith_synth.data.card.markdown import table, verbatim
from arith_synth.data.loading import HUB_ID
from arith_synth.files import write_atomically
from arith_synth.grammar import MAX_LEAVES
from arith_synth.report.eval_results import write_eval_results
from arith_synth.report.model_runs import ModelRun, Score, read_model_run
from arith_synth.report.model_scores import scores_section
from arith_synth.report.model_snippets import reads_text, snippet
from arith_synth.report.reproduction import PLACES, reproduction
from arith_synth.report.tables import percent_interval

CURVE_FILE = "curve.png"
_TEMPLATE = Path(__file__).with_name("model_card_template.md")
_EMPTY_LINES = re.compile(r"\n{3,}")
_TAGS = ("program-synthesis", "programming-by-example", "generalization", "distribution-shift", "arith-synth")
_METRIC = "execution_accuracy"
#: What a run spent and where it ended, by its name in run.json.
_SPENT = {
    "step": "optimizer steps",
    "examples": "training examples",
    "tokens": "target tokens",
    "flops": "FLOPs, by formula",
    "epochs": "epochs",
    "seconds": "seconds of training, measurements included",
    "cpu_seconds": "CPU-seconds of training, over all threads and processes",
    "examples_per_s": "training examples a second",
    "n_processes": "processes",
    "sessions": "sessions",
    "loss": "training loss at the end (nats a token; mean over the last steps)",
    "validation_loss": "validation loss at the end (nats a token)",
    "validation_accuracy": "validation accuracy at the end (share of tasks)",
    "n_validation": "validation tasks behind these",
    "seen_accuracy": "accuracy on training tasks at the end (share of tasks)",
    "unseen_accuracy": "accuracy on as many validation tasks (share of tasks)",
    "copied": "answers to these that are the target of a training task (share of tasks)",
    "n_monitor": "tasks behind each of these",
}
_UNKNOWN = "not recorded"


def model_card(run: Path, evaluations: Sequence[Path]) -> str:
    """The README.md of a trained model.

    `run`: folder that `train` has written; `evaluations`: folders that `eval` has written for this model, none if it
    has not been scored. Raises MetricError when a file is missing or damaged or an evaluation is of another model.
    """
    return _card_of(read_model_run(run, evaluations))


def write_model_card(run: Path, evaluations: Sequence[Path], output: Path) -> list[Path]:
    """Write the card to `output`, and the scores as the Hub reads them below its folder; returns the files.

    Raises as `model_card` does, before anything is written.
    """
    model = read_model_run(run, evaluations)
    write_atomically(output, _card_of(model))
    results = write_eval_results(output.parent, model.scores)
    return [output] if results is None else [output, results]


def _card_of(model: ModelRun) -> str:
    record, data = model.record, model.record["data"]
    versions = record.get("versions") or {}
    body = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=verbatim(_title(model)),
        about=_about(model),
        scores=scores_section(model.scores),
        figure=f"![Training curve]({CURVE_FILE})" if (model.folder / CURVE_FILE).is_file() else "",
        reads=reads_text(model),
        snippet=snippet(model, max_new_tokens=2 * MAX_LEAVES),
        weights=f"{model.weights_bytes:,} bytes",
        architecture=_architecture(model),
        data=_data_section(model),
        budget=_fields(
            {_SPENT[name]: record[name] for name in _SPENT if record.get(name) is not None}, "spent and reached"
        ),
        options=_fields({f"`{name}`": value for name, value in model.options.items() if name not in PLACES}, "option"),
        commit=record.get("commit") or _UNKNOWN,
        hardware=_listed(record.get("hardware")),
        versions=_listed(versions),
        reproduction=reproduction(model),
        exposure="\n".join(_exposure(model)),
        package_version=versions.get("arith_synth", _UNKNOWN),
        data_version=data.get("version", _UNKNOWN),
    )
    return f"---\n{_header(model).to_yaml()}\n---\n\n{_EMPTY_LINES.sub(chr(10) * 2, body)}"


def _header(model: ModelRun) -> ModelCardData:
    """The YAML header. Source: the Hub's specification of model cards; scores as its `model-index`."""
    results = [
        EvalResult(
            task_type="program-synthesis",
            task_name="Programming by example",
            dataset_type=HUB_ID,
            dataset_name=f"arith-synth ({score.data['grammar']}, max_size {score.data['max_size']})",
            dataset_config=score.config,
            dataset_split=score.split,
            dataset_args={"data_version": score.data["version"], **_decoding_args(score)},
            metric_type=_METRIC,
            metric_name=_metric_name(score),
            metric_value=score.scores["execution_accuracy"],
        )
        for score in model.scores
    ]
    return ModelCardData(
        library_name="transformers",
        license="apache-2.0",
        tags=[*_TAGS, "multimodal" if model.is_multimodal else "text"],
        datasets=[HUB_ID],
        metrics=[_METRIC] if results else None,
        pipeline_tag=None if model.is_multimodal else "text-generation",
        model_name=_title(model),
        eval_results=results or None,
    )


def _decoding_args(score: Score) -> dict[str, Any]:
    return {name: score.decoding[name] for name in ("n_samples", "temperature", "top_p") if name in score.decoding}


def _metric_name(score: Score) -> str:
    n, interval = score.scores["n"], percent_interval(score.scores["interval_95"])
    return f"execution accuracy (n = {n:,}, 95 % interval {interval} %)"


def _title(model: ModelRun) -> str:
    options = model.options
    return f"arith-synth {options.get('preset')}, {options['config']}/{options['split']}, seed {options['seed']}"


def _about(model: ModelRun) -> str:
    options, record = model.options, model.record
    grammar = record["data"].get("grammar")
    kind = (
        "reads the exact outputs of a hidden program through an encoder, as a model of pictures reads pictures, and "
        f"writes the program in {model.model_config.get('notation')} notation"
        if model.is_multimodal
        else "is a causal language model: it reads the examples as text, the column `prompt`, and writes the program"
    )
    return (
        f"A reference model of [arith-synth](https://huggingface.co/datasets/{HUB_ID}), with "
        f"{record['model']['n_parameters']:,} parameters. It {kind}. It was trained from scratch on the split "
        f"`{options['split']}` of the config `{options['config']}` (grammar {verbatim(str(grammar))}), to measure how "
        "models generalize to tests that differ from their training in a known way. It is a measuring instrument, not "
        "an assistant."
    )


def _architecture(model: ModelRun) -> str:
    fields = {f"`{name}`": value for name, value in model.model_config.items() if name != "grammar"}
    return _fields({"parameters": model.record["model"]["n_parameters"], **fields}, "field")


def _data_section(model: ModelRun) -> str:
    data, options = model.record["data"], model.options
    facts: dict[str, Any] = {
        "dataset": f"[{HUB_ID}](https://huggingface.co/datasets/{HUB_ID})",
        "data version": data.get("version"),
        "grammar": data.get("grammar"),
        "max_size": data.get("max_size"),
        "config and split": f"`{options['config']}/{options['split']}`",
    }
    if model.record.get("n_tasks") is not None:
        facts["training tasks"] = model.record["n_tasks"]
    facts |= {f"checksum of `{split}`": f"`{content}`" for split, content in (data.get("checksums") or {}).items()}
    rows = [[name, value if isinstance(value, str) else _value(value)] for name, value in facts.items()]
    return table(["", ""], rows, n_left=2)


def _fields(values: Mapping[str, Any], title: str) -> str:
    return table([title, "value"], [[name, _value(value)] for name, value in values.items()], n_left=1)


def _value(value: Any) -> str:
    """A JSON value as a cell."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"`{json.dumps(value) if isinstance(value, list | dict) else value}`".replace("|", "\\|")


def _listed(values: Any) -> str:
    if not isinstance(values, dict) or not values:
        return _UNKNOWN
    return ", ".join(f"{name} {verbatim(str(value))}" for name, value in values.items())


def _exposure(model: ModelRun) -> Iterator[str]:
    """What has to be said where a model was tested on another config, or has seen tasks in training, or may have."""
    trained = str(model.options["config"])
    tested = dict.fromkeys(score.config for score in model.scores)
    if others := [config for config in tested if _without_control(config) != _without_control(trained)]:
        yield (
            f"- It was trained on `{trained}` and tested on {', '.join(f'`{config}`' for config in others)}: configs "
            "share classes by design, so that these scores measure no shift."
        )
    if leaked := [f"{score.n_seen:,} of {score.config}/{score.split}" for score in model.scores if score.n_seen]:
        yield f"- **It has seen the classes of some tasks above in training: {', '.join(leaked)}.**"
    if unknown := [f"{score.config}/{score.split}" for score in model.scores if score.n_seen is None]:
        yield f"- It could not be told which tasks of {', '.join(unknown)} the model has seen in training."


def _without_control(config: str) -> str:
    """A config and its control are made to be compared."""
    return config.removesuffix("_control")

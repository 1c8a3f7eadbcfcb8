"""The seam between evaluation and models: a server, or what lies in a folder, decides how splits are answered."""

from collections.abc import Sequence
from pathlib import Path

from arith_synth.errors import UsageError
from arith_synth.evaluation.answers import Answerer
from arith_synth.evaluation.config import EvaluationConfig
from arith_synth.evaluation.model_folders import find_model, reads_prompts
from arith_synth.evaluation.prompts import SolvedTask


def answerer_for(config: EvaluationConfig, examples: Sequence[SolvedTask]) -> Answerer:
    """The model that a config names, ready to answer behind `examples`, which go before each prompt.

    A multimodal model reads exact examples and answers by our decoding; a text model, any other causal language model,
    and an adapter of one answer prompts by `generate`; a server answers requests, and needs no torch here. Raises
    CheckpointError when a folder holds no model or is damaged, HubError when the Hub fails, MissingExtraError for an
    adapter without `peft` or a server without `openai`, DeviceError, and UsageError when model and dataset, or model
    and options, do not fit.
    """
    if config.server is not None:
        from arith_synth.evaluation.server import server_answerer

        return server_answerer(config, examples)
    return _of_folder(config, examples)


def _of_folder(config: EvaluationConfig, examples: Sequence[SolvedTask]) -> Answerer:
    from arith_synth.decoding import Decoding
    from arith_synth.evaluation.causal_lm import load_text_model
    from arith_synth.evaluation.models import training_of
    from arith_synth.evaluation.multimodal import load_multimodal
    from arith_synth.training import records
    from arith_synth.training.data import open_for
    from arith_synth.training.device import accelerator_for

    decoding = Decoding(
        n_samples=config.samples,
        temperature=config.temperature,
        top_p=config.top_p,
        seed=config.seed,
        max_new_tokens=config.n_new_tokens,
        mask=config.mask,
    )
    device = accelerator_for(config.device, config.threads).device
    folder = find_model(Path(config.model))
    if reads_prompts(folder):
        model = load_text_model(folder, config, decoding, device, examples)
    elif examples:
        raise UsageError(f"{folder} holds a model that reads exact examples, not prompts; leave --few-shot out")
    else:
        model = load_multimodal(folder, config, decoding, device)
    open_for(config.data, model.grammar)
    return Answerer(
        key={"model_sha256": model.sha256},
        decoding=records.plain(decoding),
        about={"path": str(folder), "name": config.model, **model.about},
        training=training_of(folder),
        hardware=records.hardware(device),
        versions=records.versions(),
        answer=model.answer,
    )

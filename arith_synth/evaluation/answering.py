"""The seam between evaluation and models: what lies in a folder decides how its splits are answered."""

from pathlib import Path

import torch

from arith_synth.decoding import Decoding
from arith_synth.evaluation.answers import Answerer
from arith_synth.evaluation.causal_lm import causal_lm_answerer
from arith_synth.evaluation.config import EvaluationConfig
from arith_synth.evaluation.model_folders import reads_prompts
from arith_synth.evaluation.multimodal import multimodal_answerer


def answerer_for(folder: Path, config: EvaluationConfig, decoding: Decoding, device: torch.device) -> Answerer:
    """The model of a folder, loaded and ready to answer splits of `config.config`.

    A multimodal model reads exact examples and answers by our decoding; a text model, any other causal language model,
    and an adapter of one answer prompts by `generate`. Raises CheckpointError when the folder holds none of them or is
    damaged, MissingExtraError for an adapter without `peft`.
    """
    answerer = causal_lm_answerer if reads_prompts(folder) else multimodal_answerer
    return answerer(folder, config, decoding, device)

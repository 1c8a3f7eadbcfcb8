"""Answers of a model that an OpenAI-compatible server runs: one request a completion, several at a time."""

import platform
from collections.abc import Iterator, Sequence
from typing import Any

from arith_synth import __version__
from arith_synth.evaluation.answers import Answer, Answerer, Asked, Lacking
from arith_synth.evaluation.config import EvaluationConfig
from arith_synth.evaluation.in_flight import in_flight
from arith_synth.evaluation.prompts import SolvedTask, as_messages, as_text, read_prompts
from arith_synth.evaluation.server_client import imported_openai, server_client
from arith_synth.run_records import machine
from arith_synth.seeding import keyed_hash


def server_answerer(config: EvaluationConfig, examples: Sequence[SolvedTask]) -> Answerer:
    """The model `config.model` of the server `config.server`.

    Raises MissingExtraError without the package `openai`; its answers raise ServerError.
    """
    assert config.server is not None
    openai = imported_openai()
    url, endpoint = config.server, config.endpoint
    decoding = {
        "n_samples": config.samples,
        "temperature": config.temperature,
        "top_p": config.top_p,
        "seed": config.seed,
        "max_new_tokens": config.n_new_tokens,
    }
    server = {"url": url, "endpoint": endpoint, "model": config.model}

    def answer(asked: Asked, lacking: Lacking) -> Iterator[list[Answer]]:
        task_ids, prompts = read_prompts(asked.folder, asked.config, asked.split, asked.n_tasks)
        jobs = (
            (task_id, number, question_of(prompt, examples, endpoint))
            for task_id, prompt in zip(task_ids, prompts, strict=True)
            for number in lacking(task_id)
        )

        with server_client(url, endpoint, _options(config)) as ask:

            def answer_of(job: tuple[str, int, dict[str, Any]]) -> Answer:
                task_id, number, question = job
                reply = ask(question, seed_of(config.seed, task_id, number))
                return Answer(
                    task_id=task_id,
                    number=number,
                    completions=(reply.text,),
                    n_tokens=reply.n_tokens,
                    n_prompt_tokens=reply.n_prompt_tokens,
                    n_requests=reply.n_requests,
                    n_cut=int(reply.is_cut),
                    served=reply.served,
                )

            yield from in_flight(jobs, answer_of, config.n_together)

    return Answerer(
        key={"server": server},
        decoding=decoding,
        about={"family": "server", "n_parameters": None, **server},
        hardware={**machine(), "device": "server"},
        versions={"arith_synth": __version__, "python": platform.python_version(), "openai": openai.__version__},
        answer=answer,
    )


def question_of(prompt: str, examples: Sequence[SolvedTask], endpoint: str) -> dict[str, Any]:
    """What is asked of an endpoint, by the name that the API has for it."""
    if endpoint == "chat":
        return {"messages": as_messages(prompt, examples)}
    return {"prompt": as_text(prompt, examples), "stop": ["\n"]}


def seed_of(seed: int, task_id: str, number: int) -> int:
    """The seed of one sample, from 0 to 2^31 - 1, which all servers take."""
    return keyed_hash("server sampling", seed, task_id, number, bits=32) >> 1


def _options(config: EvaluationConfig) -> dict[str, Any]:
    """What is asked for, beside the question: as much as all servers know."""
    options: dict[str, Any] = {
        "model": config.model,
        "temperature": config.temperature,
        "max_tokens": config.n_new_tokens,
    }
    if config.temperature > 0:
        options["top_p"] = config.top_p  # 1 too: a server may have another default, from the model's own settings
    return options

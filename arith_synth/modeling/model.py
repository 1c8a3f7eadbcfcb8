"""The multimodal reference model: examples → encoder → prefix embeddings → Llama-style decoder.

The design is that of visual instruction tuning (Liu et al. 2023, arXiv:2304.08485), with rows of exact
outputs where it has pictures.
"""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, GenerationMixin, LlamaModel, PreTrainedModel
from transformers.cache_utils import Cache
from transformers.modeling_outputs import CausalLMOutputWithPast

from arith_synth.errors import UsageError
from arith_synth.modeling.configuration import ArithSynthConfig
from arith_synth.modeling.encoder import ENCODERS, PositionwiseLinear
from arith_synth.modeling.examples import check_examples, check_features, in_lowest_terms
from arith_synth.modeling.features import example_features

IGNORED_LABEL = -100

#: The arguments that examples are given by.
_EXAMPLES = ("numerators", "denominators", "example_inputs")


class ArithSynthForProgramSynthesis(PreTrainedModel, GenerationMixin):
    """Writes a program, token by token, after `n_prefix` placeholders that stand for the shown examples.

    `model(input_ids, numerators=..., denominators=...)`; `input_ids` starts with `n_prefix` `<example>` tokens
    (`prompt_ids`). `generate` takes the same tensors, and begins with `prompt_ids` where it is given no ids.
    """

    config: ArithSynthConfig
    config_class = ArithSynthConfig
    base_model_prefix = "decoder"
    main_input_name = "input_ids"
    _supports_sdpa = True
    supports_gradient_checkpointing = True  # of the decoder's layers, which Llama's are
    # Only when tie_word_embeddings is set.
    _tied_weights_keys: ClassVar = {"lm_head.weight": "decoder.embed_tokens.weight"}

    def __init__(self, config: ArithSynthConfig) -> None:
        super().__init__(config)
        self.loss_type = "ForCausalLM"  # transformers would look for it in the name of the class
        self.encoder = ENCODERS[config.encoder](config)
        self.decoder = LlamaModel(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, PositionwiseLinear):
            nn.init.normal_(module.weight, std=self.config.initializer_range)
            nn.init.zeros_(module.bias)

    def prompt_ids(self, n_tasks: int) -> Tensor:
        """What generation starts from: int64[n_tasks, n_prefix], all `<example>`."""
        shape = (n_tasks, self.config.n_prefix)
        return torch.full(shape, self.config.example_token_id, dtype=torch.long, device=self.device)

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Cache | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        numerators: Tensor | None = None,
        denominators: Tensor | None = None,
        example_inputs: Tensor | None = None,
        features: Tensor | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int = 0,
        **kwargs: Any,
    ) -> CausalLMOutputWithPast:
        """Logits of the next token and, with labels, the mean cross-entropy.

        Shapes: input_ids int64[batch, time]; attention_mask int64[batch, time]; numerators, denominators
        int64[batch, n_shown], of the exact outputs in the order of the examples, a denominator of 0 where one is
        undefined; example_inputs int64[batch, n_shown, n_variables], where `config.reads_inputs`; features
        float[batch, n_shown, n_example_features], what `features_of` makes of those, if the caller has it already;
        labels int64[batch, time], the token *at* each place, -100 where none is wanted -> logits float[batch, time,
        vocab] (only the last `logits_to_keep` places if that is not 0).
        Raises UsageError when the placeholders do not fit, when neither ids nor embeddings are given, and as
        `features_of`.
        """
        if inputs_embeds is None:
            if input_ids is None:
                raise UsageError("give either input_ids or inputs_embeds")
            # Later on an <example> token is only one that the model has written itself.
            is_first = past_key_values is None or past_key_values.get_seq_length() == 0
            if features is None and (numerators is not None or denominators is not None):
                features = self.features_of(numerators, denominators, example_inputs)
            inputs_embeds = self._embed(input_ids, features, is_first=is_first)
        outputs = self.decoder(
            inputs_embeds=inputs_embeds,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
            use_cache=use_cache if use_cache is not None else not self.training,
            **kwargs,
        )
        hidden = outputs.last_hidden_state
        logits = self.lm_head(hidden[:, -logits_to_keep:] if logits_to_keep else hidden)
        loss = None
        if labels is not None:
            # The loss of transformers shifts the labels: the logits at t are scored against the token at t + 1.
            loss = self.loss_function(logits=logits, labels=labels, vocab_size=self.config.vocab_size, **kwargs)
        return CausalLMOutputWithPast(
            loss=loss,
            logits=logits,
            past_key_values=outputs.past_key_values,
            hidden_states=outputs.hidden_states,
            attentions=outputs.attentions,
        )

    def features_of(
        self, numerators: Tensor | None, denominators: Tensor | None, example_inputs: Tensor | None = None
    ) -> Tensor:
        """What the encoder reads of exact examples; shapes as in `forward`.

        Fractions are reduced, and signs of denominators moved up; a compiled graph takes them to be so already. Raises
        UsageError when one is missing that the model reads, is no tensor of integers, or has another shape.
        """
        check_examples(self.config, numerators, denominators, example_inputs)
        assert numerators is not None
        assert denominators is not None
        if not torch.compiler.is_compiling():  # that is training, whose fractions are reduced: it would take longer
            numerators, denominators = in_lowest_terms(numerators, denominators)
        features = example_features(numerators, denominators)
        if not self.config.reads_inputs:
            return features
        assert example_inputs is not None
        of_inputs = example_features(example_inputs, torch.ones_like(example_inputs))
        return torch.cat([features, of_inputs.flatten(-2)], dim=-1)

    def _embed(self, input_ids: Tensor, features: Tensor | None, *, is_first: bool) -> Tensor:
        """Token embeddings, with the encoded examples in place of the placeholders: float[batch, time, hidden]."""
        embeddings = self.decoder.embed_tokens(input_ids)
        if features is None:
            if is_first and (input_ids == self.config.example_token_id).any():
                raise UsageError("<example> tokens stand for outputs; give numerators and denominators, or features")
            return embeddings  # a cached step, or plain text: there is nothing to fill in
        check_features(self.config, features)
        placeholders = input_ids == self.config.example_token_id
        n_prefix, are_first = self.config.n_prefix, False
        if not torch.compiler.is_compiling():  # looking at values would break the compiled graph, and wait for a device
            if not placeholders.any():
                if is_first:
                    raise UsageError(
                        "input_ids have no <example> token for the given outputs, which would go unread; start each "
                        f"row with {n_prefix} of them, as model.prompt_ids(n_tasks) does"
                    )
                return embeddings
            if len(features) != len(input_ids) or (placeholders.sum(dim=1) != n_prefix).any():
                raise UsageError(
                    f"input_ids must have a row with {n_prefix} <example> tokens for each of {len(features)} tasks; "
                    "start from model.prompt_ids(n_tasks)"
                )
            are_first = bool(placeholders[:, :n_prefix].all())  # not where a batch is padded on the left
        prefix = self.encoder(features.to(self.encoder.up.weight.dtype)).to(embeddings.dtype)
        if are_first:  # four times as fast
            return torch.cat([prefix, embeddings[:, n_prefix:]], dim=1)
        return embeddings.masked_scatter(placeholders[..., None], prefix)

    def generate(self, inputs: Tensor | None = None, *args: Any, **kwargs: Any) -> Any:
        """As in transformers, with the tensors of `forward`; without ids it begins with `prompt_ids`.

        Returns int64[batch, time], the prompt included. Raises UsageError when there are neither ids nor examples, and
        as `forward`.
        """
        if inputs is None and kwargs.get("input_ids") is None and kwargs.get("inputs_embeds") is None:
            kwargs.pop("input_ids", None)
            given = kwargs.get("features")
            if given is None:
                check_examples(self.config, *map(kwargs.get, _EXAMPLES))
                given = kwargs["numerators"]
            inputs = self.prompt_ids(len(given))
        base: Any = super()  # as below
        return base.generate(inputs, *args, **kwargs)

    def prepare_inputs_for_generation(
        self, input_ids: Tensor, is_first_iteration: bool | None = False, **kwargs: Any
    ) -> dict[str, Any]:
        """As in transformers; the examples are encoded once, with the prompt."""
        base: Any = super()  # its annotation asks for a protocol that no property satisfies
        inputs = base.prepare_inputs_for_generation(input_ids, is_first_iteration=is_first_iteration, **kwargs)
        if not is_first_iteration and kwargs.get("past_key_values") is not None:
            for name in (*_EXAMPLES, "features"):
                inputs.pop(name, None)
        return inputs


def register() -> None:
    """Make `AutoConfig` and `AutoModelForCausalLM` know the model; twice is as good as once."""
    AutoConfig.register(ArithSynthConfig.model_type, ArithSynthConfig, exist_ok=True)
    AutoModelForCausalLM.register(ArithSynthConfig, ArithSynthForProgramSynthesis, exist_ok=True)

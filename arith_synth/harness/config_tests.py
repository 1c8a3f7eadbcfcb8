"""Which configs a harness has tasks for: those of the registry that have tests."""

from functools import lru_cache

from arith_synth.names import is_test


@lru_cache(maxsize=1)
def configs_with_tests() -> dict[str, tuple[str, ...]]:
    """The test splits of each config that has some, in publishing order."""
    from arith_synth.splits.registry import SPLITS  # costs more than everything else here

    tests = {config: tuple(filter(is_test, splits)) for config, splits in SPLITS.items()}
    return {config: splits for config, splits in tests.items() if splits}

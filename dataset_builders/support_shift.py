"""The headline shift: a syntactic and a semantic region without any training mass, and the arms that lift each."""

from dataset_builders.tables import TablesBuilder, configs


class SupportShiftBuilder(TablesBuilder):
    """`support_shift` has the shifted training split and the 2 × 2 tests; `support_shift_control` the other arms."""

    BUILDER_CONFIGS = configs(
        support_shift="Training mass is zero on a syntactic and on a semantic region; tests lie in none, one or both.",
        support_shift_control="Training splits of the same size that lift one exclusion, or both.",
    )

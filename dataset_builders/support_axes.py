"""Other axes of support shift, one region each; and the regions of users."""

from arith_synth.splits.axes import AXES, CONTROL_SUFFIX, PREFIX
from dataset_builders.tables import TablesBuilder, configs


class SupportAxisBuilder(TablesBuilder):
    """`support_shift_<axis>` has a training split without mass in the region; `…_control` one with nothing excluded."""

    BUILDER_CONFIGS = configs(
        **{axis.config: f"Training mass is zero on a region: {axis.title}." for axis in AXES},
        **{axis.control: f"Nothing is excluded: the control of {axis.config}." for axis in AXES},
    )


def region_builder(config: str) -> type[SupportAxisBuilder] | None:
    """The builder of a user's region; None for a name that is not one of `support_shift_<name>[_control]`."""
    if not config.startswith(PREFIX):
        return None
    if config.endswith(CONTROL_SUFFIX):
        description = f"Nothing is excluded: the control of {config.removesuffix(CONTROL_SUFFIX)}."
    else:
        description = "Training mass is zero on a region of a user's own."

    class RegionBuilder(SupportAxisBuilder):
        """The builder of one region."""

        BUILDER_CONFIGS = configs(**{config: description})

    return RegionBuilder

"""Input shift: the same classes, shown on inputs that no training task shows."""

from dataset_builders.tables import TablesBuilder, configs


class InputShiftBuilder(TablesBuilder):
    """`test_new_inputs` has the classes of `test` on the grammar's second panel: does the model read its inputs?"""

    BUILDER_CONFIGS = configs(input_shift="The test's classes once more, shown on other inputs.")

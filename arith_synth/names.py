"""What the names of splits mean."""

TRAIN_PREFIX = "train"
TEST_PREFIX = "test"


def is_train(split: str) -> bool:
    """Whether a split is for training."""
    return split == TRAIN_PREFIX or split.startswith(TRAIN_PREFIX + "_")


def is_test(split: str) -> bool:
    """Whether a split is a test."""
    return split == TEST_PREFIX or split.startswith(TEST_PREFIX + "_")

"""What to say of a config that a dataset does not have: it is a typo, or it was not built."""

from collections.abc import Collection

from arith_synth.errors import UnknownNameError
from arith_synth.names import check_name


def check_config(name: str, configs: Collection[str], where: str = "this folder") -> None:
    """Raise UnknownNameError when `name` is none of the `configs` of a dataset; `where` says which dataset.

    A config of the registry was not built there: the message says how, and no nearest name, which would be the name of
    other data (that of a control is its shifted arm's).
    """
    if name in configs:
        return
    from arith_synth.splits.registry import CONFIGS  # costs more than a folder does, and only a failure needs it

    if name in CONFIGS:
        named = " ".join([*configs, name])
        raise UnknownNameError(
            f"config {name!r} is not in {where}; build it too, into another folder: "
            f"arith-synth build … --configs {named} --out …"
        )
    check_name("config", name, configs)

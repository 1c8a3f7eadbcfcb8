"""The out-of-core build spread over machines: datatrove pipelines on one machine, under Slurm or on Ray.

A build is a chain of stages: for each size 2..max_size, its shards side by side, then one task that seals the size.
Every shard makes its candidates anew from the sealed smaller sizes, so nothing is sent from machine to machine but the
finished classes, which all read from one shared folder.

    stages = pipeline_stages(folder, grammar, max_size=7, memory_limit=4 << 30, workers=2)
    run_stages(local_executors(stages, workers=2))

Importing this package is light: datatrove (the extra `cluster`) and Ray are loaded when executors are made.
"""

from arith_synth.enumeration.cluster.executors import local_executors, ray_executors, slurm_executors
from arith_synth.enumeration.cluster.extra import require_cluster_extra, require_ray
from arith_synth.enumeration.cluster.running import forget_lost_ranks, run_stages
from arith_synth.enumeration.cluster.slurm import SlurmOptions, slurm_script
from arith_synth.enumeration.cluster.stages import Kind, Stage, pipeline_stages

__all__ = [
    "Kind",
    "SlurmOptions",
    "Stage",
    "forget_lost_ranks",
    "local_executors",
    "pipeline_stages",
    "ray_executors",
    "require_cluster_extra",
    "require_ray",
    "run_stages",
    "slurm_executors",
    "slurm_script",
]

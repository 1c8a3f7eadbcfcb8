"""Train and test splits that isolate one distribution shift each: regions, pools, matching, tasks, the audit."""

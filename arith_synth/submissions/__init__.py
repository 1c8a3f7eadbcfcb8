"""Submissions: what a submitter says, what the receiving side finds, and the order in which they are ranked.

Importing this room is light: no torch, no client of the Hub, no pyarrow.
"""

from arith_synth.submissions.entries import Entry, TaskSet, read_entries, task_sets
from arith_synth.submissions.ranking import Row, ranked
from arith_synth.submissions.tracks import TRACKS, Track

__all__ = ["TRACKS", "Entry", "Row", "TaskSet", "Track", "ranked", "read_entries", "task_sets"]

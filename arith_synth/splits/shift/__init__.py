"""The shift report: how far splits are apart in both spaces, measured on the published files alone."""

from arith_synth.splits.shift.report import SHIFT_REPORT_FILE, CellsOf, shift_report
from arith_synth.splits.shift.tables import markdown_density_table, markdown_table

__all__ = ["SHIFT_REPORT_FILE", "CellsOf", "markdown_density_table", "markdown_table", "shift_report"]

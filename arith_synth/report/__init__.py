"""Tables and figures: reads result files only, so that nothing in a report is typed by hand."""

from arith_synth.report.demo import print_demo_report, write_demo_report

__all__ = ["print_demo_report", "write_demo_report"]

"""The report and the output folder."""

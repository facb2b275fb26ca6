"""The report: its records, its schema, and how it is written and read."""

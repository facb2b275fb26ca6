"""The report, its schema, the output folder and the contact sheet."""

"""What is made from a finished report: one small module for each form."""

"""Other processes: a child that may crash or hang, its signs of life, and how many threads there is room for."""

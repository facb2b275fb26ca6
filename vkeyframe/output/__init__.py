"""What is written: the output folder, the pictures in it, their names, and what killed runs left behind."""

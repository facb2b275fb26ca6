"""What is written: the output folder, the pictures in it and their names, and what killed runs left behind."""

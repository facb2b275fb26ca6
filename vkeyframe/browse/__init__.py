"""A local page of a library: its videos by sheet, pictures like a picture, words, and copies side by side."""

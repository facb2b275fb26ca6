"""A library of many videos and pictures: what each shows in few bytes, and searching in it."""

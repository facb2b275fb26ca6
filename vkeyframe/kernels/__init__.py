"""The inner loops, compiled with Numba: arrays in, arrays or scalars out."""

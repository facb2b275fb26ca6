"""Models of the user, in ONNX."""

"""Reading videos: files, containers, decoders, and the frames that they give."""

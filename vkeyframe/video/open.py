"""stub"""

from vkeyframe.video.opencv_decoder import open_video as _open


def open_video(file, o):
    return _open(file.path, o.decode, o.start, o.end, o.threads, o.decoder, o.max_pixels, o.skip_nonref)

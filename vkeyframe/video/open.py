"""Opening a video with the decoder that can read it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from numpy import ndarray

from vkeyframe.errors import DecoderError, InputError
from vkeyframe.process.cores import share_of_threads
from vkeyframe.video.colour import BT601, BT709, UNKNOWN, ColourTags, matrix_correction
from vkeyframe.video.decoder import Decoder, Discard
from vkeyframe.video.fallback import FallbackDecoder
from vkeyframe.video.ffmpeg_log import write_errors_in_child
from vkeyframe.video.file import VideoFile
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.packets import PacketIndex, PacketListener
from vkeyframe.video.pyav_decoder import PyAVDecoder
from vkeyframe.video.reader import VideoReader
from vkeyframe.video.skim import SkimFilter


def open_video(file: VideoFile, options: ReadOptions, listener: PacketListener | None = None) -> VideoReader:
    """Open a video with OpenCV or PyAV, as the options ask; with PyAV also where OpenCV fails.

    With 0 threads there are as many as the machine has room for. A listener takes all packets at once, when they are read for
    the times of the frames.

    Raises
    ------
    InputError
        If there is no such file, no video in it, pictures that are too large, or not one picture that can be read.
    DecoderError
        If OpenCV has crashed on it, and PyAV cannot read it.
    """
    write_errors_in_child()
    file.check_readable()
    options = replace(options, threads=options.threads or share_of_threads())
    packets = PacketIndex(file, options.max_pixels, listener)
    try:
        if listener is not None:
            packets.scan()
        return _open(file, options, packets)
    except BaseException:
        packets.close()
        raise


def _open(file: VideoFile, options: ReadOptions, packets: PacketIndex) -> VideoReader:
    if options.decode == "skim":
        return _skim(file, options, packets)
    # Fields are put together with those of the frames beside them.
    some = options.skip_nonref and options.decode == "sampled" and options.deinterlace != "yes"
    times = packets.packet_times() if some else None
    if options.decoder == "pyav" or options.deinterlace == "yes" or _must_convert(options, packets):
        return _read_with_pyav(file, options, packets, times)
    try:
        return _read_with_opencv(file, options, packets, times)
    except (InputError, DecoderError) as error:
        try:
            reader = _read_with_pyav(file, options, packets, None)
        except InputError:
            raise error from None
        why = "crashed on it" if isinstance(error, DecoderError) else "cannot decode it"
        reader.warnings.append(f"Decoded with PyAV, because OpenCV {why}.")
        return reader


def _skim(file: VideoFile, options: ReadOptions, packets: PacketIndex) -> VideoReader:
    times = packets.packet_times(least_pixels=0) if options.skip_nonref else None
    if times is not None:
        decoder = PyAVDecoder(file, options, Discard.NONREF, partial(SkimFilter, max_pixels=options.max_pixels))
        return _reader(file, options, decoder, packets, times, [])
    reader = _open(file, replace(options, decode="sampled", skip_nonref=False), packets)
    reader.warnings.append("Its packets do not tell enough to skim it; frames were sampled instead.")
    return reader


def _read_with_opencv(file: VideoFile, options: ReadOptions, packets: PacketIndex, times: ndarray | None) -> VideoReader:
    if options.opencv_crashed:
        raise DecoderError(f"{file}: OpenCV crashed on it, and PyAV cannot read it; convert it with another program first.")
    # OpenCV takes memory for pictures of any size.
    if not all(width and height for width, height in packets.sizes):
        text = f"no picture can be read, or they have more than {options.max_pixels} pixels (max_pixels=…)"
        raise InputError(f"{file}: {text}.")
    warnings: list[str] = []
    decoder = FallbackDecoder(file, options, _discard(options, times), warnings.append, _correction(packets.colour))
    return _reader(file, options, decoder, packets, times, warnings)


def _read_with_pyav(file: VideoFile, options: ReadOptions, packets: PacketIndex, times: ndarray | None) -> VideoReader:
    decoder = PyAVDecoder(file, options, _discard(options, times))
    return _reader(file, options, decoder, packets, times, [])


def _must_convert(options: ReadOptions, packets: PacketIndex) -> bool:
    """Whether the colours are to be converted, for which more than OpenCV's 8 bits are needed."""
    return options.hdr == "sdr" and packets.colour is not None and packets.colour.is_beyond_sdr


def _correction(tags: ColourTags | None) -> ndarray | None:
    """Where the file does not tell its matrix OpenCV takes that of BT.601, and players mostly that of BT.709."""
    if tags is None or tags.matrix != UNKNOWN or tags.guessed_matrix != BT709:
        return None
    return matrix_correction(BT601, BT709)


def _discard(options: ReadOptions, times: ndarray | None) -> Discard:
    """Choose what a decoder leaves out: frames that no other depends on only where all frames' times are known."""
    if options.decode == "codec":
        return Discard.NONKEY
    return Discard.NONE if times is None else Discard.NONREF


def _reader(
    file: VideoFile,
    options: ReadOptions,
    decoder: Decoder,
    packets: PacketIndex,
    times: ndarray | None,
    warnings: list[str],
) -> VideoReader:
    try:
        return VideoReader(file, options, decoder, packets, times, warnings)
    except BaseException:
        decoder.close()
        raise

"""XMP: the same as EXIF, and what EXIF has no names for, as XML."""

from __future__ import annotations

from xml.sax.saxutils import escape

from vkeyframe.output.facts import PictureFacts

# A name, not an address: nothing is to be found there.
NAMESPACE = "urn:vkeyframe:keyframe:1"
_FRAME = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:vkeyframe="{namespace}">
{lines}
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def xmp_packet(facts: PictureFacts) -> bytes:
    """Write what is known of a picture as XMP, UTF-8; the same facts give the same bytes.

    References
    ----------
    ISO 16684-1:2019, "Extensible metadata platform (XMP) specification".
    """
    values = {
        "dc:source": facts.source,
        "xmp:CreatorTool": facts.software,
        "tiff:Make": facts.make,
        "tiff:Model": facts.model,
        "exif:DateTimeOriginal": None if facts.taken is None else facts.taken.isoformat(timespec="milliseconds"),
        **_place(facts),
        "vkeyframe:Time": None if facts.time is None else f"{facts.time:.6f}",
        "vkeyframe:Timecode": facts.timecode,
        "vkeyframe:Frame": facts.frame,
        "vkeyframe:Shot": facts.shot,
        "vkeyframe:Rank": facts.rank,
    }
    about = f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{_xml(facts.description)}</rdf:li></rdf:Alt></dc:description>'
    lines = [about, *(f"<{name}>{_xml(value)}</{name}>" for name, value in values.items() if value is not None)]
    return _FRAME.format(namespace=NAMESPACE, lines="\n".join(lines)).encode()


def _place(facts: PictureFacts) -> dict[str, str]:
    """Write a place as XMP does: degrees, minutes with their fraction, and a letter."""
    location = facts.location
    if location is None:
        return {}
    found = {
        "exif:GPSLatitude": _minutes(location.latitude, "NS"),
        "exif:GPSLongitude": _minutes(location.longitude, "EW"),
    }
    if location.altitude is not None:
        found["exif:GPSAltitudeRef"] = "1" if location.altitude < 0 else "0"
        found["exif:GPSAltitude"] = f"{round(abs(location.altitude) * 100)}/100"
    return found


def _minutes(angle: float, letters: str) -> str:
    degrees, minutes = divmod(round(abs(angle) * 60 * 1_000_000), 60 * 1_000_000)
    return f"{degrees},{minutes / 1_000_000:.6f}{letters[angle < 0]}"


def _xml(value: object) -> str:
    """Write a value as a text of XML, which has no signs for some characters."""
    return escape("".join(letter for letter in str(value) if letter.isprintable() and letter not in "\ufffe\uffff"))

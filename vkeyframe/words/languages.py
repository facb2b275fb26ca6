"""Names of languages: codes of two letters, and the codes of three letters that containers have."""

from __future__ import annotations

# ISO 639: the code of two letters, then those of three letters (terminological, and bibliographic where it differs).
_CODES = """
af afr | am amh | ar ara | az aze | be bel | bg bul | bn ben | bs bos | ca cat | cs ces cze | cy cym wel | da dan | de deu ger
el ell gre | en eng | eo epo | es spa | et est | eu eus baq | fa fas per | fi fin | fil | fr fra fre | ga gle | gl glg | gu guj
he heb | hi hin | hr hrv | hu hun | hy hye arm | id ind | is isl ice | it ita | ja jpn | ka kat geo | kk kaz | km khm | kn kan
ko kor | la lat | lo lao | lt lit | lv lav | mk mkd mac | ml mal | mn mon | mr mar | ms msa may | my mya bur | nb nob | ne nep
nl nld dut | nn nno | no nor | pa pan | pl pol | ps pus | pt por | ro ron rum | ru rus | si sin | sk slk slo | sl slv | sq sqi alb
sr srp | sv swe | sw swa | ta tam | te tel | th tha | tl tgl | tr tur | uk ukr | ur urd | uz uzb | vi vie | zh zho chi
"""
_GROUPS = [group.split() for group in _CODES.strip().replace("\n", " | ").split("|")]
_KNOWN = {code: group[0] for group in _GROUPS for code in group}
# What containers say where they say nothing.
_UNKNOWN = {"", "und", "unk", "mis", "mul", "zxx"}


def language(text: str | None) -> str | None:
    """Return one name for a language, however it is written; None where none is said.

    Regions are left out: ``pt-BR`` and ``por`` are both ``pt``. A code that is not in the table stays as it is.
    """
    first = (text or "").strip().lower().replace("_", "-").partition("-")[0]
    return None if first in _UNKNOWN else _KNOWN.get(first, first)


def is_language(text: str) -> bool:
    """Whether a text is the code of a language in the table, with or without a region."""
    return text.lower().replace("_", "-").partition("-")[0] in _KNOWN

"""Which language a text is in, as far as the script tells."""

import re

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_KANA_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_LATIN = re.compile(r"[A-Za-z]")
_LETTER = re.compile(r"[^\W\d_]")

# A Chinese solution is full of Latin variables and LaTeX; a word of English has five letters where
# Chinese has one or two characters.
_MIN_HAN_SHARE = 0.1


def language_of(text: str) -> str:
    """`zh`, `en`, or `other`.

    Chinese needs a tenth of the letters to be Han characters and none to be kana or hangul; `en`
    stands for Latin script, and for texts of numbers and signs alone.
    """
    letters = len(_LETTER.findall(text))
    if not letters:
        return "en"
    if _KANA_HANGUL.search(text):
        return "other"
    if len(_HAN.findall(text)) >= _MIN_HAN_SHARE * letters:
        return "zh"
    return "en" if 2 * len(_LATIN.findall(text)) >= letters else "other"

r"""The surface of an answer: one spelling for what LaTeX, Unicode and Markdown write in many ways.

`plain_form` keeps what carries meaning (braces, commands with arguments, brackets, words) and drops
what only sets type: dollar signs, spacing commands, \left and \right, bold marks, the kind of
fraction. Text set by \\text{...} comes out between double quotes, so that a unit is never taken for
a product of variables. The parser of `answers.parser` reads this form; two answers with the same
`compact` form are equal whatever they mean.

Everything here is linear in the length of the text.
"""

import re
import unicodedata

_CHARACTERS = str.maketrans(
    {
        "€": ' "eur" ', "£": ' "gbp" ', "¥": ' "cny" ', "\N{FULLWIDTH YEN SIGN}": ' "cny" ',
        "₹": ' "inr" ', "¢": ' "cent" ', "‰": ' "permille" ',
        "\N{DEGREE CELSIUS}": ' "celsius" ', "\N{DEGREE FAHRENHEIT}": ' "fahrenheit" ',
        "\N{SQUARE M SQUARED}": ' "m^2" ', "\N{SQUARE M CUBED}": ' "m^3" ',
        "⁰": "^{0}", "¹": "^{1}", "²": "^{2}", "³": "^{3}", "⁴": "^{4}", "⁵": "^{5}", "⁶": "^{6}",
        "⁷": "^{7}", "⁸": "^{8}", "⁹": "^{9}", "₀": "_0", "₁": "_1", "₂": "_2", "₃": "_3",
        "½": r"\frac{1}{2}", "⅓": r"\frac{1}{3}", "⅔": r"\frac{2}{3}", "¼": r"\frac{1}{4}",
        "¾": r"\frac{3}{4}", "⅕": r"\frac{1}{5}", "⅛": r"\frac{1}{8}",
        "\N{MINUS SIGN}": "-", "\N{EN DASH}": "-",
        "\N{EM DASH}": "-", "\N{NON-BREAKING HYPHEN}": "-",
        "\N{MULTIPLICATION SIGN}": "*", "·": "*", "⋅": "*", "∙": "*", "÷": "/", "⁄": "/", "∕": "/",
        "\N{RATIO}": ":", "≤": r"\le ", "⩽": r"\le ", "≥": r"\ge ", "⩾": r"\ge ", "≠": r"\ne ",
        "≈": r"\approx ", "∞": r"\infty ", "π": r"\pi ", "θ": r"\theta ",
        "\N{GREEK SMALL LETTER ALPHA}": r"\alpha ",
        "β": r"\beta ", "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ", "∅": r"\emptyset ",
        "±": r"\pm ", "∓": r"\mp ", "°": r"\degree ", "º": r"\degree ", "∠": r"\angle ",
        "√": r"\sqrt ", "、": ",", "。": ".", "“": '"', "”": '"', "’": "'", "‘": "'",
        "\u200b": "", "\ufeff": "", "\u2061": "", "~": " ",
    }
)  # fmt: skip

# Longer names first, so that \leqslant is not read as \leq and "slant".
_RENAMED = {
    "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "leqslant": "le", "geqslant": "ge",
    "leq": "le", "geq": "ge", "neq": "ne", "cdot": "*", "times": "*", "ast": "*", "div": "/",
    "lt": "<", "gt": ">", "lbrace": r"\{", "rbrace": r"\}", "lbrack": "[", "rbrack": "]",
    "lparen": "(", "rparen": ")", "vert": "|", "mid": "|", "lvert": "|", "rvert": "|",
    "varnothing": "emptyset", "dbinom": "binom", "tbinom": "binom", "circ": "degree",
    "infin": "infty", "thickapprox": "approx", "simeq": "approx", "doteq": "=", "colon": ":",
    "land": '"and"', "lor": '"or"', "wedge": '"and"', "vee": '"or"',
}  # fmt: skip
_SPACING = frozenset(
    "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr quad qquad hspace "
    "displaystyle textstyle scriptstyle limits nolimits hfill thinspace medspace thickspace "
    "negthinspace boldsymbol mathbf mathbb mathcal mathsf bm boxed fbox rm bf it middle "
    "ensuremath phantom allowbreak nobreak enspace tiny small large Large normalsize".split()
)
_TEXT = frozenset("text textbf textit textrm textsf texttt textnormal mbox mathrm mathit hbox emph "
                  "textup operatorname underline".split())  # fmt: skip
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?")
_ESCAPED_SPACING = re.compile(r"(\\\\)|\\[ ,;:!>/\n]")
_LOST_ROW_END = re.compile(r"(?<!\\)\\(?=[-\d.])")
_ORDINAL = re.compile(
    r"(?<=\d)(?:st|nd|rd|th)\b|(?<=\d)\s*\^\s*(?:\{\s*)?\"?(?:st|nd|rd|th)\b\"?(?:\s*\})?"
)
_BRACED_JOIN = re.compile(r"\{\s*(or|and)\s*\}")
_GLUED_JOIN = re.compile(r"(?<=[\d)\]}])(or|and)(?=[A-Za-z]{1,2}(?![A-Za-z]))")
_WIDE_DIGIT_GROUP = re.compile(r"(?<=\d)(?:\{,\}|,\s*\\!\s*|\\,\s*|\\!\s*|\\ )(?=\d{3}(?!\d))")
_DOUBLED = re.compile(r"\\\\(?=[A-Za-z(\[{!,;:%$])")
_LITERAL_NEWLINE = re.compile(r"\\n(?=[^A-Za-z]|$)")
_EMPTY_GROUP = re.compile(r"(?<!\\)\{\}")
_SPACES = re.compile(r"\s+")
_TRAILING = " \t\r\n.,;:?\\"
_DOLLARS = {"US": r"\$", "HK": ' "hkd" ', "AU": ' "aud" ', "CA": ' "cad" '}
_DOLLARS_OF = re.compile(r"(?<![A-Za-z])(US|HK|AU|CA) ?\\?\$(?= ?\d)")
_RUPEES = re.compile(r"(?<![A-Za-z])Rs\.? ?(?=\d)")
_MINUS_BEFORE_MONEY = re.compile(r'-\s*("[a-z]{3}")\s*(?=[\d.])')
_AND_A_FRACTION = re.compile(r"(?<=\d) ?又 ?(?=\d+ ?/ ?\d|\\frac)")
_SCALE = re.compile(r'\\degree *(?:"?([CF])"?)(?![A-Za-z])')
_SCALES = {"C": ' "celsius" ', "F": ' "fahrenheit" '}
_TIMES = re.compile(r"(?<=\d)(?: [xX] |[xX])(?=\d)")
_LONE_X = re.compile(r"(?<![A-Za-z\\])[xX](?![A-Za-z])")
_HEXADECIMAL = re.compile(r"(?<!\d)0[xX]")
_DEGREE = re.compile(r"\^\s*(?:\\degree|\{\s*\\degree\s*\})")
_IDLE_SPACE = re.compile(r"(?<!\w) +| +(?!\w)")
_EMPHASIS = re.compile(r"\*\*|__(?=\S)|`")


def _unescape(text: str) -> str:
    """Undo the doubled backslashes of text that was escaped twice; matrices keep their row ends."""
    if r"\begin" in text:
        return _LOST_ROW_END.sub(r"\\\\", text)
    return _LITERAL_NEWLINE.sub(" ", _DOUBLED.sub(r"\\", text))


def _close_braces(text: str) -> str:
    """Drop closing braces that nothing opened and add those that are missing."""
    depth = 0
    kept: list[str] = []
    previous = ""
    for character in text:
        if previous == "\\":
            kept.append(character)
            previous = ""
            continue
        if character == "{":
            depth += 1
        elif character == "}":
            if depth == 0:
                continue
            depth -= 1
        kept.append(character)
        previous = character
    if previous == "\\":
        kept.pop()
    return "".join(kept) + "}" * depth


def _set_text(text: str) -> str:
    r"""Rewrite \text{...} and its kin as "...", names as in `_RENAMED`, and drop spacing."""
    pieces: list[str] = []
    position = 0
    while match := _COMMAND.search(text, position):
        name = match.group(1)
        pieces.append(text[position : match.start()])
        position = match.end()
        if name in _TEXT:
            while position < len(text) and text[position] == " ":
                position += 1
            end = text.find("}", position)
            opens = position < len(text) and text[position] == "{"
            if opens and end > 0 and "{" not in text[position + 1 : end]:
                pieces.append(f' "{text[position + 1 : end].strip()}" ')
                position = end + 1
        elif name in _RENAMED:
            renamed = _RENAMED[name]
            pieces.append(f"\\{renamed} " if renamed.isalpha() else renamed)
        elif name.startswith(("quad", "qquad")):
            # A corpus that lost its spaces has \\quadx for \\quad x.
            pieces.append(" " + name.partition("quad")[2])
        elif name not in _SPACING:
            pieces.append(match.group(0) + " ")
    pieces.append(text[position:])
    return "".join(pieces)


def _drop_dollars(text: str) -> str:
    """Drop the dollar signs of maths; one that no second one closes is money before a number."""
    text = _RUPEES.sub(' "inr" ', _DOLLARS_OF.sub(lambda match: _DOLLARS[match.group(1)], text))
    text = text.replace(r"\$", ' "usd" ')
    if text.count("$") % 2:
        text = re.sub(r"\$(?=\s*[\d.])", ' "usd" ', text, count=1)
    return _MINUS_BEFORE_MONEY.sub(r" \1 -", text.replace("$", " "))


def _with_times(text: str) -> str:
    """The text with x between numerals as a product.

    Where an x stands elsewhere, or 2x3 in an equation, it is a variable.
    """
    if "=" in text and " x " not in text.lower():
        return text
    if _HEXADECIMAL.search(text) or len(_LONE_X.findall(text)) != len(_TIMES.findall(text)):
        return text
    return _TIMES.sub("*", text)


def plain_form(text: str) -> str:
    r"""One spelling of an answer, for reading and comparing.

    Args:
        text: an answer as written: LaTeX, Unicode, Markdown or plain.

    Returns:
        The same answer without typesetting: no spacing or emphasis; money and the text of
        \text{...} as words between double quotes; commands followed by one space; braces balanced.
    """
    text = unicodedata.normalize("NFKC", text.translate(_CHARACTERS))
    text = _GLUED_JOIN.sub(r" \1 ", text)
    text = _EMPHASIS.sub("", _unescape(text))
    text = _drop_dollars(_WIDE_DIGIT_GROUP.sub("", text))
    text = text.replace(r"\%", "%").replace(r"\#", "#").replace(r"\_", "_")
    for mark in (r"\(", r"\)", r"\[", r"\]"):
        text = text.replace(mark, " ")
    text = _ESCAPED_SPACING.sub(lambda match: match.group(1) or " ", text)
    text = _DEGREE.sub(r"\\degree", _set_text(_close_braces(text)))
    text = _SCALE.sub(lambda match: _SCALES[match.group(1)], text)
    text = _BRACED_JOIN.sub(r" \1 ", _ORDINAL.sub(" ", text))
    text = _AND_A_FRACTION.sub(" ", _with_times(text))
    text = _EMPTY_GROUP.sub(" ", text.replace("{,}", ","))
    return _without_outer_braces(_SPACES.sub(" ", text).strip().rstrip(_TRAILING))


def _without_outer_braces(text: str) -> str:
    r"""Drop braces around one thing, which \text leaves in some corpora; {1, 2} is a set."""
    if text.startswith("{") and text.endswith("}") and not re.search(r"[{,]|\\}", text[1:]):
        return text[1:-1].strip().rstrip(_TRAILING)
    return text


def compact(plain: str) -> str:
    """What spellings of one answer share: no idle spaces or quotes.

    Args:
        plain: an answer in `plain_form`.

    Returns:
        A key; equal keys mean equal answers. A space stays between two letters or digits, for
        3 1/2 is not 31/2.
    """
    return _IDLE_SPACE.sub("", plain.replace('"', " "))

r"""One plain notation for the many ways in which chains write mathematics.

Full-width and typographic characters become ASCII, LaTeX commands become single characters or
words (`\times` -> `*`, `\frac` -> ` frac `, `\theta` -> `θ`), layout is dropped, and the literal
two characters backslash-n of some corpora become line breaks. The result is what every rule of
`rbic.core` about chains reads; it is never written back. Linear in the length of the text.

A display formula ends with `SOFT_BREAK`: a place where a step may end, unlike a line break,
which says that a line ends, and unlike a space, which says nothing. A box leaves `ANSWER_MARK`.
Both marks are white space to `str.split` and to regular expressions.
"""

import re

from rbic.core.remembered import Remembered

SOFT_BREAK = "\x1e"
ANSWER_MARK = "\x1f"

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "varphi": "φ",
    "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ",
    "Lambda": "Λ", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "ell": "l",
}  # fmt: skip

_COMMANDS = {
    **_GREEK,
    "times": "*", "cdot": "*", "ast": "*", "div": "/", "frac": " frac ", "dfrac": " frac ",
    "tfrac": " frac ", "cfrac": " frac ", "sqrt": " sqrt ", "binom": " binom ",
    "dbinom": " binom ", "tbinom": " binom ", "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥",
    "geq": "≥", "geqslant": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "equiv": "≡", "sim": "∼",
    "cong": "≅", "in": "∈", "Rightarrow": "⇒", "implies": "⇒", "Longrightarrow": "⇒",
    "iff": "⇔", "Leftrightarrow": "⇔", "Longleftrightarrow": "⇔", "therefore": "∴",
    "because": "∵", "rightarrow": "→", "to": "→", "pm": "±", "mp": "±", "infty": "∞",
    "circ": "°", "degree": "°", "dots": "…", "cdots": "…", "ldots": "…", "dotsb": "…",
    "dotsm": "…", "vdots": "…", "pmod": " mod ", "mod": " mod ", "bmod": " mod ",
    "boxed": ANSWER_MARK, "fbox": ANSWER_MARK, "left": "", "right": "", "big": "",
    "Big": "", "bigg": "", "Bigg": "",
    "quad": " ", "qquad": " ", "displaystyle": " ", "limits": "", "hline": " ", "bullet": " ",
    "item": "\n", "cup": "∪", "cap": "∩", "textless": "<", "textgreater": ">", "lt": "<",
    "gt": ">", "textbar": "|",
    "textasciitilde": " ", "textbackslash": " ", "textquotesingle": "'", "percent": "%",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "prime": "'", "uline": " ",
    "underline": " ", "parallel": "∥", "perp": "⊥", "mid": "|", "vert": "|", "over": " over ",
}  # fmt: skip

_ESCAPED = {
    "%": "%", "$": "$", "&": " ", "#": "#", "_": "_", "{": "{", "}": "}", ",": " ", ";": " ",
    ":": " ", "!": "", " ": " ", "|": "|", "[": " ", "]": f" {SOFT_BREAK} ", "(": "$", ")": "$",
    "\\": "\n", "/": "", "'": "'", "\n": " ",
}  # fmt: skip

# Newline written as two characters, but not the LaTeX commands that begin with n.
_WRITTEN_NEWLINE = re.compile(
    r"\\r?\\?n(?!(?:e|eq|u|i|ot|otin|eg|mid|less|gtr|abla|earrow|warrow|exists|olimits|parallel"
    r"|subseteq|onumber|ormalsize|oindent|ewline|atural|Rightarrow|rightarrow)(?![a-z]))"
)
_LATEX = re.compile(
    r"\^ ?\{? ?\\circ ?\}?"
    r"|\\(?:text(?:bf|it|rm|sf|tt|normal|superscript)?|mathrm|mathbf|mathit|mathsf|mathbb|mathcal"
    r"|mbox|hbox|operatorname|bold|emph|boldsymbol)\*? ?\{([^{}]*)\}"
    r"|\\(?:begin|end) ?\{[^{}]*\}(?: ?\{[^{}]*\})?"
    r"|\\([A-Za-z]+)|\\(.|\n)|\$\$|\{,\}|,\\!|&(?<!\\&)"
)
_BARE_POINT = re.compile(r"\.(?<![\w)]\.)(?=\d)")
_SHORT_FRACTION = re.compile(r"\\[dtc]?frac ?(\d) ?(\d)")
_MATRIX = re.compile(
    r"\\begin ?\{([pbvVB]?matrix|smallmatrix|array|tabular|cases)\}(?:\{[^{}]{0,80}\})?"
    r"((?:[^\\]|\\(?!begin|end)){0,4000}+)\\end ?\{\1\}"
)
# Bold type; a power (2**3) has no blank or line end before it. It stops at the next pair of stars,
# so that a line of pairs is read once.
_BOLD = re.compile(
    r"(?<![A-Za-z0-9_)\]}*])\*\*(?=[^\s*])((?:[^*\n]|\*(?!\*))++)(?<!\s)\*\*(?![A-Za-z0-9_(*])"
)
_CALCULATOR_MARK = re.compile(r"<<[^<>\n=]*=[^<>\n]*>>")

_TYPOGRAPHY = {
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
        **{chr(0xFF21 + letter): chr(65 + letter) for letter in range(26)},
        **{chr(0xFF41 + letter): chr(97 + letter) for letter in range(26)},
        "＋": "+", "－": "-", "−": "-", "﹣": "-", "–": "-", "×": "*", "·": "*", "⋅": "*",
        "∙": "*", "∗": "*", "•": " ", "÷": "/", "∕": "/", "＝": "=", "﹦": "=", "≒": "≈",
        "％": "%", "﹪": "%", "（": "(", "）": ")", "［": "[", "］": "]", "｛": "{", "｝": "}",
        "＜": "<", "＞": ">", "≦": "≤", "≧": "≥", "⩽": "≤", "⩾": "≥", "＄": "$", "￥": "¥",
        "￠": "¢", "￡": "£", "﹐": "，", "∶": ":", "︰": ":", "′": "'", "’": "'", "‘": "'",
        "“": '"', "”": '"', "～": "~", "²": "^2", "³": "^3", "½": " 1/2", "¼": " 1/4",
        "¾": " 3/4", "⅓": " 1/3", "⅔": " 2/3", "√": " sqrt ", "\u00a0": " ", "\u3000": " ",
        "\u2028": "\n", "\u2029": "\n", "\u200b": "", "\ufeff": "", "⟹": "⇒", "＃": "#",
}  # fmt: skip
_TYPOGRAPHIC = frozenset(_TYPOGRAPHY)
# TAL-SCQ5K writes a line break as two blanks.
_BLANKS = re.compile(r" (?<=[^\s，,、] ) +(?=[A-Z$(∴∵\u4e00-\u9fff])")
# 打八折 asks for 80 %, 增产二成 for 20 % more; 分成, 成为 and 一成不变 are words.
_TENTHS = re.compile(
    r"(?<![\d.一二两三四五六七八九十])([一二两三四五六七八九]|\d)(?:[.点]?([一二三四五六七八九]|\d))?折(?![叠线纸断页扇])"
    r"|(?<![\d.一二两三四五六七八九十])([一二两三四五六七八九]|\d)成(?![不为立功人员语长本绩了是就交家年分型])"
)
_TENTH_DIGITS = {sign: digit for digit, sign in enumerate("一二三四五六七八九", start=1)} | {
    "两": 2
}
_WIDE_POINT = re.compile(r"．(?<=\d．)(?=\d)")


def without_figures(text: str) -> str:
    """Leave out `[asy] ... [/asy]`; an opening without an end stays."""
    parts = text.split("[asy]")
    kept = [parts[0]]
    for part in parts[1:]:
        figure, end, rest = part.partition("[/asy]")
        kept.append(" " + rest if end else figure)
    return "".join(kept)


def _plain(match: re.Match[str]) -> str:
    """The plain notation of one LaTeX command."""
    return _WRITTEN[match.group()]


def _rewrite(found: str) -> str:
    """As `_plain`, for a command that was not met before."""
    match = _LATEX.fullmatch(found)
    text, command, escaped = match.groups() if match else (None, None, None)
    if command is not None:
        plain = _COMMANDS.get(command)
        return f" {command} " if plain is None else plain
    if escaped is not None:
        return _ESCAPED.get(escaped, f" {escaped}")
    if text is not None:
        return f" {text} "
    if found == "$$":
        return "$"
    if "circ" in found:
        return "°"
    return "," if "," in found else "\n" if found[0] == "\\" else " "


_WRITTEN = Remembered(_rewrite)


def _short_fraction(match: re.Match[str]) -> str:
    """A fraction of two digits that are written without braces."""
    return f" frac {{{match[1]}}} {{{match[2]}}} "


def _plain_characters(text: str) -> str:
    """Write full-width and typographic characters in plain ones."""
    # No replacement makes a character that is replaced, so their order does not matter; a text has
    # few of them, and `str.translate` would look every character up.
    for sign in _TYPOGRAPHIC.intersection(text):
        text = text.replace(sign, _TYPOGRAPHY[sign])
    if "折" in text or "成" in text:
        text = _TENTHS.sub(_tenths, text)
    if "．" in text:
        text = _WIDE_POINT.sub(".", text).replace("．", "。")
    return text


def _tenths(match: re.Match[str]) -> str:
    """八折 and 8折 as 80%, 八五折 and 8.5折 as 85%, 二成 as 20%."""
    tens, ones, share = match.groups()
    digits = [int(_TENTH_DIGITS.get(sign, sign)) if sign else 0 for sign in (tens or share, ones)]
    return f"{10 * digits[0] + digits[1]}%"


def _matrix(match: re.Match[str]) -> str:
    """A matrix, table or system of cases on one line: its rows do not end a step."""
    rows = match[2].replace("\\\\", "; ").replace("\n", " ").replace("&", ", ")
    return f" ({rows}) "


def plain_notation(text: str) -> str:
    r"""Rewrite `text` in the plain notation of this module.

    Args:
        text: a question, chain or answer, as a corpus has it.

    Returns:
        The same statements with `+ - * / ^ =`, `frac {a} {b}`, `sqrt {a}`,
        `nthroot [3]{a}`, ASCII digits, and
        line breaks where the text or its LaTeX breaks a line. GSM8K's calculator calls
        `<<48/2=24>>` and figures drawn by `[asy]` code are left out: they repeat the text.
    """
    if "<<" in text:
        text = _CALCULATOR_MARK.sub("", text)
    if "[asy]" in text:
        text = without_figures(text)
    if "**" in text:
        text = _BOLD.sub(r"\1", text)
    if "\\" in text:
        text = _WRITTEN_NEWLINE.sub("\n", text).replace("\\sqrt[", "\\nthroot[")
    if not text.isascii():
        text = _plain_characters(text)
    if "  " in text and "\n" not in text:
        text = _BLANKS.sub("\n", text)
    if "\\" in text or "$$" in text or "{,}" in text:
        if "\\begin" in text:
            text = _MATRIX.sub(_matrix, text)
        text = _LATEX.sub(_plain, _SHORT_FRACTION.sub(_short_fraction, text))
    return with_whole_part(text)


def with_whole_part(text: str) -> str:
    """Write `.25` as `0.25`."""
    return _BARE_POINT.sub("0.", text)

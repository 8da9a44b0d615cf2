"""Read sums, products, powers, functions and what they apply to."""

from collections.abc import Callable
from fractions import Fraction

from rbic.core.answers.cursor import Cursor
from rbic.core.answers.forms import Apply, Form, Group, Kind, Name, Number, TooLarge, Unreadable
from rbic.core.answers.tokens import FUNCTIONS, LETTER_NAMES, Sort

MOST_NUMERAL_DIGITS = 2_000

_ACCENTS = frozenset(
    "overline bar vec overrightarrow hat widehat tilde angle triangle odot".split()
)
_CALLED = frozenset("fghFGHPQRWE")
_OPENING = ("langle", "lfloor", "lceil")


def numeral(text: str) -> Number:
    r"""Read digits with an optional point, exponent or repeating part (0.1\\overline {6}).

    Raises:
        Unreadable: more than `MOST_NUMERAL_DIGITS` digits.
    """
    if len(text) > MOST_NUMERAL_DIGITS:
        raise TooLarge(f"a numeral of {len(text)} characters")
    if "\\" in text:
        head, _, tail = text.partition("\\overline")
        period = tail.strip(" {}")
        start = Fraction(head.rstrip(".") or "0") if head != "." else Fraction(0)
        places = len(head.partition(".")[2])
        return Number(start + Fraction(int(period), (10 ** len(period) - 1) * 10**places))
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, places_text = mantissa.partition(".")
    value = Fraction(mantissa) * Fraction(10) ** int(exponent or 0)
    return Number(value, len(places_text), max(1, len((whole + places_text).lstrip("0"))))


class Expressions:
    """Recursive descent over one expression; what stands in brackets is read by its owner."""

    def __init__(
        self,
        cursor: Cursor,
        items: Callable[[tuple[str, ...]], Form],
        bracket: Callable[[str], Form],
    ) -> None:
        """Read at a cursor.

        Args:
            cursor: where to read.
            items: reads a list up to a closing mark.
            bracket: reads what an opening mark, already read, begins.
        """
        self._at = cursor
        self._items = items
        self._bracket = bracket

    def sum(self) -> Form:
        """A sum of products with their signs."""
        form = self._signed()
        while self._at.at("+", "-", "pm", "mp"):
            function = self._at.take().text
            form = Apply(function, (form, self._product()))
        return form

    def _signed(self) -> Form:
        if self._at.at("+", "-", "pm", "mp"):
            sign = self._at.take().text
            with self._at.deeper():
                form = self._signed()
            return form if sign == "+" else Apply(f"signed {sign}", (form,))
        return self._product()

    def _product(self) -> Form:
        form = self._power()
        while True:
            if self._at.at("*", "/", ":"):
                function = self._at.take().text
                right = self._signed_power()
                while function == ":" and self._begins_factor(right):
                    right = self._adjacent(right)
                form = _joined(function, form, right)
            elif self._begins_factor(form):
                form = self._adjacent(form)
            else:
                return form

    def _signed_power(self) -> Form:
        if self._at.accept("-"):
            return Apply("signed -", (self._power(),))
        self._at.accept("+")
        return self._power()

    def _begins_factor(self, left: Form) -> bool:
        """Whether the next token multiplies `left` without a sign."""
        token = self._at.next
        match token.sort:
            case Sort.NAME:
                return True
            case Sort.NUMBER:
                mixed = token.spaced and self._at.after_next.text == "/"
                return not isinstance(left, Number) or mixed
            case Sort.COMMAND:
                return (
                    token.text in FUNCTIONS
                    or token.text in LETTER_NAMES
                    or token.text in _ACCENTS
                    or token.text in ("pi", "infty", "langle", "lfloor", "lceil")
                )
            case Sort.MARK:
                return token.text in ("(", "{") or (token.text == "[" and not token.spaced)
            case _:
                return False

    def _adjacent(self, left: Form) -> Form:
        r"""A product without a sign, or a mixed number: 2x, 3 1/2, 3\frac{1}{2}."""
        whole = isinstance(left, Number) and left.decimals == 0
        if whole and self._at.next.sort is Sort.NUMBER:
            above = numeral(self._at.take().text)
            self._at.expect("/")
            return _mixed(left, _quotient(above, self._power()))
        fraction = self._at.at("frac")
        right = self._power()
        if whole and fraction and isinstance(right, Apply) and right.function == "percent":
            return _mixed(left, right)
        parts = right.arguments if isinstance(right, Apply) and right.function == "/" else ()
        if whole and fraction and parts and all(isinstance(part, Number) for part in parts):
            return Apply("mixed", (left, right))
        return Apply("*", (left, right))

    def _power(self) -> Form:
        form = self._atom()
        while True:
            if self._at.accept("^"):
                form = Apply("^", (form, self._exponent()))
            elif self._at.accept("!"):
                form = Apply("factorial", (form,))
            elif self._at.accept("%"):
                form = Apply("percent", (form,))
            elif self._at.accept("degree"):
                form = Apply("degree", (form,))
            elif isinstance(form, Number) and self._at.accept("_"):
                form = Apply("base", (form, self.argument()))
            else:
                return form

    def _exponent(self) -> Form:
        """An exponent; towers are read from the right."""
        form = self.argument(signed=True)
        if not self._at.accept("^"):
            return form
        with self._at.deeper():
            return Apply("^", (form, self._exponent()))

    def argument(self, signed: bool = False) -> Form:
        """What a command or an exponent takes: a group in braces, or one token."""
        if signed and self._at.accept("-"):
            return Apply("signed -", (self.argument(),))
        if self._at.accept("{"):
            form = self._items(("}",))
            self._at.expect("}")
            return form
        token = self._at.next
        if (
            token.sort is Sort.NUMBER
            and not signed
            and len(token.text) > 1
            and token.text[0].isdigit()
        ):
            # \frac12 is one half: without braces LaTeX takes one digit.
            return numeral(self._at.first_digit())
        return self._atom()

    # --- atoms ---

    def _atom(self) -> Form:
        token = self._at.take()
        match token.sort:
            case Sort.NUMBER:
                return numeral(token.text)
            case Sort.NAME:
                return self._name(token.text)
            case Sort.COMMAND:
                return self._command(token.text)
            case Sort.MARK if token.text in "([{|":
                return self._bracket(token.text)
            case _:
                raise Unreadable(f"an expression cannot begin with {token.text!r}")

    def _name(self, text: str) -> Form:
        """A name with its subscript, primes and, for f(x) and its like, arguments."""
        if self._at.accept("_"):
            text += "_" + self._subscript()
        while self._at.accept("'"):
            text += "'"
        if text[0] in _CALLED and self._at.at("(") and not self._at.next.spaced:
            self._at.take()
            argument = self._items((")",))
            self._at.expect(")")
            return Apply(f"call {text}", (argument,))
        return Name(text)

    def _subscript(self) -> str:
        """A subscript as part of a name: x_1, x_{i+1}, S_{ABCD}."""
        braced = self._at.accept("{")
        if self._at.next.sort is Sort.WORD:
            text = self._at.take().text
        else:
            text = _spell(self._items(("}",)) if braced else self.argument(signed=True))
        if braced:
            self._at.expect("}")
        return text

    def _command(self, name: str) -> Form:
        if name in ("{", "begin", *_OPENING):
            return self._bracket("\\{" if name == "{" else name)
        if name == "emptyset":
            return Group(Kind.SET, ())
        if name in ("pi", "infty") or name in LETTER_NAMES:
            return self._name(name)
        if name in _ACCENTS:
            return Name(f"{name} {_spell(self.argument())}")
        if name in FUNCTIONS:
            return self._function(name)
        raise Unreadable(f"no reading for the command {name!r}")

    def _function(self, name: str) -> Form:
        if name in ("frac", "binom"):
            above = self.argument()
            below = self.argument()
            if above == Name("d") and isinstance(below, Apply) and Name("d") in below.arguments:
                raise Unreadable("a derivative")
            return Apply("/" if name == "frac" else name, (above, below))
        if name == "sqrt":
            degree = None
            if self._at.accept("["):
                degree = self._items(("]",))
                self._at.expect("]")
            radicand = self._atom() if self._at.at("(") else self.argument(signed=True)
            return Apply("root", (radicand, degree)) if degree else Apply("sqrt", (radicand,))
        base = self.argument() if self._at.accept("_") else None
        power = self.argument(signed=True) if self._at.accept("^") else None
        form = Apply(name, (self._operand(), base) if base else (self._operand(),))
        return Apply("^", (form, power)) if power else form

    def _operand(self) -> Form:
        """What a function without braces applies to: sin 2x, ln(x), cos x."""
        if self._at.at("(", "{"):
            return self._atom()
        form = self._power()
        while self._begins_factor(form) and not self._at.at(
            *FUNCTIONS - {"frac", "sqrt"}, "(", "["
        ):
            form = Apply("*", (form, self._power()))
        return form


def _joined(function: str, left: Form, right: Form) -> Form:
    """A product, a quotient or a ratio; 2:3:4 is the ratio of three, not 2/3/4."""
    if function == ":" and isinstance(left, Apply) and left.function in (":", "ratio"):
        return Apply("ratio", (*left.arguments, right))
    return _quotient(left, right) if function == "/" else Apply(function, (left, right))


def _quotient(left: Form, right: Form) -> Form:
    """A quotient; the sign in 1/2% is that of the whole, for nothing is divided by per cent."""
    match left, right:
        case Number(), Apply(function="percent", arguments=(Number() as below,)):
            return Apply("percent", (Apply("/", (left, below)),))
    return Apply("/", (left, right))


def _mixed(whole: Form, fraction: Form) -> Form:
    """A mixed number; the sign in 12 1/2% is that of the whole."""
    if isinstance(fraction, Apply) and fraction.function == "percent":
        return Apply("percent", (Apply("mixed", (whole, fraction.arguments[0])),))
    return Apply("mixed", (whole, fraction))


def _spell(form: Form) -> str:
    """A subscript or accent's argument as part of a name."""
    match form:
        case Number():
            return str(form.value)
        case Name():
            return form.text
        case Apply():
            return form.function.join(_spell(argument) for argument in form.arguments)
        case _:
            raise Unreadable("a subscript that is no name or number")

"""Read an answer in plain form into a tree.

The grammar is that of final answers, not of all LaTeX: numbers, variables, the usual operations and
functions, lists, tuples, sets, intervals, relations, matrices, and words around a value. Whatever
else occurs (integrals, sentences) raises `Unreadable`, for a stronger or a looser comparison. Time
is linear in the tokens, depth is bounded.
"""

from rbic.core.answers.cursor import Cursor
from rbic.core.answers.expressions import Expressions
from rbic.core.answers.forms import (
    Apply,
    Form,
    Group,
    Kind,
    Matrix,
    Number,
    Quantity,
    Relation,
    Unreadable,
)
from rbic.core.answers.tokens import JOINS, Sort, Token, tokenise
from rbic.core.answers.unit_words import changes_value
from rbic.core.answers.units import MONEY

_RELATIONS = {
    "=": "=", "==": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!=", "le": "<=",
    "ge": ">=", "ne": "!=", "approx": "~", "in": "in", "equiv": "=", "sim": "~",
}  # fmt: skip
_MATRICES = frozenset(
    "matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array cases".split()
)
_BARS = {"vmatrix": "determinant", "Vmatrix": "norm"}
_HEDGES = frozenset("about approximately approx roughly nearly almost exactly only just or so "
                    "around indeed therefore thus hence simply then now 约 大约".split()
                    )  # fmt: skip
_COPULAS = frozenset("is are was were be been equals equal has have had contains needs".split())
_CHINESE_COPULAS = ("是", "为", "有", "共", "得", "约", "到")
_CLOSING = {"lfloor": "rfloor", "lceil": "rceil"}
_BARE = (Kind.LIST, Kind.ALTERNATIVES)


class _Answers:
    """Recursive descent over an answer; each method reads one level of the grammar."""

    def __init__(self, tokens: list[Token]) -> None:
        self._at = Cursor(tokens)
        self._expressions = Expressions(self._at, self._items, self._bracket)

    def answer(self) -> Form:
        """The whole answer; nothing may be left over."""
        form = self._items(())
        if self._at.next.sort is not Sort.END:
            raise Unreadable(f"left over from {self._at.next.text!r}")
        return form

    def _join(self) -> str | None:
        """Take what stands between two items: its sort, or None when the list ends here."""
        joined = None
        while True:
            token = self._at.next
            if self._at.at(";"):
                joined = ";"
            elif self._at.at(",") or (self._at.at("\\") and self._at.depth == 1):
                joined = joined or "and"
            elif token.sort is Sort.WORD and token.text in JOINS:
                joined = "or" if JOINS[token.text] == "or" else (joined or "and")
            else:
                return joined
            self._at.take()

    def _items(self, closing: tuple[str, ...]) -> Form:
        """Items up to one of `closing`; a single item stands for itself.

        Where semicolons and commas both occur, semicolons part lists: p = 5, q = 2; p = 7, q = 2.
        """
        lists: list[list[Form]] = [[]]
        joins = set()
        with self._at.deeper():
            lists[-1].append(self._item())
            while (joined := self._join()) is not None:
                if self._at.next.sort is Sort.END or self._at.at(*closing):
                    break
                joins.add(joined)
                if joined == ";":
                    lists.append([])
                lists[-1].append(self._item())
        kind = Kind.ALTERNATIVES if "or" in joins else Kind.LIST
        if ";" in joins and max(map(len, lists)) > 1:
            return Group(kind, tuple(_listed(items, Kind.LIST) for items in lists))
        return _listed([item for items in lists for item in items], kind)

    def _item(self) -> Form:
        """A relation or expression with the words around it."""
        before = [word for word in self._words() if word.lower() not in _HEDGES]
        self._at.accept("approx", "sim")
        form = self._relation()
        money = [word for word in before if word.lower() in MONEY]
        lead = _lead([word for word in before if word not in money], isinstance(form, Relation))
        unit = " ".join(money + self._unit())
        if not unit and not lead:
            return form
        if isinstance(form, Relation):
            *sides, last = form.sides
            return Relation(form.relations, (*sides, Quantity(last, unit, lead)))
        return Quantity(form, unit, lead)

    def _words(self) -> list[str]:
        """Take the words that stand here."""
        words = []
        while self._at_word():
            words.append(self._at.take().text)
        return words

    def _at_word(self) -> bool:
        return self._at.next.sort is Sort.WORD and self._at.next.text not in JOINS

    def _at_article(self) -> bool:
        """Whether an "a" stands here that is no variable: 3 tenths of a mile."""
        noun = self._at.after_next
        named = self._at.next.sort is Sort.NAME and self._at.next.text == "a"
        return named and noun.sort is Sort.WORD and noun.spaced and len(noun.text) > 2

    def _unit(self) -> list[str]:
        """Take the words after a value, with their powers and per-signs (cm^2, km/h)."""
        words: list[str] = []
        while True:
            if self._at_word() or (words and self._at_article()):
                words.append(self._at.take().text)
            elif words and self._at.at("^"):
                self._at.take()
                power = self._expressions.argument()
                if not isinstance(power, Number):
                    raise Unreadable("a unit's power is no number")
                words[-1] += f"^{power.value}"
            elif words and self._at.next.sort is Sort.NUMBER and not self._at.next.spaced:
                words[-1] += f"^{self._at.take().text}"
            elif words and self._at.at("/") and self._at.after_next.sort is not Sort.NUMBER:
                self._at.take()
                words.append("/")
                if self._at.next.sort is Sort.NAME:
                    words.append(self._at.take().text)
            else:
                return words

    def _relation(self) -> Form:
        sides = [self._union()]
        relations = []
        while True:
            token = self._at.next
            known = token.sort in (Sort.MARK, Sort.COMMAND) and token.text in _RELATIONS
            if not known:
                break
            relations.append(_RELATIONS[self._at.take().text])
            sides.append(self._union())
        return Relation(tuple(relations), tuple(sides)) if relations else sides[0]

    def _union(self) -> Form:
        form = self._expressions.sum()
        while self._at.at("cup", "cap", "setminus"):
            function = self._at.take().text
            form = Apply(function, (form, self._expressions.sum()))
        return form

    def _bracket(self, opening: str) -> Form:
        if opening == "begin":
            return self._matrix()
        if opening == "|":
            form = self._items(("|",))
            self._at.expect("|")
            return Apply("abs", (form,))
        if opening == "langle":
            form = self._items(("rangle",))
            self._at.expect("rangle")
            return _grouped(form, "()")
        if opening in ("lfloor", "lceil"):
            form = self._items((_CLOSING[opening],))
            self._at.expect(_CLOSING[opening])
            return Apply(opening[1:], (form,))
        if opening == "{":
            form = self._items(("}",))
            self._at.expect("}")
            if isinstance(form, Group) and form.kind is Kind.LIST:
                # LaTeX does not show these braces, but who answers {1, 2} means a set.
                return Group(Kind.ALTERNATIVES, form.items)
            return form
        if opening == r"\{":
            return self._set()
        form = self._items((")", "]"))
        return _grouped(form, opening + self._at.expect(")", "]"))

    def _set(self) -> Form:
        if self._at.accept("}"):
            return Group(Kind.SET, ())
        form = self._items(("}", "|", ":"))
        if self._at.accept("|", ":"):
            form = self._items(("}",))
            self._at.expect("}")
            return form
        self._at.expect("}")
        items = form.items if isinstance(form, Group) and form.kind in _BARE else (form,)
        return Group(Kind.SET, items)

    def _matrix(self) -> Form:
        name = self._environment()
        if name == "array" and self._at.accept("{"):
            while not self._at.accept("}"):
                if self._at.take().sort is Sort.END:
                    raise Unreadable("an array without its columns")
        rows: list[list[Form]] = [[]]
        while not self._at.accept("end"):
            rows[-1].append(self._item())
            if self._at.accept("\\"):
                if not self._at.at("end"):
                    rows.append([])
            elif not self._at.accept("&") and not self._at.at("end"):
                raise Unreadable(f"a matrix entry ends with {self._at.next.text!r}")
        self._environment()
        return Matrix(tuple(tuple(row) for row in rows), _BARS.get(name, ""))

    def _environment(self) -> str:
        """Take {name} after a begin or end."""
        self._at.expect("{")
        name = ""
        while not self._at.accept("}"):
            token = self._at.take()
            if token.sort is Sort.END:
                raise Unreadable("an environment without a name")
            name += token.text
        if name not in _MATRICES:
            raise Unreadable(f"no reading for the environment {name!r}")
        return name


def _lead(words: list[str], of_relation: bool) -> str:
    """Words before a value that may be part of it (July 4, more than 5, loss of 5).

    Returns:
        The words; "" where they announce the value, as those before a copula do, and those of a
        sentence before a relation.
    """
    lead = " ".join(words)
    announced = bool(words) and words[-1].lower() in _COPULAS
    announced = announced or lead.endswith(_CHINESE_COPULAS) or (of_relation and len(words) > 1)
    return "" if announced and not changes_value(lead) else lead


def _listed(items: list[Form], kind: Kind) -> Form:
    """A list of a kind, or its one item."""
    return items[0] if len(items) == 1 else Group(kind, tuple(items))


def _grouped(form: Form, brackets: str) -> Form:
    """A form in brackets: one item stands for itself, two in ( or [ may be an interval's ends."""
    if not isinstance(form, Group) or form.kind not in _BARE:
        return form
    if len(form.items) == 2:
        return Group(Kind.INTERVAL, form.items, brackets)
    if brackets not in ("()", "[]"):
        raise Unreadable(f"{len(form.items)} items between {brackets}")
    return Group(Kind.TUPLE, form.items, brackets)


def parse_answer(plain: str) -> Form:
    """Read an answer.

    Args:
        plain: an answer in `plain_form`.

    Returns:
        Its tree.

    Raises:
        Unreadable: it is not of this grammar, too long or too deep.
    """
    return _Answers(tokenise(plain)).answer()

"""The grammar of an expression: tokens in, a tree of raw names out."""

from __future__ import annotations

from graders.practical09.equations.reader.grammar.cursor import LONGEST_CHAIN, Cursor
from graders.practical09.equations.reader.grammar.scripts import (
    Transposed,
    accented,
    bounds,
    exponential,
    grid,
    has,
    is_time,
    may_wear,
    pieces,
    split,
    split_scripts,
    to_a_power,
    without_gaps,
)
from graders.practical09.equations.reader.text.latex import Token
from graders.practical09.equations.reader.text.symbols import FREE_FUNCTIONS, FUNCTIONS, LOSSES
from graders.practical09.equations.reader.tree import (
    Add,
    Apply,
    Div,
    Entry,
    Expr,
    Mul,
    Neg,
    Num,
    Power,
    Script,
    Stack,
    Symbol,
    Total,
    Transpose,
    Unreadable,
    depth,
    multiplied,
    product,
    side_by_side,
)

CALLABLE = {"L", "E", "J", "C", "H", "D", "ell", "l", "loss", "mathca L", "mathca E", "mathca J", "d", "S", "p", "P"}
STARTS = {"name", "word", "number", "open", "group", "accent", "frac", "matrix", "sum"}
LONGEST_PRODUCT = 24
DEEPEST = 40
PRODUCTS = {"dot": "dot", "times": "times", "*": "times", "each": "each", "@": ""}


def parse(tokens: tuple[Token, ...]) -> Expr:
    """Read a whole expression.

    Raises:
        Unreadable: it is no expression of this grammar, or an ambiguous one.
    """
    reader = _Reader(tokens)
    found = reader.expression()
    if reader.here is not None:
        raise Unreadable(f"unexpected {reader.here.text or reader.here.kind}")
    if depth(found) > DEEPEST:
        raise Unreadable("nested too deeply")
    return found


class _Reader(Cursor):
    """Recursive descent over a list of tokens."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        super().__init__(tokens)
        self._chain = 0

    def expression(self) -> Expr:
        """Terms with plus and minus between them."""
        terms = [self._signed()]
        while self.at("+", "-"):
            terms.append(self._signed())
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def _signed(self) -> Expr:
        minus = False
        while self.at("+", "-"):
            minus ^= self.next().text == "-"
        term = self._term()
        return Neg(term) if minus else term

    def _term(self) -> Expr:
        left = self._factor()
        for length in range(len(self._tokens)):
            if self.here is None:
                break
            if length > LONGEST_PRODUCT:
                raise Unreadable("a product of very many factors")
            if self.at(*PRODUCTS):
                how = PRODUCTS[self.next().text]
                sign = self.at("-") and bool(self.next())
                left = Mul(left, self._factor(), how)
                left = Neg(left) if sign else left
            elif self.at("/"):
                self.next()
                left = Div(left, self._factor())
            elif self.here.kind in STARTS:
                left = product(left, self._factor())
            else:
                break
        return left

    def _factor(self) -> Expr:
        token = self.next()
        self._chain += 1
        if self._chain > LONGEST_CHAIN:
            raise Unreadable("functions of functions without end")
        found = self._read(token)
        self._chain -= 1
        return found

    def _read(self, token: Token) -> Expr:
        if token.kind == "group" and len(token.parts[0]) == 1 and token.parts[0][0].kind in ("name", "accent"):
            token = token.parts[0][0]
        if token.kind == "sum":
            return self._sum(token.text)
        if token.kind in ("name", "word", "accent"):
            return self._named(token)
        return self._postfix(self._primary(token))

    def _primary(self, token: Token) -> Expr:
        if token.kind == "number":
            return self._one_where(token) or Num(float(token.text))
        if token.kind == "group":
            return parse(token.parts[0])
        if token.kind == "frac":
            return Div(parse(token.parts[0]), parse(token.parts[1]))
        if token.kind == "matrix":
            return _stack(grid(token.parts[0]))
        if token.kind == "open" and token.text == "<":
            return _inner_product(self.inside())
        if token.kind == "open":
            return _bracketed(self.inside(), token.text)
        raise Unreadable(f"unexpected {token.text or token.kind}")

    def _one_where(self, token: Token) -> Expr | None:
        """`1[y_t = k]`, an indicator; None where the number is only that."""
        start = self._place
        if token.text == "1" and self.here is not None and self.here.kind == "open":
            self.next()
            inside = self.inside()
            if has(inside, "="):
                return _indicator(*split(inside, "="))
        self._place = start
        return None

    def _postfix(self, body: Expr) -> Expr:
        for sign, content in self.scripts():
            body = _raised(body, content) if sign == "^" else Entry(body, pieces(content))
        return body

    def _named(self, token: Token) -> Expr:
        base, accent = token.text, ""
        if token.kind == "accent":
            base, accent, scripts = accented(token)
            if base[0].isdigit():
                return self._postfix(Num(float(base)))
        else:
            scripts = ()
        if base in FUNCTIONS and not accent:
            return self._function(base)
        if base in FREE_FUNCTIONS and not accent and self.argument_follows():
            return self._function(base)
        before = self._place
        worn = self.scripts()
        if base == "e" and not accent and worn and exponential(self._tokens[before : self._place]):
            return Apply("exp", (parse(self._tokens[before].parts[0]),))
        exponent = to_a_power(worn)
        if exponent is not None and not scripts:
            entry = split_scripts(worn[:1])
            if not isinstance(entry, Transposed):
                return Power(Symbol(base, accent, entry), parse(exponent))
        named = split_scripts((*scripts, *worn))
        if isinstance(named, Transposed):
            symbol: Expr = Symbol(base, accent, named.scripts)
            return self._postfix(Transpose(symbol))
        if self.here is not None and self.here.kind == "open":
            called = self._call(base, accent, named)
            if called is not None:
                return called
        if token.kind == "word" and base not in ("loss",) and self.here is not None and self.here.kind == "open":
            raise Unreadable(f"{base} is not known here")
        return Symbol(base, accent, named)

    def _call(self, base: str, accent: str, scripts: tuple[Script, ...]) -> Expr | None:
        """A bracket after a name: a time, the entry of a class, or arguments; None where it is a product."""
        start = self._place
        opening = self.next().text
        inside = self.inside()
        if is_time(inside):
            return self._postfix_name(Symbol(base, accent, (*scripts, *pieces(inside, bracketed=True))))
        if base == "mathbb 1" and has(inside, "="):
            return _indicator(*split(inside, "="))
        if opening == "[" and len(inside) <= 4 and not has(inside, ",", ";", "+"):
            return Entry(Symbol(base, accent, scripts), pieces(inside))
        if base in LOSSES or (base in CALLABLE and has(inside, ",", "|", ";", "||")):
            return Apply(base, tuple(parse(part) for part in split(inside, ",", "||", ";", "|")), scripts)
        self._place = start
        return None

    def _postfix_name(self, name: Symbol) -> Expr:
        more = split_scripts(self.scripts())
        if isinstance(more, Transposed):
            return Transpose(Symbol(name.base, name.accent, (*name.scripts, *more.scripts)))
        return Symbol(name.base, name.accent, (*name.scripts, *more))

    def _function(self, name: str) -> Expr:
        scripts: tuple[Script, ...] = ()
        for sign, content in self.scripts():
            if sign == "^" and not (is_time(content) and any(token.kind == "name" for token in content)):
                raise Unreadable(f"a power of {name}")
            if sign == "_" and not may_wear(name, "".join(token.text for token in content)):
                raise Unreadable(f"{name} of something unusual")
            scripts += pieces(content)
        if self.here is None:
            raise Unreadable(f"{name} without its argument")
        if self.here.kind == "open":
            self.next()
            body = _bracketed(self.inside(), "(")
            return self._postfix(Apply(name, (body,), scripts))
        if self.here.kind == "group":
            return self._postfix(Apply(name, (parse(self.next().parts[0]),), scripts))
        body = self._factor()
        if name != "log" and self.here is not None and self.here.kind not in ("close", "row", "cell"):
            raise Unreadable(f"{name} without brackets")
        return Apply(name, (body,), scripts)

    def _sum(self, sign: str) -> Expr:
        indices, upto = bounds(self.scripts())
        minus = self.at("-") and bool(self.next())
        body = Neg(self._term()) if minus else self._term()
        if not indices and sign == "sum":
            return Total(None, body, upto)
        for index in reversed(indices):
            body = Total(index, body, upto) if sign == "sum" else multiplied(index, body, upto)
        if not indices:
            raise Unreadable("a product over nothing that is named")
        return body


def _inner_product(inside: tuple[Token, ...]) -> Expr:
    parts = split(inside, ",")
    if len(parts) != 2:
        raise Unreadable("angle brackets around something unusual")
    return Mul(parse(parts[0]), parse(parts[1]), "dot")


def _indicator(*sides: tuple[Token, ...]) -> Expr:
    """`1[y_t = k]` as the entry k of a one-hot vector called y."""
    names = [parse(side) for side in sides]
    named = [name for name in names if isinstance(name, Symbol)]
    if len(named) != 2 or sum(bool(name.scripts) for name in named) != 1:
        raise Unreadable("an indicator of something unusual")
    target, index = sorted(named, key=lambda name: not name.scripts)
    return Symbol(target.base, f"{target.accent} onehot".strip(), (*target.scripts, Script((index.base,))))


def _raised(body: Expr, content: tuple[Token, ...]) -> Expr:
    if len(content) == 1 and content[0].kind == "name" and content[0].text in ("T", "top", "prime"):
        if content[0].text == "prime":
            raise Unreadable("a prime on an expression")
        return Transpose(body)
    exponent = parse(content)
    if not isinstance(exponent, (Num, Neg)):
        if isinstance(exponent, Symbol):
            return Entry(body, pieces(content))
        raise Unreadable("an exponent that is no number")
    return Power(body, exponent)


def _bracketed(inside: tuple[Token, ...], opening: str) -> Expr:
    lines = [without_gaps(line) for line in split(inside, "row")]
    if len(lines) > 1 and all(line and line[0].kind == "op" and line[0].text == "+" for line in lines[1:]):
        inside = tuple(token for line in lines for token in line)  # a sum that goes on in the next line
    for sign, loose in ((";", False), ("||", False), ("row", False), (",", True), ("|", True)):
        parts = split(inside, sign)
        if len(parts) > 1:
            return Stack(tuple((parse(part),) for part in parts if part), loose=loose)
    if opening == "[" and any(token.kind == "cell" for token in inside):
        return _stack(grid(inside))
    found = parse(inside)
    blocks = side_by_side(found)
    return Stack((blocks,)) if opening == "[" and len(blocks) > 1 else found


def _stack(rows: list[list[tuple[Token, ...]]]) -> Expr:
    if not rows or len({len(row) for row in rows}) != 1:
        raise Unreadable("a matrix whose rows differ in length")
    return Stack(tuple(tuple(parse(cell) for cell in row) for row in rows))

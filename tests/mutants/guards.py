"""The guards of a statement, found in its syntax tree, and the statement without each of them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import sqlglot
from sqlglot import exp

import huggg
from huggg.database.queries import Queries, Statement

logging.getLogger("sqlglot").setLevel(
    logging.ERROR
)  # it mentions the text that it leaves unparsed, as LOCK TABLE

SOURCE = Path(huggg.__file__).parent
NOT_OURS = {"doctor.sql", "readiness.sql"}  # read only, by their purpose

WRITING = (exp.Insert, exp.Update, exp.Delete)
MORE_THAN_ANY = 1_000_000


Key = tuple[str, str]
"""How the list tells guards apart: by statement, and by their text there."""


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard of one statement, or of the schema."""

    query: str  # `transactions.buy`, or `schema.hugggs`
    name: str  # its text, and its place in the statement: `spent: WHERE h.redemption_id IS NULL`
    write: Callable[[], str] = field(compare=False, repr=False)  # only few are ever needed

    @property
    def mutant(self) -> str:
        """The whole statement without it, or the command that takes it out of the schema."""
        return self.write()

    @property
    def key(self) -> Key:
        return self.query, self.name

    def __str__(self) -> str:
        return f"{self.query}: {self.name}"


@dataclass(frozen=True, slots=True)
class Site:
    """A place in a tree: the node that stands there, and how to take it out of that tree."""

    node: exp.Expr
    says: str
    take_out: Callable[[], object]


def statement_guards() -> list[Guard]:
    """Find the guards of every statement that writes, in the order of files and statements."""
    return [
        guard for key, statement in sorted(statements().items()) for guard in guards_of(key, statement)
    ]


def statements() -> dict[str, Statement]:
    """Load every statement of ours, by the name that the list of mutants knows it by."""
    return {
        f"{noun(path)}.{statement.name}": statement
        for path in sorted(SOURCE.rglob("*.sql"))
        if "migrations" not in path.parts and path.name not in NOT_OURS
        for statement in Queries(str(path), path.name)
    }


def noun(path: Path) -> str:
    """Name a file of statements: by its folder, and by itself where a folder has several."""
    folder = path.parent.name
    return folder if path.name == "queries.sql" else f"{folder}.{path.stem}"


def guards_of(key: str, statement: Statement) -> Iterator[Guard]:
    """Yield the guards of a statement; none where it writes and locks nothing."""
    tree = parsed(statement.sql)
    if not any(_writes(node) for node in tree.walk()):
        return
    counts: Counter[str] = Counter()
    for place, site in enumerate(_sites(tree)):
        name = _name(site, statement.names)
        counts[name] += 1
        if counts[name] > 1:
            name += f" (#{counts[name]})"
        yield Guard(key, name, partial(_without, tree, place))


def _writes(node: exp.Expr) -> bool:
    return isinstance(node, WRITING) or any(_locked(node))


def _without(tree: exp.Expr, place: int) -> str:
    mutant = tree.copy()
    site = list(_sites(mutant))[place]
    if site.node is mutant:  # the statement is a guard as a whole
        return "SELECT 1"
    site.take_out()
    return sql_of(mutant)


def parsed(sql: str) -> exp.Expr:
    return sqlglot.parse_one(sql, read="postgres")


def sql_of(tree: exp.Expr) -> str:
    return tree.sql(dialect="postgres", comments=False)


def _name(site: Site, names: tuple[str, ...]) -> str:
    cte = site.node.find_ancestor(exp.CTE)
    where = f"{cte.alias}: " if cte else ""
    return where + _by_name(site.says, names)


def _by_name(text: str, names: tuple[str, ...]) -> str:
    for place in range(len(names), 0, -1):
        text = text.replace(f"${place}", f":{names[place - 1]}")
    return text


def _sites(tree: exp.Expr) -> Iterator[Site]:
    for node in list(tree.walk(bfs=False)):
        for kind in (_stated, _locked, _bounded, _let_pass):
            yield from kind(node)


def _stated(node: exp.Expr) -> Iterator[Site]:
    """A condition that must hold of a row."""
    match node:
        case exp.Where() | exp.Having():
            yield from _conditions(_clause(node), node.this)
        case exp.Join() if (on := node.args.get("on")) and not isinstance(on, exp.Boolean):
            yield from _conditions("ON", on)


def _locked(node: exp.Expr) -> Iterator[Site]:
    """A lock that keeps others away, and the order in which it is taken."""
    match node:
        case exp.Lock(parent=exp.Select() as select):
            yield Site(node, _says(node).replace(" SKIP LOCKED", ""), partial(select.set, "locks", None))
            if node.args.get("wait") is False:
                yield Site(node, "SKIP LOCKED", partial(node.set, "wait", None))
        case exp.Order(parent=exp.Select() as select) if _is_a_turn(select):
            yield Site(node, _says(node), node.pop)
        case exp.Anonymous() if "advisory" in node.name:
            yield Site(node, _says(node), partial(node.replace, _unlocked(node)))
        case exp.Set() | exp.Command(this="LOCK"):
            yield Site(node, _says(node), node.pop)


def _bounded(node: exp.Expr) -> Iterator[Site]:
    """A limit: the number of rows, and the choice among those that are alike."""
    match node:
        case exp.Limit() | exp.Offset():
            yield Site(node, _says(node), _widened(node))
        case exp.Distinct(parent=exp.Select()):
            yield Site(node, _says(node), node.pop)


def _let_pass(node: exp.Expr) -> Iterator[Site]:
    """A conflict clause: a row that may be there already."""
    if isinstance(node, exp.OnConflict) and node.args["action"].name == "DO NOTHING":
        yield Site(node, _says(node), node.pop)


def _clause(node: exp.Expr) -> str:
    if isinstance(node, exp.Having):
        return "HAVING"
    return "ON CONFLICT WHERE" if isinstance(node.parent, exp.OnConflict) else "WHERE"


def _conditions(clause: str, node: exp.Expr) -> Iterator[Site]:
    """Yield each condition that must hold, and each that must hold within an alternative."""
    if isinstance(node, exp.Paren):
        yield from _conditions(clause, node.this)
    elif isinstance(node, exp.And):
        for side in (node.left, node.right):
            yield from _conditions(clause, side)
    else:
        yield Site(node, f"{clause} {sql_of(node)}", lambda: node.replace(_always(node)))
        if isinstance(node, exp.Or):
            yield from _alternatives(clause, node)


def _alternatives(clause: str, node: exp.Expr) -> Iterator[Site]:
    for side in (node.this, node.expression):
        inner = side.unnest()
        if isinstance(inner, exp.Or):
            yield from _alternatives(clause, inner)
        elif isinstance(inner, exp.And):
            yield from _conditions(clause, inner)


def _always(node: exp.Expr) -> exp.Expr:
    """Make a condition always hold, and keep its parameters: parameters are typed by their use."""
    return exp.paren(exp.Or(this=exp.paren(node.copy()), expression=exp.true()))


def _is_a_turn(select: exp.Select) -> bool:
    """Tell whether an order says which rows are locked first: those selected so, or inserted."""
    return bool(select.args.get("locks")) or isinstance(select.parent, exp.Insert)


def _widened(node: exp.Expr) -> Callable[[], object]:
    """Let a limit cut off nothing, an offset skip nothing."""
    bound = exp.paren(node.expression.copy())
    far = exp.Literal.number(MORE_THAN_ANY if isinstance(node, exp.Limit) else 0)
    kind = exp.Add if isinstance(node, exp.Limit) else exp.Mul
    return lambda: node.set("expression", kind(this=bound, expression=far))


def _unlocked(call: exp.Anonymous) -> exp.Expr:
    number: exp.Expr = call.expressions[0].copy()
    if "_try_" in call.name:
        return exp.Is(this=number, expression=exp.null(), negate=True)
    return number


def _says(node: exp.Expr) -> str:
    return " ".join(sql_of(node).split())

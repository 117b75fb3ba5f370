"""`python -m tests.mutants [--new] [--tests TEST …] [NAME …]`: try mutants, list their killers.

A NAME is a statement's, as `transactions.buy`, or the beginning of some, as `transactions` or `schema`.
With `--new` only mutants without a killer in the list are tried. With `--tests` only these files or
tests are run. Otherwise the killers in the list are run, and for a mutant that survives them the tests
that run the statement and little else; the statements of each test are recorded the first time, in ten
minutes or more.

The survivors among the tried ones are named at the end. Ends with 1 when a guard survives that the list
names a killer for.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from tests.mutants.choice import choose
from tests.mutants.guards import Guard, Key, statement_guards
from tests.mutants.listed import SURVIVES, Entry, counted, listed, missed, write_list
from tests.mutants.schema import schema_guards
from tests.mutants.trying import Mill, mill

SECONDS_MAX = 240.0


def main() -> None:
    """Try the requested mutants."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--new", action="store_true", help="only mutants without a killer in the list")
    parser.add_argument("--tests", nargs="+", metavar="TEST", default=[], help="run only these")
    parser.add_argument("--seconds", type=float, default=60.0, help="of tests for a mutant to outlive")
    parser.add_argument("--list", action="store_true", help="try nothing; name unlisted mutants")
    arguments = parser.parse_args()
    guards, before = [*statement_guards(), *schema_guards()], listed()
    write_list(before, guards)
    chosen = [
        guard
        for guard in guards
        if _is_asked(guard, arguments.names) and _is_open(before.get(guard.key), new=arguments.new)
    ]
    if arguments.list:
        print("\n".join(str(guard) for guard in guards if guard.key not in before))
        return
    with mill() as ground:
        for guard, verdict in _verdicts(ground, chosen, arguments.tests, arguments.seconds):
            print(f"{guard} — {verdict}", flush=True)
            write_list(listed() | {guard.key: Entry(guard.query, guard.name, verdict)}, guards)
    _report(before, listed(), chosen)


def _report(before: dict[Key, Entry], after: dict[Key, Entry], chosen: list[Guard]) -> None:
    """Name the survivors among the chosen ones; end with 1 where one of them was killed before."""
    for guard in chosen:
        if after[guard.key].survives:
            print(f"survives: {guard}")
    print(counted(list(after.values())))
    if lost := missed(before, after):
        sentence = "".join(f"\n  {entry.query}: {entry.name}" for entry in lost)
        raise SystemExit(f"No test notices any more that these guards are gone:{sentence}")


def _verdicts(
    ground: Mill, guards: list[Guard], tests: list[str], seconds: float
) -> Iterator[tuple[Guard, str]]:
    """Try them together first, then those that are left one by one."""
    before = listed()
    known = {guard: [before[guard.key].test] for guard in guards if guard.key in before}
    test_names = tests or sorted({test for (test,) in known.values() if test})
    killers = ground.killers(guards, test_names) if test_names else {}
    yield from ((guard, f"`{killer}`") for guard, killer in killers.items())
    for guard in guards:
        if guard not in killers:
            candidates = tests or choose(guard, ground.reach(), seconds)
            killer = ground.killer(guard, candidates, SECONDS_MAX)
            yield guard, f"`{killer}`" if killer else SURVIVES


def _is_asked(guard: Guard, names: list[str]) -> bool:
    return not names or any(f"{guard.query}.".startswith(f"{name}.") for name in names)


def _is_open(entry: Entry | None, *, new: bool) -> bool:
    if entry is None:
        return True
    return not entry.equivalent and not (new and entry.test)


if __name__ == "__main__":
    main()

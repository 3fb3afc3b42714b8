"""The walk-through, with the package's site."""

from support.report import check
from walk_through import WalkThrough

_walk = WalkThrough("https://localhost")


@check("README.md's walk through it, up to the transaction that is PROCESSING")
def begin():
    _walk.begin()


@check("it is PROCESSED when 30 seconds have passed")
def end():
    return f"after {_walk.end()} s"

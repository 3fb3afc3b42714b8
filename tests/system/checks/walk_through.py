"""The walk-through, with the package's site."""

from support import client
from support.report import Failure, check
from walk_through import WalkThrough, WrongAnswer


def _walk():
    return WalkThrough("https://127.0.0.1", client.read_token(), client.secret())


@check("README.md's walk through it, up to the transaction that is PROCESSING")
def begin():
    try:
        _walk().begin()
    except WrongAnswer as wrong:
        raise Failure(str(wrong)) from wrong


@check("it is PROCESSED when 30 seconds have passed")
def end():
    try:
        return f"after {_walk().end()} s"
    except WrongAnswer as wrong:
        raise Failure(str(wrong)) from wrong

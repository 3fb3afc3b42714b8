"""What was measured: figures by scenario, case and contender, one set for each round."""

from collections import defaultdict
from statistics import median

# name: heading, format
FIGURES = {
    "rate": ("requests/s", "{:,.0f}"),
    "p50": ("p50 ms", "{:,.2f}"),
    "p99": ("p99 ms", "{:,.2f}"),
    "p99.9": ("p99.9 ms", "{:,.2f}"),
    "max": ("max ms", "{:,.0f}"),
    "errors": ("errors", "{:,.0f}"),
    "cpu": ("CPU µs/request", "{:,.1f}"),
    "nginx_cpu": ("nginx µs/request", "{:,.1f}"),
    "elsewhere": ("other CPU", "{:.0%}"),
    "resident": ("resident MB", "{:,.1f}"),
    "responder_resident": ("responder MB", "{:,.1f}"),
    "daemon_resident": ("daemon MB", "{:,.1f}"),
    "left": ("backlog left", "{:.0%}"),
    "handled": ("handled/s", "{:,.0f}"),
    "lag_p50": ("lag p50 ms", "{:,.2f}"),
    "lag_p99": ("lag p99 ms", "{:,.2f}"),
    "lag_max": ("lag max ms", "{:,.0f}"),
    "marked": ("rows marked/s", "{:,.0f}"),
    "responder_start": ("responder ready s", "{:.3f}"),
    "daemon_start": ("daemon ready s", "{:.3f}"),
    "per_byte": ("instructions/byte", "{:,.1f}"),
    "instructions": ("instructions/webhook", "{:,.0f}"),
    "responder_wakes": ("responder/min", "{:.1f}"),
    "daemon_wakes": ("daemon/min", "{:.1f}"),
}


DISTURBED_FROM = 0.2  # of "elsewhere"


class Results:
    def __init__(self):
        self._rounds = defaultdict(list)  # (scenario, case, contender) -> [{figure: value}]
        self.lost = []  # sentences

    def add(self, scenario, case, contender, figures):
        self._rounds[scenario, case, contender].append(figures)

    def scenarios(self):
        return _distinct(key[0] for key in self._rounds)

    def rows(self, scenario):
        """(case, contender) in the order of their coming, case by case."""
        keys = [key for key in self._rounds if key[0] == scenario]
        cases = _distinct(case for _, case, _ in keys)
        return [(c, contender) for c in cases for _, case, contender in keys if case == c]

    def figures(self, scenario):
        """The names of the figures that the scenario's table has, in the order of FIGURES."""
        names = {n for key, rounds in self._rounds.items() if key[0] == scenario for n in rounds[0]}
        return [name for name in FIGURES if name in names]

    def median(self, scenario, case, contender, figure):
        """None where it was not measured."""
        values = self._values(scenario, case, contender, figure)
        return median(values) if values else None

    def ratio(self, figure, over, under):
        """The median over the rounds of one (scenario, case, contender) divided by another, which
        was measured right before or after it; None where one of them was not measured."""
        pairs = zip(self._values(*over, figure), self._values(*under, figure))
        ratios = [a / b for a, b in pairs if b]
        return median(ratios) if ratios else None

    def disturbed(self):
        """How many loads ran beside programs that are no part of this, and of how many."""
        shares = [
            f["elsewhere"] for rounds in self._rounds.values() for f in rounds if "elsewhere" in f
        ]
        return sum(share > DISTURBED_FROM for share in shares), len(shares)

    def _values(self, scenario, case, contender, figure):
        rounds = self._rounds.get((scenario, case, contender), [])
        return [figures[figure] for figures in rounds if figure in figures]


def _distinct(values):
    return list(dict.fromkeys(values))

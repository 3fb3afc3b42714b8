"""The targets, and how each is computed from the results."""

from dataclasses import dataclass
from itertools import product

from bodies import FLOODS, PLAIN
from scenarios import (
    ASKED,
    ASKED_BY_HTTP,
    ASKING,
    BESIDE,
    DISTURBED,
    HANDLERS,
    LAG_RATE,
    MANY_CLIENTS,
    RETENTION,
    UNDISTURBED,
    WATCHING,
    asked_case,
    clients_case,
    flood_case,
    handlers_case,
    rows_case,
)


HANDLED = {"exec": 500, "http": 3000}  # a second, at least


@dataclass
class Target:
    what: str
    value: float
    at_least: float  # or at most, where less is better
    aim: float  # None is "more"
    less_is_better: bool = False

    def reached(self):
        if not self._meets(self.at_least):
            return "not reached"
        return "reached" if self.aim is None or self._meets(self.aim) else "reached, not the aim"

    def _meets(self, limit):
        return self.value <= limit if self.less_is_better else self.value >= limit


def targets(results, size):
    """Those that were measured."""

    def ratio(figure, scenario, case, contender, other_case, other_contender):
        return results.ratio(
            figure, (scenario, case, contender), (scenario, other_case, other_contender)
        )

    def intake(figure, clients, other):
        case = clients_case(clients)
        return ratio(figure, "intake", case, "payhook", case, other)

    def sources(case, other):
        return ratio("rate", "sources", case, "payhook", other, "payhook")

    def alone():
        case = clients_case(1)
        times = [
            results.median("intake", case, who, "p50")
            for who in ("payhook", "textbook", "fdatasync")
        ]
        return None if None in times else times[0] / (times[1] + times[2])

    def reads(scenario, rows):
        case = rows_case(rows)
        return ratio("rate", scenario, case, "payhook", case, "textbook")

    def backlog(figure):
        return ratio(figure, "backlog", DISTURBED, "payhook", UNDISTURBED, "payhook")

    def figure(scenario, case, name):
        return results.median(scenario, case, "payhook", name)

    def idle():
        case = f"{size.idle_seconds} s"
        woken = [figure("idle", case, name) for name in ("responder_wakes", "daemon_wakes")]
        return None if None in woken else sum(woken)

    def beside_upkeep(case):
        return ratio("rate", "beside-upkeep", case, "payhook", UNDISTURBED, "payhook")

    most = size.growth[-1]
    crowd = clients_case(MANY_CLIENTS)
    paced = f"{LAG_RATE:,}/s"
    drained = rows_case(size.rows)
    all_targets = [
        Target("durable intake ÷ textbook, 64 clients", intake("rate", 64, "textbook"), 0.75, 1),
        Target("durable intake ÷ textbook, 256 clients", intake("rate", 256, "textbook"), 0.85, 1),
        Target("durable intake ÷ events, 256 clients", intake("rate", 256, "events"), 0.55, 0.7),
        Target("durable intake ÷ Go, 64 clients", intake("rate", 64, "Go"), 6, None),
        Target("durable intake ÷ PHP-FPM, 64 clients", intake("rate", 64, "PHP-FPM"), 8, None),
        Target("durable intake ÷ Flask, 64 clients", intake("rate", 64, "Flask"), 50, None),
        Target("intake p99 ÷ textbook's, 64 clients", intake("p99", 64, "textbook"), 3, 1.5, True),
        Target("one client: latency ÷ (textbook's + one fdatasync)", alone(), 1.5, 1.2, True),
        Target("hot status reads ÷ textbook", reads("hot-read", 1), 0.85, 1),
        Target("random status reads ÷ textbook", reads("random-reads", size.rows), 0.85, 1),
        Target("signed intake ÷ unsigned", sources("signed", "unsigned"), 0.9, None),
        Target(
            "signed and mapped intake ÷ unsigned of that size",
            sources("mapped", "unsigned, as large as mapped"),
            *(0.9, None),
        ),
        Target("intake beside a backlog ÷ undisturbed", backlog("rate"), 0.8, 0.9),
        Target("its p99 ÷ undisturbed", backlog("p99"), 2, 1.5, True),
        Target("drain alone, rows/s", figure("drain", drained, "marked"), 50_000, 150_000),
        Target(f"lag p99 at {paced}, ms", figure("lag", paced, "p99"), 100, 20, True),
        Target(f"lag max at {paced}, ms", figure("lag", paced, "max"), 500, 100, True),
        Target(
            f"intake at {rows_case(most)} ÷ at empty",
            ratio("rate", "growth", rows_case(most), "payhook", rows_case(0), "payhook"),
            0.5,
            0.9,
        ),
        Target(
            f"responder's memory at {crowd}, MB",
            figure("memory", crowd, "responder_resident"),
            48,
            24,
            True,
        ),
        Target(
            f"processor's memory at {crowd}, MB",
            figure("memory", crowd, "daemon_resident"),
            16,
            10,
            True,
        ),
        Target("intake beside payhookctl, once a second", beside_upkeep(ASKING), 0.95, None),
        Target("intake beside a scrape and a list by HTTP", beside_upkeep(WATCHING), 0.97, None),
        Target("intake beside retention", beside_upkeep(RETENTION), 0.97, None),
        Target("idle wake-ups a minute, both programs", idle(), 4, 2, True),
    ]
    for question in ASKED + ASKED_BY_HTTP:
        case = asked_case(question, most)
        at_most = 5 if question == "/metrics" else 50
        all_targets.append(
            Target(f"{case}, ms", figure("asked", case, "p50"), at_most, None, True)
        )
    for handler in HANDLERS:
        case = handlers_case(handler, BESIDE)
        beside = ratio("rate", "handlers", case, "payhook", UNDISTURBED, "payhook")
        all_targets.append(Target(f"intake beside {handler} ÷ undisturbed", beside, 0.8, None))
        if handler.name in HANDLED:
            handled = figure("handlers", case, "handled")
            all_targets.append(
                Target(f"{case}, handled/s", handled, HANDLED[handler.name], None)
            )
    all_targets += [
        Target(
            f"{figure} beside a flood of {name}, {body_bytes >> 10} KiB ÷ of {PLAIN}",
            ratio(
                *(figure, "flood", flood_case(body_bytes, name), "payhook"),
                *(flood_case(body_bytes, PLAIN), "payhook"),
            ),
            2,
            1.5,
            True,
        )
        for body_bytes, name, figure in product(size.floods, FLOODS[1:], ("p50", "p99"))
    ]
    return [target for target in all_targets if target.value is not None]

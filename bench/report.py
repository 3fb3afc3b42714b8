"""Tables for the terminal, and docs/benchmarks.md with its plots."""

import subprocess
from datetime import date
from itertools import product

from contenders import CHECKOUT, CONTENDERS
from results import DISTURBED_FROM, FIGURES
from scenarios import CLIENTS, SCENARIOS, clients_case, rows_case

DOCUMENT = CHECKOUT / "docs/benchmarks.md"
PLOTS = CHECKOUT / "docs/benchmarks"

INTRODUCTION = """\
# Benchmarks

Written on {today} by `{command}`, never by hand. `scripts/bench` installs what it needs and
repeats it in less than 50 minutes; `scripts/bench --quick` measures less of the same in five.

- Each figure is a median of {rounds} rounds, {seconds} s each, in which the contenders take turns;
  a ratio is the median of the rounds' ratios. Each contender starts anew in every round.
- All are behind nginx with the same settings. The load comes from wrk on the same machine: each
  webhook has an id of its own, in random order. wrk corrects latencies for coordinated omission, so
  that a pause counts for all requests that would have been sent in it.
- CPU is user and system time of all of a contender's processes for one request, nginx's apart;
  resident memory is the sum over these processes. Other CPU is the share of the machine that went
  to neither of them nor to wrk: to the kernel's own work, and to strangers, who falsify a round.
  {disturbed}
- The processor runs all the time. With its delay of 30 s it has nothing to do in most of these
  loads; it is at work in *backlog*, *drain*, *lag*, *handlers* and *growth*.
- In *handlers*, what is due goes to nobody (none), to `/bin/true` (exec), or to another nginx that
  answers with 204 (http), whose CPU is among nginx's. How many are set at once stands beside it:
  `at_once` and `handlers_at_once`. Lag is that of those that succeed.
- After each load of webhooks the rows are counted: {verdict}.

| contender | what it is |
| --- | --- |
{contenders}

## Machine

{machine}
"""

# Of the plots.
COLOURS = ["#cc3311", "#4477aa", "#66ccee", "#228833", "#ccbb44", "#aa3377", "#888888"]


def cells(results, scenario):
    """A table as rows of text, the heading first."""
    figures = results.figures(scenario)
    heading = ["", "contender", *(FIGURES[figure][0] for figure in figures)]
    with_ratio = "rate" in figures and len({who for _, who in results.rows(scenario)}) > 1
    if with_ratio:
        heading.insert(3, "÷ payhook")
    rows = [heading]
    for case, contender in results.rows(scenario):
        row = [case, contender]
        row += [
            cell(figure, results.median(scenario, case, contender, figure)) for figure in figures
        ]
        if with_ratio:
            ratio = results.ratio("rate", (scenario, case, contender), (scenario, case, "payhook"))
            row.insert(3, "" if ratio is None else number(ratio))
        rows.append(row)
    return rows


def target_cells(targets):
    rows = [["what", "measured", "at least", "aim", ""]]
    for target in targets:
        limit = "≤ " if target.less_is_better else "≥ "
        aim = "more" if target.aim is None else limit + f"{target.aim:,g}"
        limits = [limit + f"{target.at_least:,g}", aim]
        rows.append([target.what, number(target.value), *limits, target.reached()])
    return rows


def before_cells(results):
    """What the same load came to with the build that was there before."""
    rows = [["", "figure", "before", "now", "now ÷ before"]]
    for scenario in results.scenarios():
        cases = [case for case, contender in results.rows(scenario) if contender == "before"]
        for case, figure in product(cases, results.figures(scenario)):
            then, now = ((scenario, case, contender) for contender in ("before", "payhook"))
            ratio = results.ratio(figure, now, then)
            rows.append(
                [
                    f"{scenario}, {case}",
                    FIGURES[figure][0],
                    cell(figure, results.median(*then, figure)),
                    cell(figure, results.median(*now, figure)),
                    "" if ratio is None else number(ratio),
                ]
            )
    return rows


def disturbed(results):
    count, loads = results.disturbed()
    return f"More than {DISTURBED_FROM:.0%} of it in {count} of {loads} loads."


def cell(figure, value):
    return "" if value is None else FIGURES[figure][1].format(value)


def number(value):
    if value < 0.1:
        return f"{value:.2g}"
    decimals = 0 if value >= 1000 else 1 if value >= 10 else 2
    return f"{value:,.{decimals}f}"


# For the terminal --------------------------------------------------------------------------------


def show_round(scenario, case, contender, figures):
    shown = [f"{FIGURES[f][0]} {cell(f, figures[f])}" for f in FIGURES if f in figures]
    print(f"{scenario}, {case}, {contender}: {', '.join(shown)}", flush=True)


def print_tables(results, targets):
    for scenario in results.scenarios():
        print(f"\n{title(scenario)}\n")
        print(aligned(cells(results, scenario)))
    if len(compared := before_cells(results)) > 1:
        print(f"\nbefore\n\n{aligned(compared)}")
    if targets:
        print(f"\ntargets\n\n{aligned(target_cells(targets))}")
    if results.disturbed()[0]:
        print(f"\nOther programs took CPU. {disturbed(results)}")


def title(scenario):
    return f"{scenario}: {SCENARIOS[scenario].__doc__}"


def aligned(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = []
    for row in rows:
        first = [text.ljust(width) for text, width in zip(row[:2], widths)]
        rest = [text.rjust(width) for text, width in zip(row[2:], widths[2:])]
        lines.append("  ".join(first + rest).rstrip())
    return "\n".join(lines)


# docs/benchmarks.md -----------------------------------------------------------------------------


def write_document(results, targets, size, machine_rows, command):
    PLOTS.mkdir(exist_ok=True)
    parts = [
        INTRODUCTION.format(
            command=command,
            today=date.today(),
            rounds=size.rounds,
            seconds=size.seconds,
            verdict="nothing that was acknowledged is missing"
            if not results.lost
            else "; ".join(results.lost),
            disturbed=disturbed(results),
            contenders="\n".join(f"| {kind.name} | {kind.what} |" for kind in CONTENDERS),
            machine=markdown([["", ""], *machine_rows]),
        ),
        "## Targets\n",
        markdown(target_cells(targets)),
        "\n[performance.md](performance.md#what-bounds-the-rest) says what bounds those that are not"
        " reached.",
        f"\n## Throughput by contender, {clients_case(CLIENTS)}\n",
        plot_contenders(results),
        f"\n## Latency, {clients_case(CLIENTS)}\n",
        plot_latency(results),
        "\n## Throughput by table size\n",
        plot_growth(results, size),
        "\n## All figures\n",
    ]
    for scenario in results.scenarios():
        parts.append(f"\n### {title(scenario).capitalize()}\n")
        parts.append(markdown(cells(results, scenario)))
    DOCUMENT.write_text("\n".join(parts) + "\n")


def markdown(rows):
    heading, *rows = rows
    rules = ["---"] * 2 + ["---:"] * (len(heading) - 2)
    return "\n".join(f"| {' | '.join(row)} |" for row in [heading, rules, *rows])


def plot_contenders(results):
    case = clients_case(CLIENTS)
    bars = [
        (results.median("intake", case, kind.name, "rate"), kind.name, colour)
        for kind, colour in zip(CONTENDERS, COLOURS)
    ]
    bars.sort()
    data = "\n".join(
        f'{i} {rate} "{name}" "{rate:,.0f}" {colour.replace("#", "0x")}'
        for i, (rate, name, colour) in enumerate(bars)
    )
    return plot(
        "throughput",
        f"""
        set xlabel "requests a second"
        set xrange [0:{bars[-1][0] * 1.15}]
        set yrange [-0.6:{len(bars) - 0.4}]
        set grid xtics
        set ytics scale 0
        set style fill solid
        unset key
        plot $data using ($2/2):1:($2/2):(0.3):5:ytic(3) with boxxyerror linecolor rgb variable, \\
             $data using 2:1:4 with labels left offset 0.5
        """,
        data,
    )


def plot_latency(results):
    case = clients_case(CLIENTS)
    percentiles = ["1", "10", "25", "50", "75", "90", "95", "99", "99.5", "99.9"]
    blocks = [
        "\n".join(
            f"{i} {results.median('intake', case, kind.name, f'p{p}')} {p}"
            for i, p in enumerate(percentiles)
        )
        for kind in CONTENDERS
    ]
    curves = ", ".join(
        f"$data index {i} using 1:2:xtic(3) with linespoints"
        f' linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb "{colour}" title "{kind.name}"'
        for i, (kind, colour) in enumerate(zip(CONTENDERS, COLOURS))
    )
    return plot(
        "latency",
        f"""
        set xlabel "percentile"
        set ylabel "milliseconds"
        set logscale y
        set grid ytics
        set key outside right center
        plot {curves}
        """,
        "\n\n\n".join(blocks),
    )


def plot_growth(results, size):
    points = [
        (i, results.median("growth", rows_case(rows), "payhook", "rate"), f"{rows:,}")
        for i, rows in enumerate(size.growth)
    ]
    return plot(
        "growth",
        f"""
        set xlabel "rows in the table"
        set ylabel "webhooks a second"
        set xrange [-0.5:{len(points) - 0.5}]
        set yrange [0:*]
        set grid ytics
        set boxwidth 0.5
        set style fill solid
        unset key
        plot $data using 1:2:xtic(3) with boxes linecolor rgb "{COLOURS[0]}"
        """,
        "\n".join(f'{i} {rate} "{rows}"' for i, rate, rows in points),
    )


def plot(name, commands, data):
    """Makes an SVG; returns its markdown."""
    script = f"""
        set terminal svg size 800,400 font "sans-serif,14" background "white"
        set output "{PLOTS / name}.svg"
        $data << END
{data}
END
        {commands}
    """
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    return f"![{name}](benchmarks/{name}.svg)"

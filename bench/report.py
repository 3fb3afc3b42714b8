"""Tables for the terminal, and docs/benchmarks.md with its plots."""

import subprocess
from datetime import date

from contenders import CHECKOUT, CONTENDERS
from results import FIGURES
from scenarios import CLIENTS, SCENARIOS, clients_case, rows_case

DOCUMENT = CHECKOUT / "docs/benchmarks.md"
PLOTS = CHECKOUT / "docs/benchmarks"

INTRODUCTION = """\
# Benchmarks

Written by `{command}` on {today}; not edited by hand. `scripts/bench` installs what it needs and
repeats this in less than 40 minutes, `scripts/bench --quick` the most of it in three.

All figures are medians of {rounds} rounds of {seconds} s, in which the contenders take turns, each
starting anew. All are behind nginx with the same settings, on the same machine as the load, which is
wrk with ids that are all different and in random order. CPU is user and system time of a
contender's processes for one request, nginx's apart. Resident memory is the sum over a contender's
processes. After each load of webhooks the rows are counted: {verdict}.

| contender | what it is |
| --- | --- |
{contenders}

The processor runs all the time; with its delay of 30 s it has nothing to do in most of these loads.
*backlog* and *growth* are with it at work.

## Machine

{machine}
"""


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
        row += [cell(figure, results.median(scenario, case, contender, figure)) for figure in figures]
        if with_ratio:
            ratio = results.ratio(
                "rate", (scenario, case, contender), (scenario, case, "payhook")
            )
            row.insert(3, "" if ratio is None else number(ratio))
        rows.append(row)
    return rows


def target_cells(targets):
    rows = [["what", "measured", "at least", "aim", ""]]
    for target in targets:
        limit = "≤ " if target.less_is_better else "≥ "
        measured = "" if target.value is None else number(target.value)
        limits = [limit + number(target.at_least), limit + number(target.aim)]
        rows.append([target.what, measured, *limits, target.reached()])
    return rows


def cell(figure, value):
    return "" if value is None else FIGURES[figure][1].format(value)


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


# For the terminal --------------------------------------------------------------------------------


def show_round(scenario, case, contender, figures):
    shown = [f"{FIGURES[f][0]} {cell(f, figures[f])}" for f in FIGURES if f in figures]
    print(f"{scenario}, {case}, {contender}: {', '.join(shown)}", flush=True)


def print_tables(results, targets):
    for scenario in results.scenarios():
        print(f"\n{title(scenario)}\n")
        print(aligned(cells(results, scenario)))
    print("\ntargets\n")
    print(aligned(target_cells(targets)))


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
            verdict="nothing was lost" if not results.lost else "; ".join(results.lost),
            contenders="\n".join(f"| {kind.name} | {kind.what} |" for kind in CONTENDERS),
            machine=markdown([["", ""], *machine_rows]),
        ),
        "## Targets\n",
        markdown(target_cells(targets)),
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
    rates = [
        (kind.name, results.median("intake", case, kind.name, "rate")) for kind in CONTENDERS
    ]
    rates.sort(key=lambda rate: rate[1])
    data = "\n".join(f'{i} {rate} "{name}"' for i, (name, rate) in enumerate(rates))
    return plot(
        "throughput",
        f"""
        set xlabel "requests a second"
        set xrange [0:{rates[-1][1] * 1.15}]
        set yrange [-0.6:{len(rates) - 0.4}]
        set grid xtics
        set style fill solid
        set boxwidth 0.6
        plot $data using ($2/2):1:($2/2):(0.3):ytic(3) with boxxyerror linecolor rgb "#4477aa", \\
             $data using 2:1:(sprintf(" %.0f", $2)) with labels left
        """,
        data,
    )


def plot_latency(results):
    case = clients_case(CLIENTS)
    shown = ["payhook", "textbook", "events", "Go", "PHP-FPM"]
    percentiles = ["1", "10", "25", "50", "75", "90", "95", "99", "99.5", "99.9"]
    blocks = []
    for name in shown:
        points = [
            (i, results.median("intake", case, name, f"p{p}"), p)
            for i, p in enumerate(percentiles)
        ]
        blocks.append("\n".join(f"{i} {value} {p}" for i, value, p in points))
    curves = ", ".join(
        f'$data index {i} using 1:2:xtic(3) with linespoints title "{name}"'
        for i, name in enumerate(shown)
    )
    return plot(
        "latency",
        f"""
        set xlabel "percentile"
        set ylabel "milliseconds"
        set logscale y
        set grid ytics
        set key left top
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
        plot $data using 1:2:xtic(3) with boxes linecolor rgb "#4477aa"
        """,
        "\n".join(f'{i} {rate} "{rows}"' for i, rate, rows in points),
    )


def plot(name, commands, data):
    """Makes an SVG; returns its markdown."""
    script = f"""
        set terminal svg size 800,400 font "sans-serif,14" background "white"
        set output "{PLOTS / name}.svg"
        unset key
        $data << END
{data}
END
        {commands}
    """
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    return f"![{name}](benchmarks/{name}.svg)"

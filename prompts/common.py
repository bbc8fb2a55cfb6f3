"""What the texts of all languages are made with: figures, numbers, days and times of day."""

from __future__ import annotations

NUMBERS = {f"number-{number}": str(number) for number in range(10, 60)}
"""Each voice says them in its own language. Minutes end there, and what is counted is seldom more; beyond it numbers
are said figure by figure."""


def figures(words: str) -> dict[str, str]:
    """The names of the ten figures."""
    return {f"digit-{figure}": word for figure, word in enumerate(words.split())}


def moments(days: str, dates: str, months: str, hours: str, on_the_hour: str, **exceptions: str) -> dict[str, str]:
    """Days and times of day; ``{}`` is the number. Languages differ in what they say between two of them."""
    today, yesterday = days.split()
    found = {
        "day-today": today,
        "day-yesterday": yesterday,
        **{f"date-{day}": dates.format(day) for day in range(1, 32)},
        **{f"month-{month}": name for month, name in enumerate(months.split(), 1)},
        **{f"hour-{hour}": hours.format(hour) for hour in range(24)},
        "minute-0": on_the_hour,
        **{f"minute-{minute}": str(minute) for minute in range(1, 10)},
    }
    return found | {name.replace("_", "-"): text for name, text in exceptions.items()}

"""Days, billing periods and samples of a time zone, by Python's own reading of it: shares no code with the product.

Moments are whole microseconds of UTC. A day is [its first midnight, the next day's), whatever clocks do between.
"""
import calendar
from bisect import bisect_right
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = 10**6
DAY = timedelta(days=1)


@lru_cache(maxsize=100_000)
def midnight(zone, day):
    """When a date begins. `fold=0` is the first of two midnights, and of none the moment at which clocks jump over it."""
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


@lru_cache(maxsize=100_000)
def date_of(zone, moment):
    """The date on which a moment falls."""
    near = datetime.fromtimestamp(moment // SECOND, ZoneInfo(zone)).date()
    for day in (near + DAY, near, near - DAY):
        if midnight(zone, day) <= moment:
            return day
    raise ValueError(moment)


def dates(first, last):
    """Every date in [first, last)."""
    while first < last:
        yield first
        first += DAY


def anchored(year, month, anchor):
    """The date on which the period that begins in a month begins."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, calendar.monthrange(year, month)[1] if anchor == "last" else anchor)


def period(zone, anchor, day):
    """First date and first date after the period that contains a date."""
    begin = anchored(day.year, day.month, anchor)
    if begin > day:
        begin = anchored(day.year, day.month - 1, anchor)
    return begin, anchored(begin.year, begin.month + 1, anchor)


def part(zone, prorate, segment, whole):
    """f: how much of a period a segment is."""
    if prorate == "day":
        return Fraction((segment[1] - segment[0]).days, (whole[1] - whole[0]).days)
    if prorate == "second":
        length = lambda span: midnight(zone, span[1]) - midnight(zone, span[0])
        return Fraction(length(segment), length(whole))
    return Fraction(1)


class Samples:
    """The samples of a span of dates: they stand on the wall clock and begin anew at each midnight."""

    def __init__(self, zone, first, last, size):
        self.starts, self.ends = [], []
        for day in dates(first, last):
            begin, end = midnight(zone, day), midnight(zone, day + DAY)
            step = end - begin if size == "day" else int(size[:-1]) * SECOND
            for start in range(begin, end, step):
                self.starts.append(start)
                self.ends.append(min(start + step, end))

    def __len__(self):
        return len(self.starts)

    def index(self, moment):
        return bisect_right(self.starts, moment) - 1

    def seconds(self, index):
        return Fraction(self.ends[index] - self.starts[index], SECOND)

    def touched(self, spans):
        """The samples that any of these spans touches."""
        found = set()
        for begin, end in spans:
            index = max(0, self.index(begin))
            while index < len(self) and self.starts[index] < end:
                if self.ends[index] > begin:
                    found.add(index)
                index += 1
        return found

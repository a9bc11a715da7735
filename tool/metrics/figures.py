# SPDX-License-Identifier: BSD-2-Clause
"""What a list of numbers comes to."""
import math
import random

RESAMPLES = 10000
FEWEST_ROUNDS = 4
# Of one side's rounds, from the lowest to the highest, in parts of the median. Above it was the machine
# that was measured, not the systems.
MOST_SPREAD = 0.25


class Noisy(Exception):
    """The rounds differ too much to say anything; the text says by how much."""


def median(numbers):
    """The one in the middle, or half way between the two there."""
    ordered, middle = sorted(numbers), len(numbers) // 2
    if len(ordered) % 2:
        return ordered[middle]
    total = ordered[middle - 1] + ordered[middle]
    return total // 2 if total % 2 == 0 else total / 2


def percentile(numbers, percent):
    """The smallest number that so many of a hundred do not exceed: always one that was measured."""
    ordered = sorted(numbers)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def describe(numbers):
    return {"n": len(numbers), "min": min(numbers), "median": median(numbers), "p99": percentile(numbers, 99),
            "max": max(numbers)}


def spread(numbers):
    return (max(numbers) - min(numbers)) / median(numbers)


def ratio_interval(over, under):
    """The median ratio of rounds that were run in turns, and the 95 % interval of that by bootstrap."""
    if len(over) != len(under) or len(over) < FEWEST_ROUNDS:
        raise Noisy(f"{min(len(over), len(under))} rounds of both; {FEWEST_ROUNDS} are needed")
    for side in (over, under):
        if spread(side) > MOST_SPREAD:
            raise Noisy(f"the machine was too noisy: medians of rounds from {min(side):g} to {max(side):g} differ by "
                        f"{100 * spread(side):.0f} %, more than {100 * MOST_SPREAD:.0f} %")
    ratios = [a / b for a, b in zip(over, under)]
    chance = random.Random(42)
    medians = sorted(median(chance.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES))
    return {"rounds": len(ratios), "ratio": median(ratios), "low": percentile(medians, 2.5),
            "high": percentile(medians, 97.5)}

"""The caller played in the browser: the real flows and the real sounds of a plan, saved or not, on a made-up clock.

Nothing is kept between two steps. Each one takes the whole call again, from its beginning, with all the keys that were
pressed so far; as the flows run on a clock that jumps, that takes milliseconds and leads to the same moment.
"""

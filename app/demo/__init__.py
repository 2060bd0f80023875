"""The demonstration: invented departments, people, catalogue and cases, so that a fresh start shows a working day.

Cases are played through the same corridor as real ones, with the clock standing at moments of the last weeks; large
numbers are copies of them.
"""

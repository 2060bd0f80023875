"""Screens without an account: report an error in the data, and follow it with number and code."""

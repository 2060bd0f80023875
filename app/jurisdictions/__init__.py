"""The rules in force in each jurisdiction, and its calendar: what ships, and what administrators add."""

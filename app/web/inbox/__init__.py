"""The clerk's screens: what waits, one task at a time, a case followed, a case started."""

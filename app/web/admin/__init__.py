"""Rules in force, the working calendar, and steps that could not run."""

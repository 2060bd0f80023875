"""The spine: cases, their tasks, clocks and timers. `flow` is the corridor that every door walks."""

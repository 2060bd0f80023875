"""How the clocks of a case live: booked from events, folded from their journals, watched."""

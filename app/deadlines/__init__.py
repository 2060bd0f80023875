"""Working days and due dates: counted, explained, folded from a journal. No database, no clock of its own."""

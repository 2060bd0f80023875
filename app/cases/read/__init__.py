"""What doors show: nothing here changes a row that is kept."""

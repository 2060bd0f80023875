"""What is done to a case: by people, by its diagram, by time, and by news from below."""

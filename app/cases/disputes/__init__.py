"""What departments dispute, how they negotiate it, and who settles it."""

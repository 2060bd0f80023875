"""The letters of a case: worded, issued, kept."""

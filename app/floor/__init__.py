"""What everything stands on: time, texts, errors, and strictly read YAML."""

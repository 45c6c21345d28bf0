"""What is decided before a run: the profile, its thresholds, and when each shopper arrives. Plain Python."""

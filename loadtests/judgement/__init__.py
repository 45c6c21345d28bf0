"""What it means: sums, thresholds, validity, reconciliation and the verdict, from a record alone. Plain Python."""

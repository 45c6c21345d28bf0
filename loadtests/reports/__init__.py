"""What a run says to whom was not there: one report a file, each made from the run directory alone. Plain Python."""

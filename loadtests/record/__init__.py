"""What happened, counted and kept: samples, histograms, the arrivals' books, the run directory. Plain Python."""

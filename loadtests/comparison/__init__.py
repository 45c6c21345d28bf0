"""Two versions of a shop held against each other, as two sets of runs: worse, better, same or inconclusive."""

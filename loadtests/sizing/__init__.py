"""How much a shop holds, and how many of it a target takes: plain mathematics over recorded runs."""

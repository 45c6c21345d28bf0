"""A run from start to verdict: processes, the master that leads the workers, the audit after the storm."""

"""The benchmark: `python -m bench` measures the peers and us in one run and prints the table."""

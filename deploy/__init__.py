"""The site as it is deployed: files to take, and `make cluster`, which runs all of it here."""

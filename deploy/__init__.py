"""The site as it is deployed: files to take (docs/deploy.md), and `make cluster`, which runs it."""

__version__ = "0.3.0"  # the same as in pyproject.toml

"""Formats of times in Django's own pages, the admin's, in place of American ones."""

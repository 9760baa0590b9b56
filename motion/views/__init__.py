"""The pages: each view parses, authorises, calls a service or a query, and renders."""

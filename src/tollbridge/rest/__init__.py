"""The HTTP edge: the compatible API and Tollbridge's own endpoints, all from one table."""

"""Clock-driven loops beside the requests."""

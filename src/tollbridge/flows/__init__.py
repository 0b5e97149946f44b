"""Command, outside world, command: what has to leave the platform in between. No transactions."""

"""A subscription commerce platform that speaks the Cleverbridge Subscription API."""

__version__ = "0.1.0"

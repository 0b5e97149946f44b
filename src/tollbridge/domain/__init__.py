"""What is true and what follows from it: pure functions on immutable values."""

"""The whole platform on trial: random years, faults at every boundary, and laws after each step."""

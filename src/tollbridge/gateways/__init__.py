"""Who takes the money: adapters of the `Gateway` port (DESIGN.md 5)."""

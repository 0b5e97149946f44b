"""One file per question; read only."""

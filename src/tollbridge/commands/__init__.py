"""One file per thing that changes state: load, decide, save."""

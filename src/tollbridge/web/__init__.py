"""Pages for people: made on the server, without script, under a strict content policy."""

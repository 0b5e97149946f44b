"""The `tollbridge` command. Heavy imports wait inside the commands: --help stays fast."""

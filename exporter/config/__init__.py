"""Settings: their one table, where their values come from, and files that change."""

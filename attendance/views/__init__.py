"""The team's screens: server-rendered pages and plain forms, good without JavaScript."""

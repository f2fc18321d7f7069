"""Forms of the people screens."""

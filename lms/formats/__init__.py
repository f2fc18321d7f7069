"""How dates are written here; Django's own Vietnamese has no formats for reading."""
